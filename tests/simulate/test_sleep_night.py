"""What a simulated night is made of is found again in its signals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import hilbert, welch

from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.sleep_eeg import BANDS
from vital_widgets.simulate.sleep_night import sleep_night
from vital_widgets.simulate.sleep_stages import STAGES


@pytest.fixture(scope="module")
def night():
    return sleep_night(4, seed=11)


def inner(night, stage, n=40):
    """Epochs of a stage whose neighbours have the same stage, without arousals."""
    text = [t.removeprefix("Sleep stage ") for t in night.stages.text]
    found = [
        30.0 * k
        for k in range(1, len(text) - 1)
        if text[k - 1] == text[k] == text[k + 1] == stage
        and not len(night.arousals.between(30 * k - 5, 30 * k + 35))
    ]
    return found[:n]


def epoch(night, name, t0):
    return np.asarray(night.recording[name].window(t0, t0 + 30)[1], float)


def band_uv(night, name, stage, band):
    """Root mean square of a band in a stage, from spectra of whole epochs."""
    fs = night.recording[name].fs
    powers = []
    for t0 in inner(night, stage):
        f, p = welch(epoch(night, name, t0), fs, nperseg=round(8 * fs))
        powers.append(p[(f >= band[0]) & (f < band[1])].sum() * f[1])
    return float(np.sqrt(np.mean(powers)))


def test_the_stages_are_a_night_in_cycles(night):
    stages = [t.removeprefix("Sleep stage ") for t in night.stages.text]
    assert len(stages) == 480
    assert night.stages.onset.tolist() == [30.0 * k for k in range(480)]
    assert set(stages) == set(STAGES)
    assert stages[0] == stages[-1] == "W"
    asleep = next(k for k, stage in enumerate(stages) if stage != "W")
    assert 5 <= asleep * 0.5 <= 15
    assert 50 <= (stages.index("R") - asleep) * 0.5 <= 110
    long = [t.removeprefix("Sleep stage ") for t in sleep_night(8, seed=3).stages.text]
    halves = np.array(long[:480]), np.array(long[480:])
    assert (halves[0] == "N3").sum() > 2 * (halves[1] == "N3").sum()
    assert (halves[1] == "R").sum() > 1.3 * (halves[0] == "R").sum()


@pytest.mark.parametrize(
    ("stage", "band"),
    [("N3", (0.5, 4.0)), ("W", (8.0, 12.0)), ("R", (4.0, 8.0)), ("W", (0.5, 4.0))],
)
def test_the_eeg_has_the_power_of_its_stage(night, stage, band):
    expected = BANDS[band][STAGES.index(stage)]
    assert band_uv(night, "C3-M2", stage, band) == pytest.approx(expected, rel=0.12)


def test_band_power_of_the_package_tells_the_stages_apart(night):
    delta = analysis.band_power_trend(
        night.recording["C4-M1"], bands={"delta": (0.5, 4.0)}, epoch_s=30.0
    ).to_frame()
    stage = night.stages.with_text("Sleep stage N3").onset
    is_n3 = np.isin(30 * np.arange(len(delta)), stage)
    column = delta["delta"].to_numpy()
    assert np.nanmin(column[is_n3][3:-3]) > np.nanpercentile(column[~is_n3], 90)


def test_spindles_have_their_frequency_and_amplitude(night):
    assert len(night.spindles) > 100
    ratio, uv = [], []
    for mark, hz, size in zip(night.spindles, night.spindle_hz, night.spindle_uv, strict=True):
        values = np.asarray(
            night.recording["C3-M2"].window(mark.onset, mark.onset + mark.duration)[1], float
        )
        n = 4096
        spectrum = np.abs(np.fft.rfft(values * np.hanning(len(values)), n))
        f = np.fft.rfftfreq(n, 1 / 125)
        inside = (f > 11) & (f < 16)
        ratio.append(f[inside][np.argmax(spectrum[inside])] / hz)
        keep = np.fft.rfft(values - values.mean())
        keep[(np.fft.rfftfreq(len(values), 1 / 125) < 10)] = 0
        uv.append(np.abs(hilbert(np.fft.irfft(keep, len(values)))).max() / size)
    assert np.median(ratio) == pytest.approx(1, abs=0.01)
    assert np.mean(np.abs(np.array(ratio) - 1) < 0.05) > 0.9
    assert np.median(uv) == pytest.approx(1, abs=0.2)
    texts = set()
    for mark in night.spindles:
        covering = night.stages.between(mark.onset, mark.onset + mark.duration)
        texts |= set(covering.text)
    assert texts == {"Sleep stage N2", "Sleep stage N3"}


def test_k_complexes_are_sharp_negative_waves_in_n2(night):
    lowest = []
    for mark in night.k_complexes:
        assert night.stages.between(mark.onset, mark.onset + 1).text.tolist() == ["Sleep stage N2"]
        values = np.asarray(night.recording["C3-M2"].window(mark.onset, mark.onset + 1)[1], float)
        lowest.append(values.min())
    assert len(lowest) > 20
    assert np.median(lowest) < -80
    rest = [
        epoch(night, "C3-M2", t0).min()
        for t0 in inner(night, "N2")
        if not len(night.k_complexes.between(t0, t0 + 30))
    ]
    assert np.median(rest) > -75


def test_rem_sleep_has_eyes_that_move_against_each_other_and_no_tone(night):
    correlation = []
    for mark in night.eye_movements.with_text("rapid eye movement"):
        pair = [
            np.asarray(night.recording[n].window(mark.onset, mark.onset + 0.4)[1], float)
            for n in ("E1-M2", "E2-M2")
        ]
        correlation.append(np.corrcoef(*pair)[0, 1])
    assert len(correlation) > 50
    assert np.median(correlation) < -0.5
    tone = {
        stage: np.median([epoch(night, "Chin EMG", t0).std() for t0 in inner(night, stage)])
        for stage in ("W", "N2", "R")
    }
    assert tone["W"] == pytest.approx(20, rel=0.1)
    assert tone["R"] == pytest.approx(1.5, rel=0.1)
    assert tone["N2"] == pytest.approx(7, rel=0.1)


def test_respiratory_events_and_desaturations_are_found(night):
    truth, recording = night.respiratory_events, night.recording
    found = analysis.respiratory_events(recording["Airflow"])
    away = np.abs(found.onset[:, None] - truth.onset[None, :])
    assert np.mean(away.min(axis=0) < 4) > 0.95
    assert np.mean(away.min(axis=1) < 4) > 0.95
    hours = np.sum(night.stages.text != "Sleep stage W") / 120
    assert len(truth) / hours == pytest.approx(12, rel=0.05)
    spo2 = recording["SpO2"]
    values = spo2.read(0, spo2.n_samples)
    falls = []
    for mark in night.desaturations:
        first, lowest = round(mark.onset * 4), round((mark.onset + mark.duration - 20) * 4)
        falls.append(values[first - 8 : first].mean() - values[lowest - 2 : lowest + 3].mean())
    np.testing.assert_allclose(falls, night.desaturation_depth, atol=0.5)
    apnoea = truth.text != "hypopnoea"
    expected = 0.22 * truth.duration[apnoea]
    np.testing.assert_allclose(night.desaturation_depth[apnoea], expected)


def test_effort_goes_on_in_obstructive_apnoeas_only(night):
    size = {"obstructive apnoea": [], "central apnoea": []}
    for mark in night.respiratory_events:
        if mark.text in size:
            part = night.recording["Thorax"].window(mark.onset + 1, mark.onset + mark.duration - 1)
            size[mark.text].append(np.ptp(part[1]))
    assert min(size["obstructive apnoea"]) > 0.4
    assert max(size["central apnoea"]) < 0.12


def test_the_heart_beats_where_the_truth_says(night):
    found = analysis.ecg_peaks(night.recording["ECG"])
    matched = analysis.match_beats(night.r_peaks, found, tolerance_s=0.02)
    assert matched.sensitivity > 0.999
    assert matched.ppv > 0.999
    rr = np.diff(night.r_peaks)
    at = night.r_peaks[1:]
    n3 = np.isin(at // 30 * 30, night.stages.with_text("Sleep stage N3").onset)
    assert 60 / np.median(rr[n3]) == pytest.approx(57, abs=2)


def test_a_seed_gives_the_same_night_and_another_one_another():
    one, two, other = (sleep_night(0.5, seed=s) for s in (3, 3, 4))
    for name in one.recording:
        a, b = one.recording[name], two.recording[name]
        assert np.array_equal(a.read(0, a.n_samples), b.read(0, b.n_samples))
        assert a.timebase.end == 1800.0
    assert not np.array_equal(one.r_peaks, other.r_peaks)
    quiet = sleep_night(0.5, events_per_hour=0)
    assert len(quiet.respiratory_events) == len(quiet.desaturations) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hours": 0.1}, "hours=0.1 is not a number from 0.5 to 12 h"),
        ({"hours": "8"}, "hours='8'"),
        ({"events_per_hour": 99}, "events_per_hour=99"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_a_wrong_argument_is_named(wrong, said):
    with pytest.raises(InvalidInputError, match=said):
        sleep_night(**wrong)
