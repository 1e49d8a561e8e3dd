"""Several leads delineated together: waves of one heart, whose limits are known."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from vital_widgets.analysis.ecg.delineation import COLUMNS, ecg_delineate
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.ecg.ecg_intervals import ecg_intervals
from vital_widgets.analysis.engine.analysis import run
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ecg_leads import LIMITS, leads_ecg
from vital_widgets.simulate.ecg_waves import add_wave, r_places, varied

FS = 500.0
# Factors on the parts of P (2), of the QRS (4) and of T (2).
NOTCHED = np.array([[1, 1, 1, 1, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1]], float)
SHORT = np.array([[1, 0, 0, 1, 1, 0, 1, 0], [0, 1, 1, 1, 1, 1, 0, 1]], float)


def error(found, truth, point):
    """Errors in ms of one point over all leads."""
    return (getattr(found, point) - truth.together[point]) * 1000


@pytest.mark.parametrize("leads", [2, 3, 12])
@pytest.mark.parametrize("noise", [0.003, 0.02])
def test_the_qrs_lasts_from_the_earliest_onset_to_the_latest_end(leads, noise):
    for seed in (41, 42):
        ecg = leads_ecg(30, FS, leads=leads, noise=noise, seed=seed)
        found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
        assert abs(np.median(error(found, ecg, "qrs_onset"))) < 8
        assert abs(np.median(error(found, ecg, "qrs_offset"))) < 8


def test_limits_over_twelve_leads_are_steady_in_noise():
    ecg = leads_ecg(60, FS, noise=0.03, noisy_leads=1, seed=44)
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    most = {"p": (10, 12), "qrs": (5, 5), "t": (12, 12)}
    for point in LIMITS:
        bias, spread = most[point.split("_")[0]]
        ms = error(found, ecg, point)
        assert np.mean(np.isfinite(ms)) > 0.98, point
        assert abs(np.nanmean(ms)) < bias, point
        assert np.nanstd(ms) < spread, point


def test_a_qrs_that_rests_at_a_notch_in_one_lead_goes_on_to_its_end():
    ecg = leads_ecg(30, FS, leads=2, heights=NOTCHED, noise=0.003, seed=5)
    alone = ecg_delineate(ecg.values[0], FS, ecg.r_samples / FS)
    ends = (alone.qrs_offset - ecg.points["qrs_offset"][0]) * 1000
    assert np.median(ends) < -30  # by itself, it ends at the notch
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    assert abs(np.median(error(found, ecg, "qrs_offset"))) < 8
    ends = (found.leads[0].qrs_offset - ecg.points["qrs_offset"][0]) * 1000
    assert abs(np.median(ends)) < 8


def test_each_lead_keeps_its_own_limits():
    ecg = leads_ecg(30, FS, leads=2, heights=SHORT, noise=0.003, seed=6)
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    for lead in (0, 1):
        for point in ("p_onset", "p_offset", "qrs_onset", "qrs_offset"):
            ms = (getattr(found.leads[lead], point) - ecg.points[point][lead]) * 1000
            assert abs(np.nanmedian(ms)) < 10, (lead, point)
    for point in ("p_onset", "p_offset", "qrs_onset", "qrs_offset", "t_onset"):
        assert abs(np.nanmedian(error(found, ecg, point))) < 10, point


@pytest.mark.parametrize("bad", ["flat", "noise", "gap"])
def test_a_lead_that_tells_nothing_does_not_move_the_limits(bad):
    ecg = leads_ecg(30, FS, leads=3, heights=np.ones((3, 8)), noise=0.005, seed=7)
    values = ecg.values.copy()
    values[2] = {
        "flat": np.zeros(values.shape[1]),
        "noise": np.random.default_rng(1).normal(size=values.shape[1]),
        "gap": np.full(values.shape[1], np.nan),
    }[bad]
    found = ecg_delineate(values, FS, ecg.r_samples / FS)
    of_two = ecg_delineate(values[:2], FS, ecg.r_samples / FS)
    for point in LIMITS:
        assert abs(np.nanmedian(error(found, ecg, point))) < 14, point
        moved = getattr(found, point) - getattr(of_two, point)
        assert np.nanmedian(np.abs(moved)) < 0.004, point
    if bad == "gap":
        assert np.isnan(found.leads[2].r_peak).all()


def test_one_lead_is_as_that_lead_by_itself():
    ecg = leads_ecg(20, FS, leads=1, heights=np.ones((1, 8)), noise=0.01, seed=8)
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    alone = ecg_delineate(ecg.values[0], FS, ecg.r_samples / FS)
    np.testing.assert_array_equal(found.qrs_onset, alone.qrs_onset)
    np.testing.assert_array_equal(found.t_offset, alone.t_offset)
    assert found.leads[0].to_frame().equals(alone.to_frame())


def test_intervals_are_taken_over_all_leads():
    ecg = leads_ecg(30, FS, leads=2, heights=NOTCHED, noise=0.003, seed=9)
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    truth = ecg.together
    qrs = np.median(truth["qrs_offset"] - truth["qrs_onset"]) * 1000
    assert ecg_intervals(found).summary().loc["qrs", "median"] == pytest.approx(qrs, abs=14)
    assert ("leads", "2") in found._facts()


@pytest.mark.parametrize(("seed", "seconds", "gaps"), [(0, 1.5, 0), (1, 3.7, 2), (2, 9.0, 3)])
def test_any_cut_gives_the_same(seed, seconds, gaps):
    rng = np.random.default_rng(seed)
    ecg = leads_ecg(20, 250, leads=3, noise=0.02, seed=seed)
    values = ecg.values.copy()
    for _ in range(gaps):
        first = rng.integers(0, values.shape[1])
        values[rng.integers(0, 3), first : first + rng.integers(1, 500)] = np.nan
    whole = ecg_delineate(values, 250, ecg.r_samples / 250)
    rec = Recording.from_arrays({f"lead {k}": x for k, x in enumerate(values)}, 250)
    channels = [rec[f"lead {k}"] for k in range(3)]
    task = run(ecg_delineate, channels, beats=ecg.r_samples / 250, chunk_s=seconds)
    cut = task.result()
    for one, other in zip((whole, *whole.leads), (cut, *cut.leads), strict=True):
        for name in (*COLUMNS, "stretch"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def test_no_lead_and_leads_of_other_times_are_refused():
    with pytest.raises(InvalidInputError, match="no signal"):
        ecg_delineate(np.empty((0, 100)), FS, [])
    with pytest.raises(InvalidInputError, match="same sample times"):
        ecg_delineate([np.zeros(1000), np.zeros(999)], FS, [1.0])
    with pytest.raises(InvalidInputError, match="at least 100 Hz"):
        ecg_delineate(np.zeros((2, 1000)), 50, [1.0])


def test_leads_find_their_beats_in_the_first_and_are_made_again():
    ecg = leads_ecg(30, FS, leads=2, noise=0.01, seed=3)
    rec = Recording.from_arrays({"II": ecg.values[0], "V5": ecg.values[1]}, FS)
    found = ecg_delineate([rec["II"], rec["V5"]])
    assert found.notes[-1] == "R peaks found by ecg_peaks (slope) in II"
    given = ecg_delineate(ecg.values, FS, ecg_peaks(rec["II"]))
    assert found.to_frame().equals(given.to_frame())
    assert ecg_delineate(rec).to_frame().equals(given.to_frame())
    again = pickle.loads(pickle.dumps(found)).recipe.run()
    assert again.leads[1].to_frame().equals(found.leads[1].to_frame())


@pytest.mark.parametrize(
    ("height", "rise", "begin"), [(0.3, 100, 80), (0.3, 140, 60), (0.2, 140, 80)]
)
@pytest.mark.parametrize("leads", [1, 2])
def test_a_qrs_that_runs_into_a_steep_t_wave_ends_where_it_begins(height, rise, begin, leads):
    rng = np.random.default_rng(1)
    at = r_places(varied(rng, 0.9, 0.03, 40), 30, FS)
    values = 0.003 * rng.standard_normal((leads, round(30 * FS)))
    for lead in range(leads):
        wide = ((-60, -10, 45, 1.0 - 0.3 * lead), (20, 60, 100, -0.5))
        for wave in (*wide, (begin, begin + rise, begin + rise + 120, height)):
            for r in at.tolist():
                add_wave(values[lead], FS, r, wave)
    found = ecg_delineate(values, FS, at / FS)
    ms = (found.qrs_offset - at / FS) * 1000
    assert np.mean(np.isfinite(ms)) > 0.95
    assert abs(np.nanmedian(ms) - 100) < 10
