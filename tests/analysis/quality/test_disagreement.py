"""Where detectors differ: known disputes come back ranked."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis.engine.analysis import run
from vital_widgets.analysis.quality.disagreement import detector_disagreement, rank_disagreement
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.noisy_ecg import noisy_ecg


def test_places_are_ranked_by_how_much_is_disputed():
    beats = np.arange(0.5, 100)
    one = np.delete(beats, [20])  # one beat missed by one of three
    two = np.delete(beats, [60, 61, 62])  # three missed by two of three
    three = np.delete(beats, [60, 61, 62])
    got = rank_disagreement({"a": one, "b": two + 0.05, "c": three})
    assert got.n_beats == 100
    assert got.n_agreed == 96
    np.testing.assert_allclose(got.onset, [60.5, 20.525], atol=0.03)
    np.testing.assert_array_equal(got.disputed, [3, 1])
    np.testing.assert_array_equal(got.found[0], [3, 0, 0])
    np.testing.assert_array_equal(got.found[1], [0, 1, 1])
    assert got.score[0] > got.score[1]
    frame = got.to_frame()
    assert list(frame.columns)[-3:] == ["found by a", "found by b", "found by c"]
    marks = got.annotations("ECG")
    assert "rank 1" in str(marks.text[1])
    assert "a 3/3, b 0/3" in str(marks.text[1])
    assert "96 of 100" in repr(got)
    assert got.recipe.run().n_beats == 100


def test_a_chain_of_marks_is_cut():
    got = rank_disagreement({"a": [1.0, 1.2], "b": [1.1, 1.3]}, tolerance_s=0.15)
    assert got.n_beats == 2
    assert got.n_agreed == 2


def test_all_agree_or_nothing_is_there():
    beats = np.arange(10.0)
    got = rank_disagreement({"a": beats, "b": beats})
    assert len(got.onset) == 0
    assert "none" in repr(got)
    assert not rank_disagreement({"a": [], "b": []}).enough


def test_over_an_ecg_and_over_a_channel():
    rng = np.random.default_rng(0)
    fs, n = 250, 250 * 60
    ecg = rng.normal(0, 0.01, n)
    beat = np.exp(-0.5 * (np.arange(-15, 16) / 3.0) ** 2)
    for k in range(200, n - 200, 210):
        ecg[k - 15 : k + 16] += beat
    ecg[6000:7500] += rng.normal(0, 0.8, 1500)
    got = detector_disagreement(ecg, fs)
    assert got.n_agreed > 55
    assert 23 < got.onset[0] < 31
    channel = Recording.from_arrays({"ECG": ecg}, fs)["ECG"]
    again = detector_disagreement(channel)
    assert again.recipe.function.endswith("detector_disagreement")
    assert again.recipe.parameters["methods"] == ("slope", "pan-tompkins", "two-averages")
    np.testing.assert_allclose(again.recipe.run().onset, again.onset)
    np.testing.assert_allclose(again.onset, got.onset)


def test_bad_input():
    for wrong in ({"a": [1.0]}, [1.0, 2.0], {}):
        with pytest.raises(InvalidInputError, match="at least two detectors"):
            rank_disagreement(wrong)
    with pytest.raises(InvalidInputError, match="does not rise"):
        rank_disagreement({"a": [2.0, 1.0], "b": [1.0]})
    with pytest.raises(InvalidInputError, match="two or more"):
        detector_disagreement(np.zeros(1000), 250, methods=("slope",))
    for methods in (None, 3):
        with pytest.raises(InvalidInputError, match="not a list of names"):
            detector_disagreement(np.zeros(1000), 250, methods=methods)
    for methods in ("slope", ("slope", "slope")):
        with pytest.raises(InvalidInputError, match="two or more"):
            detector_disagreement(np.zeros(1000), 250, methods=methods)
    with pytest.raises(InvalidInputError, match="choose one of"):
        detector_disagreement(np.zeros(1000), 250, methods=("slope", None))


def test_valid_signal_is_that_of_the_detectors():
    ecg = np.random.default_rng(0).normal(size=250 * 60)
    ecg[2500:5000] = np.nan
    got = detector_disagreement(ecg, 250)
    assert got.valid.seconds == pytest.approx(50)
    assert got.valid.of_seconds == pytest.approx(60)


def test_detectors_run_in_the_background():
    channel = Recording.from_arrays({"ECG": noisy_ecg(60, 250, snr=15, seed=1).values}, 250)["ECG"]
    task = run(detector_disagreement, channel, chunk_s=20)
    np.testing.assert_array_equal(task.result(300).onset, detector_disagreement(channel).onset)


def test_beats_of_a_channel_are_found():
    made = noisy_ecg(60, 250, snr=25, seed=1)
    channel = Recording.from_arrays({"ECG": made.values}, 250)["ECG"]
    got = rank_disagreement({"truth": made.r_times, "channel": channel})
    assert got.n_agreed == len(made.r_times)
    assert any("were found in the channel 'ECG'" in note for note in got.notes)
