"""PR, QRS, QT, RR and the four formulas of QTc."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis import ecg_delineate, ecg_intervals, qtc, run
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ecg_waves import wave_ecg

FS = 250.0


@pytest.mark.parametrize(
    ("formula", "at_640"),
    [
        ("bazett", 400 / 0.8),
        ("fridericia", 400 / 0.64 ** (1 / 3)),
        ("framingham", 400 + 154 * 0.36),
        ("hodges", 400 + 1.75 * (60 / 0.64 - 60)),
    ],
)
def test_qtc_is_what_the_papers_say(formula, at_640):
    assert qtc(400, 640, formula) == pytest.approx(at_640, rel=1e-12)
    assert qtc(400, 1000, formula=formula) == pytest.approx(400)
    got = qtc([400, np.nan, 380], [640, 800, np.nan], formula)
    np.testing.assert_allclose(got, [at_640, np.nan, np.nan])


@pytest.mark.parametrize(
    ("qt", "rr", "words"),
    [
        (0.4, 800, "qt_ms"),
        (400, 0.8, "looks like seconds"),
        (400, 0, "rr_ms"),
        (-400, 800, "qt_ms"),
        (400, np.inf, "rr_ms"),
        ("x", 800, "qt_ms"),
        ([400, 400], [800, 800, 800], "shape"),
    ],
)
def test_impossible_intervals_are_refused(qt, rr, words):
    with pytest.raises(InvalidInputError, match=words):
        qtc(qt, rr)


def test_an_unknown_formula_is_refused():
    with pytest.raises(InvalidInputError, match="'bazett'"):
        qtc(400, 800, "rautaharju")


def test_intervals_are_those_of_the_waves():
    ecg = wave_ecg(120, FS, noise=0.005, seed=1)
    p = ecg.points
    found = ecg_intervals(ecg_delineate(ecg.values, FS, ecg.r_samples / FS))
    true = {
        "pr": p["qrs_onset"] - p["p_onset"],
        "qrs": p["qrs_offset"] - p["qrs_onset"],
        "qt": p["t_offset"] - p["qrs_onset"],
    }
    for name, seconds in true.items():
        error = getattr(found, name) - seconds * 1000
        assert abs(np.nanmean(error)) < 6, name
        assert np.nanstd(error) < 8, name
    np.testing.assert_allclose(found.rr[1:], np.diff(ecg.r_samples) / FS * 1000)
    assert np.isnan(found.rr[0])
    known = np.isfinite(found.qt + found.rr)
    np.testing.assert_allclose(
        found.qtc_bazett[known], found.qt[known] / np.sqrt(found.rr[known] / 1000)
    )


def test_nothing_goes_across_a_gap():
    ecg = wave_ecg(30, FS, seed=2)
    values = ecg.values.copy()
    r = ecg.r_samples
    between = (r[9] + r[10]) // 2 + 20
    values[between] = np.nan
    found = ecg_intervals(ecg_delineate(values, FS, r / FS))
    assert np.isnan(found.rr[10])
    assert np.isnan(found.qtc_fridericia[10])
    assert np.isfinite(found.qt[10])
    assert np.isfinite(found.rr[11])


def test_the_summary_says_how_many_beats_it_rests_on():
    ecg = wave_ecg(120, FS, noise=0.005, missing_p=0.5, seed=3)
    found = ecg_intervals(ecg_delineate(ecg.values, FS, ecg.r_samples / FS))
    table = found.summary()
    assert table.loc["pr", "beats"] == np.isfinite(found.pr).sum()
    assert table.loc["rr", "beats"] == len(found) - 1
    assert table.loc["qt", "median"] == np.nanmedian(found.qt)
    assert "beats" in repr(found)
    assert len(found.to_frame()) == len(ecg.r_samples)


def test_an_ecg_is_delineated_first():
    ecg = wave_ecg(60, FS, noise=0.005, seed=4)
    waves = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    want = ecg_intervals(waves)
    got = ecg_intervals(ecg.values, FS, ecg.r_samples / FS)
    assert got.to_frame().equals(want.to_frame())
    assert got.notes == (*want.notes, "waves found by ecg_delineate (wavelet)")
    channel = Recording.from_arrays({"ECG": ecg.values}, FS)["ECG"]
    found = ecg_intervals(channel)
    assert "R peaks found by ecg_peaks (slope)" in found.notes
    assert abs(len(found) - len(ecg.r_samples)) <= 1
    assert run(ecg_intervals, channel).result().to_frame().equals(found.to_frame())


def test_what_was_computed_before_takes_no_signal_arguments():
    ecg = wave_ecg(10, FS, seed=5)
    with pytest.raises(InvalidInputError, match="fs was given with a Delineation"):
        ecg_intervals(ecg_delineate(ecg.values, FS, ecg.r_samples / FS), FS)
    with pytest.raises(InvalidInputError, match="fs is missing"):
        ecg_intervals([1, 2, 3])


def test_a_rate_is_not_an_rr_interval():
    for rr in (60, [800, 75, 810], np.array([60.0, np.nan])):
        with pytest.raises(InvalidInputError, match=r"looks like beats/min; .* 60000 / rate"):
            qtc(400, rr)
    with pytest.raises(InvalidInputError, match=r"rr_ms contains .*10001"):
        qtc(400, 10_001)
    assert np.isfinite(qtc(400, [100, 10_000])).all()


def test_masked_intervals_have_no_qtc():
    rr = np.ma.masked_array([800, 5, 640], [False, True, False])
    np.testing.assert_array_equal(np.isnan(qtc(np.full(3, 400), rr)), [False, True, False])
    with pytest.raises(InvalidInputError, match="is not a number in ms"):
        qtc("400", 800)
