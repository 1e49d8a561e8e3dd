"""Signal quality: what is spoilt on purpose is found, with its reason; any cut gives the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.engine.analysis import run
from vital_widgets.analysis.quality.motion import motion_intensity
from vital_widgets.analysis.quality.signal_quality import signal_quality
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.noisy_ecg import noisy_ecg

FS = 250


def ecg(seconds: float = 120.0, **more) -> np.ndarray:
    return noisy_ecg(seconds, FS, snr=25, seed=1, **more).values.copy()


def spoil(values: np.ndarray, how: str) -> np.ndarray:
    """Spoil the third window of 10 s."""
    part = slice(20 * FS, 30 * FS)
    rng = np.random.default_rng(0)
    t = np.arange(10 * FS) / FS
    if how == "drop-out":
        values[part][: 7 * FS] = np.nan
    elif how == "flat line":
        values[part][: 8 * FS] = 0.3
    elif how == "clipping":
        values[part] = np.clip(6 * values[part], -1, 1)
    elif how == "powerline":
        values[part] += 3 * np.sin(2 * np.pi * 50 * t)
    elif how == "detectors disagree":
        values[part] = rng.normal(0, 0.4, 10 * FS)
    return values


@pytest.mark.parametrize(
    "how", ["drop-out", "flat line", "clipping", "powerline", "detectors disagree"]
)
def test_what_is_spoilt_is_found_with_its_reason(how):
    got = signal_quality(spoil(ecg(), how), FS, kind="ecg")
    assert got.score[2] < 0.5
    assert how in got.reasons[2]
    others = np.delete(got.score, 2)
    assert np.all(others > 0.85)  # a beat at the edge reaches into the spoilt window
    assert got.usable.cover(np.array([5.0, 25.0, 35.0])).tolist() == [True, False, True]
    assert got.usable_share == pytest.approx(11 / 12)
    marks = got.annotations("ECG")
    assert [str(text) for text in marks.text][1].startswith("poor: ")
    assert "usable" in [str(text) for text in marks.text]


def test_a_good_signal_is_good_in_any_unit_and_polarity():
    values = ecg()
    for scaled in (values, -200 * values + 1024):
        got = signal_quality(scaled, FS, kind="ecg")
        assert np.all(got.score > 0.9)
        assert got.reasons == [""] * 12
        assert got.measures["beat_agreement"].min() > 0.99
    assert "none" in repr(got)


def test_it_is_a_mask_for_other_functions():
    values = spoil(ecg(), "detectors disagree")
    quality = signal_quality(values, FS, kind="ecg")
    beats = ecg_peaks(values, FS, usable=quality)
    assert not np.any((beats.times > 20.1) & (beats.times < 29.9))
    assert len(set(beats.stretch.tolist())) == 2


def test_saturation_needs_the_limits():
    values = ecg()
    values[5000:5500] = np.clip(values[5000:5500] * 0 + 5 + np.arange(500) % 2, None, 5.5)
    got = signal_quality(values, FS, kind="ecg", limits=(-5, 5))
    assert got.measures["saturated"][2] == pytest.approx(0.2)
    assert "saturation" in got.reasons[2]
    assert "saturated" not in signal_quality(values, FS, kind="ecg").measures


def test_motion_enters_the_score():
    acc = np.zeros((3, 32 * 120))
    acc[2] = 1.0
    acc[2, 32 * 40 : 32 * 50] += np.sin(np.arange(320))
    motion = motion_intensity(acc, 32)
    t = np.arange(64 * 120) / 64
    ppg = np.sin(2 * np.pi * 1.2 * t) + 0.3 * np.sin(2 * np.pi * 2.4 * t)
    got = signal_quality(ppg, 64, kind="other", motion=motion)
    assert "motion" in got.reasons[4]
    assert got.score[4] < 0.5
    assert np.all(np.delete(got.score, 4) == 1)


def test_channels_of_an_accelerometer_are_motion():
    acc = np.zeros((3, 32 * 60))
    acc[2] = 1.0
    acc[2, 32 * 20 : 32 * 30] += np.sin(np.arange(320))
    axes = list(Recording.from_arrays(dict(zip("xyz", acc, strict=True)), 32).channels.values())
    values = np.sin(np.arange(64 * 60) / 7)
    of_axes = signal_quality(values, 64, kind="other", motion=axes)
    of_motion = signal_quality(values, 64, kind="other", motion=motion_intensity(axes))
    pd.testing.assert_frame_equal(of_axes.to_frame(), of_motion.to_frame())
    assert of_axes.score[2] < 0.5
    pd.testing.assert_frame_equal(of_axes.recipe.run().to_frame(), of_axes.to_frame())


def test_the_kind_of_a_channel_follows_from_its_name():
    values = ecg(30.0)
    got = signal_quality(Recording.from_arrays({"MLII": values}, FS)["MLII"])
    assert got.kind == "ecg"
    assert any("rated as 'ecg' because of the name" in note for note in got.notes)
    pd.testing.assert_frame_equal(got.to_frame(), signal_quality(values, FS, kind="ecg").to_frame())
    with pytest.raises(InvalidInputError, match="kind is missing"):
        signal_quality(Recording.from_arrays({"ABP": values}, FS)["ABP"])


def test_respiration_is_judged_by_its_peak():
    t = np.arange(25 * 320) / 25
    breaths = np.sin(2 * np.pi * 0.25 * t)
    noise = np.random.default_rng(0).normal(size=len(t))
    assert np.all(signal_quality(breaths, 25, kind="respiration").score > 0.9)
    assert np.all(signal_quality(noise, 25, kind="respiration").score < 0.5)


@settings(max_examples=8)
@given(st.floats(1, 500), st.integers(0, 20))
def test_any_cut_gives_exactly_the_same(seconds, seed):
    rng = np.random.default_rng(seed)
    values = noisy_ecg(655, 100, snr=8, seed=seed).values
    at = int(rng.integers(0, 60_000))
    values[at : at + int(rng.integers(1, 4000))] = np.nan
    channel = Recording.from_arrays({"ECG": values}, 100)["ECG"]
    whole = signal_quality(values, 100, kind="ecg")
    cut = run(signal_quality, channel, kind="ecg", chunk_s=seconds).result()
    np.testing.assert_array_equal(cut.score, whole.score)
    assert cut.reasons == whole.reasons
    np.testing.assert_array_equal(cut.times, whole.times)
    for key, figures in whole.measures.items():
        np.testing.assert_allclose(cut.measures[key], figures, atol=1e-9)


@pytest.mark.parametrize("kind", ["ecg", "respiration", "eeg", "other"])
@pytest.mark.parametrize("values", [np.full(5000, np.nan), np.zeros(5000), np.zeros(0)])
def test_no_signal_has_no_quality(values, kind):
    got = signal_quality(values, FS, kind=kind)
    assert np.all(got.score == 0)
    assert len(got.usable) == 0
    assert got.enough == (len(values) > 0 and np.isfinite(values[0]))
    assert len(got.to_frame()) == len(got.score)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"kind": "emg"}, "choose one of"),
        ({}, "kind is missing: .* give one of 'ecg'"),
        ({"kind": "ecg", "window_s": 0}, "window_s=0"),
        ({"kind": "ecg", "threshold": 2}, "threshold=2"),
        ({"kind": "ecg", "mains_hz": 55}, "50 or 60"),
        ({"kind": "ecg", "limits": (3, 1)}, "limits="),
        ({"kind": "ecg", "motion": 3}, "give a list of channels"),
    ],
)
def test_bad_input(more, words):
    with pytest.raises(InvalidInputError, match=words):
        signal_quality(np.zeros(1000), FS, **more)
    with pytest.raises(InvalidInputError, match="too low"):
        signal_quality(np.zeros(1000), 20, kind="ecg")


def test_pulses_are_judged_by_two_detectors_too():
    from vital_widgets.simulate.ppg_waves import make_ppg

    values = make_ppg(120, 64, seed=1).values
    values[64 * 40 : 64 * 50] = np.random.default_rng(0).normal(0, 1, 640)
    got = signal_quality(values, 64, kind="ppg")
    assert got.score[4] < 0.5
    assert np.all(np.delete(got.score, [3, 4, 5]) > 0.8)
    assert got.measures["template"][0] > 0.9


@pytest.mark.parametrize(
    "rhythm",
    [
        {"premature": 0.3},
        {"premature": 0.9},  # bigeminy
        {"premature": 0.2, "premature_size": -1.5},
        {"irregular": 0.25, "premature": 0.1},
        {"blocked": 0.2},
    ],
)
def test_ectopy_and_irregular_rhythm_are_no_noise(rhythm):
    values = noisy_ecg(120, FS, snr=25, seed=7, **rhythm).values
    noisy = values.copy()
    noisy[60 * FS : 70 * FS] += np.random.default_rng(1).normal(0, 0.6, 10 * FS)
    assert signal_quality(values, FS, kind="ecg").score.min() > 0.8
    score = signal_quality(noisy, FS, kind="ecg").score
    assert score[6] < 0.5
    assert np.all(np.delete(score, [5, 6, 7]) > 0.8)


def test_faint_beats_are_no_noise_where_their_shape_is_that_of_the_others():
    clean = noisy_ecg(120, FS, seed=8).values
    clean[40 * FS : 60 * FS] *= 0.15
    values = clean + np.random.default_rng(2).normal(0, 0.01, len(clean))
    score = signal_quality(values, FS, kind="ecg").score
    assert score.min() > 0.6


def test_a_wandering_baseline_is_told_and_leaves_the_beats_usable():
    values = ecg() + 2 * np.sin(2 * np.pi * 0.2 * np.arange(120 * FS) / FS)
    got = signal_quality(values, FS, kind="ecg")
    assert got.usable_share == 1
    assert all("baseline wander" in reason for reason in got.reasons)


def test_loud_noise_elsewhere_does_not_make_good_windows_poor():
    values = ecg()
    values[30 * FS : 50 * FS] += noisy_ecg(20, FS, snr=-6, seed=3).values
    score = signal_quality(values, FS, kind="ecg").score
    assert np.all(score[3:5] < 0.5)
    assert np.all(np.delete(score, [2, 3, 4, 5]) > 0.9)


def test_the_whole_score_tells_noise_as_well_as_its_best_part():
    scores, templates, noisy = [], [], []
    for seed, rhythm in enumerate(({}, {"premature": 0.3}, {"irregular": 0.25}), 40):
        values = noisy_ecg(300, FS, snr=30, seed=seed, **rhythm).values
        clean, loud = (noisy_ecg(300, FS, snr=snr, seed=seed + 9).values for snr in (None, 4))
        bad = np.arange(30) % 5 == 2
        values += np.repeat(bad, 10 * FS) * (loud - clean)
        got = signal_quality(values, FS, kind="ecg")
        scores.append(got.score)
        templates.append(got.measures["template"])
        noisy.append(bad)
    bad = np.concatenate(noisy)
    whole, part = (auc(np.concatenate(figures), bad) for figures in (scores, templates))
    assert whole > 0.98
    assert whole >= part


def auc(figures: np.ndarray, bad: np.ndarray) -> float:
    """Return how often a good window has more than a bad one; ties are halves."""
    good, poor = figures[~bad][:, None], figures[bad]
    return float(np.mean(good > poor) + 0.5 * np.mean(good == poor))


def test_records_with_ventricular_beats_are_not_called_noise(shared_data):
    import vital_widgets as vw

    for name in ("106", "208", "223"):
        with vw.open(shared_data / "mitdb" / f"{name}.hea") as rec:
            got = run(signal_quality, rec["MLII"], mains_hz=60).result()
        assert got.usable_share > 0.98, name
