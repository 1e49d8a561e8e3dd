"""The sample as a file: what the reader and other readers find, and how it comes to be."""

from __future__ import annotations

import os
import warnings
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError, StoreError
from vital_widgets.io.edf.writer import EdfPlusWriter, EdfSignal, annotation_lists
from vital_widgets.io.reader import open_recording
from vital_widgets.runtime.tasks import TaskState
from vital_widgets.simulate import sample_recording as sample_module
from vital_widgets.simulate.sample_recording import prepare_sample, sample_truth
from vital_widgets.simulate.vital_signs import SIGNALS

NAMES = ["ECG", "ECG V1", "PPG", "Resp", "Acc X", "Acc Y", "Acc Z"]


def made(duration, seed=1, path=None) -> Path:
    target, task = prepare_sample(duration, seed=seed, path=path)
    if task is not None:
        task.run()
        task.result()
    return target


@pytest.fixture(scope="module")
def with_gap(tmp_path_factory) -> Path:
    return made(1500, path=tmp_path_factory.mktemp("sample") / "gap.edf")


@pytest.fixture(scope="module")
def without_gap(tmp_path_factory) -> Path:
    return made(90, path=tmp_path_factory.mktemp("sample") / "whole.edf")


def test_the_reader_finds_channels_rates_units_and_the_gap(with_gap):
    truth = sample_truth(1500, seed=1)
    with open_recording(with_gap) as rec:
        assert list(rec) == NAMES
        assert rec.start == datetime(2025, 1, 14, 9)
        assert rec.duration == 1500
        assert rec.notes == []
        assert {name: (rec[name].fs, rec[name].units) for name in NAMES} == {
            "ECG": (250, "mV"),
            "ECG V1": (250, "mV"),
            "PPG": (64, "a.u."),
            "Resp": (32, "a.u."),
            "Acc X": (32, "g"),
            "Acc Y": (32, "g"),
            "Acc Z": (32, "g"),
        }
        assert truth.gap == (900, 960)
        for name in NAMES:
            assert rec[name].gaps == [(900.0, 960.0)]
            assert rec[name].n_samples == 1440 * rec[name].fs


def test_the_annotations_are_the_truth(with_gap):
    truth = sample_truth(1500, seed=1)
    with open_recording(with_gap) as rec:
        marks = rec.annotations
        wanted = truth.annotations()
        assert marks.onset.tolist() == wanted.onset.tolist()  # to the last digit
        assert marks.duration.tolist() == wanted.duration.tolist()
        assert marks.text.tolist() == wanted.text.tolist()
        assert len(marks.with_text("V")) == np.sum(truth.kinds == "V") > 0
        beats = marks.with_text("N", "V").onset
    assert not np.any((beats >= 900) & (beats < 960))
    np.testing.assert_array_equal(beats, np.round(beats * 250) / 250)


def test_r_peaks_are_local_maxima_where_nothing_disturbs(with_gap):
    truth = sample_truth(1500, seed=1)
    quiet = np.ones(len(truth.r_peaks), bool)
    for event in truth.events:
        quiet &= (truth.r_peaks < event.onset - 1) | (truth.r_peaks > event.end + 1)
    quiet &= (truth.kinds == "N") & (truth.r_peaks > 1) & (truth.r_peaks < 1499)
    assert quiet.sum() > 500
    with open_recording(with_gap) as rec:
        for peak in truth.r_peaks[quiet][::20]:
            t, ecg = rec["ECG"].window(peak - 0.1, peak + 0.1)
            assert t[np.argmax(ecg)] == pytest.approx(peak, abs=1e-9)


def test_mne_reads_the_same(without_gap):
    mne = pytest.importorskip("mne")
    raw = mne.io.read_raw_edf(without_gap, preload=False, verbose="error")
    assert raw.ch_names == NAMES
    assert raw.info["sfreq"] == 250
    marks = sample_truth(90, seed=1).annotations()
    np.testing.assert_allclose(raw.annotations.onset, marks.onset, atol=1e-6)
    assert sorted(raw.annotations.description) == sorted(marks.text)
    with open_recording(without_gap) as rec:
        ours = rec["ECG"].data.compute()
    theirs = raw.get_data(picks=["ECG"], verbose="error")[0] * 1e3  # V to mV
    np.testing.assert_allclose(theirs, ours, atol=1e-9)


