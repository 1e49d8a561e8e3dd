"""What is known of beats and intervals is told with every figure that is made from them."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import analysis as va
from vital_widgets.simulate.noisy_ecg import noisy_ecg
from vital_widgets.widgets.sample import sample

RATIOS = ("lf_hf", "lf_nu", "hf_nu", "vlf_percent", "lf_percent", "hf_percent", "ln_hf")
PEAKS = ("vlf_peak", "lf_peak", "hf_peak")


def wavy(n: int = 400) -> np.ndarray:
    beat = np.arange(n)
    noise = np.random.default_rng(1).standard_normal(n)
    return 800 + 50 * np.sin(2 * np.pi * 0.2 * beat) + 10 * noise


def bigeminy(n: int = 400) -> np.ndarray:
    return np.cumsum(np.where(np.arange(n) % 2, 0.5, 1.1))


FROM_BEATS = [va.hrv, va.hrv_time, va.hrv_frequency, va.hrv_nonlinear, va.hrv_trend, va.poincare]
FROM_BEATS += [va.hrv_conventions, va.dfa, va.sample_entropy]


@pytest.mark.parametrize("function", FROM_BEATS)
def test_what_correction_says_goes_with_the_figures(function) -> None:
    corrected = va.correct_beats(bigeminy())
    assert any("should not be interpreted" in note for note in corrected.notes)
    for given in (corrected, va.hrv_time(corrected).recipe.inputs["beats"].kept):
        assert set(corrected.notes) <= set(function(given).notes)


@pytest.mark.parametrize("function", [va.hrv, va.hrv_trend, va.hrv_nonlinear])
def test_intervals_keep_the_notes_of_their_beats(function) -> None:
    intervals = va.correct_beats(bigeminy()).intervals()
    assert intervals.notes
    assert set(intervals.notes) <= set(function(intervals).notes)
    half = intervals.where(intervals.times < 160).between(10, 150)
    assert half.notes == intervals.notes


def test_what_a_detector_left_out_is_told_to_the_end() -> None:
    made = noisy_ecg(240, 250, seed=3)
    values = made.values.copy()
    off = slice(90 * 250, 170 * 250)
    t = np.arange(off.start, off.stop) / 250
    values[off] = 20 * np.sin(2 * np.pi * 50 * t)
    beats = va.ecg_peaks(values, 250)
    assert "noise or mains hum" in beats.notes[0]
    assert beats.notes[0] in va.correct_beats(beats).notes
    assert beats.notes[0] in va.hrv(va.correct_beats(beats)).notes


def test_a_note_that_a_source_was_not_enough_stays_with_it() -> None:
    few = va.correct_beats([0.8, 1.6])
    assert not few.enough
    assert sum(note.startswith("not enough") for note in va.hrv(few).notes) == 1


@pytest.mark.parametrize("function", [va.hrv, va.hrv_trend, va.hrv_nonlinear])
@pytest.mark.parametrize("fs", [200, 250])
def test_intervals_of_no_human_heart_are_asked_for_their_unit(function, fs) -> None:
    samples = np.round(wavy() * fs / 1000)
    (note,) = [note for note in function(samples).notes if "If the values are in samples" in note]
    assert "numpy.diff(samples) / fs * 1000" in note
    assert "beats/min" in note
    slow = [note for note in function(wavy() * 4).notes if "If the values are in samples" in note]
    assert slow
    assert not any("If the values are in samples" in note for note in function(wavy()).notes)


@pytest.mark.parametrize("psd", ["welch", "autoregressive", "lomb-scargle"])
@pytest.mark.parametrize(
    "values",
    [np.full(600, 800.0), va.correct_beats(np.arange(600) * 0.8 + 86400, method="none")],
    ids=["equal", "equal but for rounding"],
)
def test_equal_intervals_have_no_ratios(values, psd) -> None:
    got = va.hrv(values, options={"psd": psd})
    assert got["sdnn"] == pytest.approx(0, abs=1e-6)
    assert got["lf"] == got["hf"] == 0
    for name in (*RATIOS, *PEAKS, "tinn", "dfa_alpha1", "sampen", "apen"):
        assert np.isnan(got[name]), name
    assert any("all intervals are equal" in note for note in got.notes)
    assert any("non-linear" in note for note in got.notes)


def test_one_odd_interval_at_the_end_gives_no_exponent_and_no_ratio() -> None:
    got = va.hrv(np.append(np.full(599, 800.0), 801.0))
    for name in (*RATIOS, "tinn", "dfa_alpha1", "dfa_alpha2"):
        assert np.isnan(got[name]), name
    assert any("no power in LF or HF" in note for note in got.notes)
    assert any("dfa_alpha1 is not defined" in note for note in got.notes)
    assert any("no TINN" in note for note in got.notes)


def test_no_exponent_where_nothing_fluctuates_within_the_windows() -> None:
    values = np.append(np.full(599, 3.0), 4.0)
    got = va.dfa(values, sizes=range(7, 17))
    assert np.isnan(got.alpha)
    assert np.any(got.fluctuations == 0)
    assert any("do not vary" in note for note in got.notes)
    steps = np.repeat(np.random.default_rng(0).standard_normal(40), 31)
    assert np.isfinite(va.dfa(steps, sizes=range(7, 17)).alpha)


@pytest.mark.parametrize("name", ["hrv", "hrv_time", "hrv_frequency", "hrv_trend"])
def test_beats_that_were_not_corrected_are_noted(name: str) -> None:
    function, rec = getattr(va, name), sample(120)
    beats = va.ecg_peaks(rec["ECG"])
    expected = "the beats were used without correction; correct_beats finds and corrects"

    def noted(given: object) -> int:
        return sum(note.startswith(expected) for note in function(given).notes)

    assert noted(beats) == 1
    assert noted(va.correct_beats(beats)) == 0
    assert noted(rec["ECG"]) == 0
    assert noted(beats.intervals()) == 0
    assert noted(beats.intervals().ms) == 0