def test_pyedflib_reads_the_same(without_gap):
    pyedflib = pytest.importorskip("pyedflib")
    with pyedflib.EdfReader(str(without_gap)) as reader, open_recording(without_gap) as rec:
        assert reader.getSignalLabels() == NAMES
        assert reader.getStartdatetime() == rec.start
        for k, name in enumerate(NAMES):
            np.testing.assert_allclose(reader.readSignal(k), rec[name].data.compute(), atol=1e-9)
        onsets, durations, texts = reader.readAnnotations()
    marks = sample_truth(90, seed=1).annotations()
    np.testing.assert_allclose(onsets, marks.onset, atol=1e-6)
    assert list(texts) == list(marks.text)
    np.testing.assert_allclose(np.maximum(durations, 0), marks.duration, atol=1e-6)


def test_edfio_reads_the_discontinuous_file(with_gap):
    edfio = pytest.importorskip("edfio")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        edf = edfio.read_edf(with_gap)
    assert edf.reserved == "EDF+D"
    assert edf.num_data_records == 1440
    assert [signal.label for signal in edf.signals] == NAMES
    marks = sample_truth(1500, seed=1).annotations()
    found = sorted((mark.onset, mark.text) for mark in edf.annotations)
    assert found == sorted(zip(marks.onset.tolist(), marks.text.tolist(), strict=True))


def test_the_same_seed_gives_the_same_bytes(tmp_path, without_gap):
    again = made(90, path=tmp_path / "again.edf")
    other = made(90, seed=2, path=tmp_path / "other.edf")
    assert again.read_bytes() == without_gap.read_bytes()
    assert other.read_bytes() != without_gap.read_bytes()


def test_it_is_kept_in_the_cache_folder_and_not_made_twice(cache_dir):
    target = made(20)
    assert target.parent == cache_dir / "demo"
    stamp = target.stat().st_mtime_ns
    again, task = prepare_sample(20, seed=1)
    assert (again, task) == (target, None)
    assert target.stat().st_mtime_ns == stamp
    assert [file.name for file in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("keep", [0, 100, 300, 3000, -1])
def test_a_damaged_file_in_the_cache_is_made_again(keep):
    target = made(20)
    whole = target.read_bytes()
    target.write_bytes(whole[:keep])
    assert made(20).read_bytes() == whole


def test_a_file_of_somebody_is_not_overwritten(tmp_path):
    file = tmp_path / "mine.edf"
    file.write_text("precious")
    with pytest.raises(InvalidInputError, match="not overwritten"):
        prepare_sample(20, path=file)
    assert file.read_text() == "precious"


def test_a_sample_at_a_path_is_opened_again(tmp_path):
    file = tmp_path / "mine.edf"
    made(20, path=file)
    assert prepare_sample(20, seed=1, path=file) == (file, None)
    with pytest.raises(InvalidInputError, match="is not this sample"):
        prepare_sample(20, seed=2, path=file)


def test_cancel_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("vital_widgets.simulate.vital_signs.STRETCH_SECONDS", 5)
    _target, task = prepare_sample(60, path=tmp_path / "s.edf")
    task.listen(lambda changed: task.cancel() if changed.progress > 0.3 else None)
    monkeypatch.setattr("vital_widgets.runtime.tasks.UPDATE_INTERVAL", 0)
    task.run()
    assert task.state is TaskState.CANCELLED
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_writing_leaves_nothing_behind_and_says_what_to_do(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sample_module.EdfPlusWriter, "append", full)
    _, task = prepare_sample(20, path=tmp_path / "s.edf")
    task.run()
    with pytest.raises(StoreError, match=r"No space left.*another path"):
        task.result()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_when_old(tmp_path, monkeypatch):
    old = tmp_path / "s.edf.1-1.partial"
    old.write_bytes(b"half")
    monkeypatch.setattr(sample_module, "STALE_SECONDS", -1.0)
    made(5, path=tmp_path / "s.edf")
    assert [file.name for file in tmp_path.iterdir()] == ["s.edf"]


@pytest.mark.parametrize("duration", [0, -1, float("nan"), float("inf"), 8 * 86400, "long", None])
def test_a_duration_that_makes_no_sense(duration):
    with pytest.raises(InvalidInputError, match="duration="):
        prepare_sample(duration)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True])
def test_a_seed_that_is_none(seed):
    with pytest.raises(InvalidInputError, match="seed="):
        prepare_sample(10, seed=seed)


def test_a_seed_of_numpy_is_a_seed():
    assert prepare_sample(10, seed=np.int64(3))[0] == prepare_sample(10, seed=3)[0]


def test_a_path_that_cannot_be(tmp_path):
    with pytest.raises(InvalidInputError, match="is a folder"):
        prepare_sample(10, path=tmp_path)
    with pytest.raises(InvalidInputError, match="no folder"):
        prepare_sample(10, path=tmp_path / "none" / "s.edf")
    with pytest.raises(InvalidInputError, match="not the path"):
        prepare_sample(10, path=3)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InvalidInputError, match="not a regular file"):
            prepare_sample(10, path=tmp_path / "pipe")


@pytest.mark.parametrize(("duration", "seconds"), [(0.2, 1), (1, 1), (1.5, 2)])
def test_the_shortest(duration, seconds):
    with open_recording(made(duration)) as rec:
        assert rec.duration == seconds
        assert rec["ECG"].n_samples == 250 * seconds


def test_the_truth_and_the_signals_have_one_length():
    truth = sample_truth(70, seed=1)
    assert len(truth.times) == len(truth.rr) == len(truth.breath_hz) == 280
    assert truth.times[0] == 0
    assert len(truth.r_peaks) == len(truth.kinds) == len(truth.pulse_onsets)


def test_stored_integers_and_their_limits():
    signal = EdfSignal("x", "mV", 10.0, 10000, 4)
    np.testing.assert_array_equal(
        signal.digitize(np.array([0, 0.001, -3.0004, 99, -99])), [0, 1, -3000, 10000, -10000]
    )
    assert all(s.per_record > 0 for s in SIGNALS)


def test_annotation_lists_keep_time_and_annotations():
    marks = Annotations([0.0, 1.25, 7.5], ["a", "b", "é"], [0, 2.5, 0])
    lists = annotation_lists(np.array([0.0, 1.0, 10.0]), marks)
    assert lists[0] == b"+0\x14\x14\x00+0\x14a\x14\x00"
    assert lists[1] == "+1\x14\x14\x00+1.25\x152.5\x14b\x14\x00+7.5\x14é\x14\x00".encode()
    assert lists[2] == b"+10\x14\x14\x00"


@pytest.mark.parametrize(
    ("onsets", "text"), [([], "a"), ([0.0, 0.0], "a"), ([0.0], "a\x14b"), ([0.0], "\x00")]
)
def test_what_an_annotation_list_cannot_hold(onsets, text):
    with pytest.raises(InvalidInputError):
        annotation_lists(np.array(onsets), Annotations([0.0], [text]))


def test_the_writer_counts_its_records(tmp_path):
    signal = EdfSignal("x", "mV", 10.0, 10000, 4)
    with (tmp_path / "x.edf").open("wb") as file:
        writer = EdfPlusWriter(
            file, [signal], np.arange(2.0), Annotations(), start=datetime(2025, 1, 1)
        )
        writer.append([np.zeros(4, np.int16)])
        with pytest.raises(InvalidInputError, match="1 of 2"):
            writer.finish()
        with pytest.raises(InvalidInputError, match="only 1 remain"):
            writer.append([np.zeros(8, np.int16)])


def test_a_label_that_does_not_fit_is_refused(tmp_path):
    signal = EdfSignal("a label of more than 16", "mV", 10.0, 10000, 4)
    with (tmp_path / "x.edf").open("wb") as file, pytest.raises(InvalidInputError, match="16"):
        EdfPlusWriter(file, [signal], np.arange(2.0), Annotations(), start=datetime(2025, 1, 1))
