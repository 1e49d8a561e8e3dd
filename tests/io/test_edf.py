"""EDF, EDF+ and BDF against other readers."""

from __future__ import annotations

import warnings
from datetime import datetime

import edfio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.io.edf.annotations import decode_tals
from vital_widgets.io.reader import open_recording
from vital_widgets.runtime.files import SourceFile
from vital_widgets.testing import EdfSignal, tal, write_edf

WITH_PYEDFLIB = (
    "edfio/short_psg.edf",
    "mne/duplicate_channel_labels.edf",
    "mne/test.edf",
    "mne/test_edf_stim_channel.edf",
    "mne/test_stim_channel.edf",
    "pyedflib/test_generator.bdf",
    "pyedflib/test_generator_datarec_generator_2.bdf",
    "pyedflib/test_subsecond.edf",
)


def ramp(n_records=10, per_record=20, label="ECG", **more):
    return EdfSignal(label, np.arange(n_records * per_record) - 50, **more)


def counted_reads(monkeypatch):
    """Patch SourceFile so that the list returned fills with the bytes of each read."""
    sizes = []
    original = SourceFile.read_into

    def read_into(self, offset, target):
        sizes.append(target.nbytes)
        original(self, offset, target)

    monkeypatch.setattr(SourceFile, "read_into", read_into)
    return sizes


# ---------------------------------------------------------------- other readers agree


@pytest.mark.parametrize("name", WITH_PYEDFLIB)
def test_pyedflib_reads_the_same(shared_data, name):
    import pyedflib

    path = shared_data / name
    rec = open_recording(path)
    with pyedflib.EdfReader(str(path)) as other:
        assert len(rec) == other.signals_in_file
        # pyedflib loses a digit of the fraction; test_a_fraction_of_a_second has it.
        assert rec.start.replace(microsecond=0) == other.getStartdatetime().replace(microsecond=0)
        onsets, _, texts = other.readAnnotations()
        assert rec.annotations.text.tolist() == list(texts)
        np.testing.assert_allclose(rec.annotations.onset, onsets, atol=1e-4)
        for k, channel in enumerate(rec.channels.values()):
            assert channel.fs == other.getSampleFrequency(k)
            assert channel.units == other.getPhysicalDimension(k).strip()
            np.testing.assert_array_equal(
                channel.digital.compute(), other.readSignal(k, digital=True)
            )
            np.testing.assert_allclose(
                channel.data.compute(), other.readSignal(k), rtol=1e-9, atol=1e-9
            )


@pytest.mark.parametrize(
    "name", ["mne/test.bdf", "mne/test.edf", "pyedflib/test_legacy.edf", "edfio/short_psg.edf"]
)
def test_edfio_reads_the_same(shared_data, name):
    rec = open_recording(shared_data / name)
    read = edfio.read_bdf if name.endswith("bdf") else edfio.read_edf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = read(shared_data / name)
        marks = [a for a in rec.annotations if a.channel != "Status"]  # edfio knows no triggers
        assert [a.text for a in marks] == [a.text for a in other.annotations]
        np.testing.assert_allclose(
            [a.onset for a in marks], [a.onset for a in other.annotations], atol=1e-9
        )
        assert len(rec) == len(other.signals)
        for channel, signal in zip(rec.channels.values(), other.signals, strict=True):
            np.testing.assert_array_equal(channel.digital.compute(), signal.digital)
            values = signal.digital if channel.name == "Status" else signal.data
            np.testing.assert_allclose(channel.data.compute(), values, rtol=1e-9, atol=1e-9)
            assert channel.details.get("prefilter", "") == signal.prefiltering


def test_a_fraction_of_a_second(shared_data):
    path = shared_data / "pyedflib" / "test_subsecond.edf"
    other = edfio.read_edf(path)
    assert open_recording(path).start == datetime.combine(other.startdate, other.starttime)


def test_mne_reads_the_same(shared_data):
    import mne

    path = shared_data / "mne" / "test.bdf"
    rec = open_recording(path)
    raw = mne.io.read_raw_bdf(path, preload=True, verbose="error", stim_channel=None)
    assert list(rec) == raw.ch_names
    assert rec["Fp1"].fs == raw.info["sfreq"]
    np.testing.assert_allclose(rec["Fp1"].data.compute(), raw.get_data("Fp1")[0] * 1e6, rtol=1e-9)


def test_hypnogram_has_annotations_and_no_channels(shared_data):
    rec = open_recording(shared_data / "edfio" / "SC4001EC-Hypnogram.edf")
    assert len(rec) == 0
    other = edfio.read_edf(shared_data / "edfio" / "SC4001EC-Hypnogram.edf").annotations
    assert [(a.onset, a.duration, a.text) for a in rec.annotations] == [
        (a.onset, a.duration or 0.0, a.text) for a in other
    ]
    assert rec.annotations[1].duration > 0


def test_a_file_of_edfio_is_read_back(tmp_path):
    signal = edfio.EdfSignal(np.sin(np.arange(1000) / 9), 100, label="Resp", physical_range=(-1, 1))
    edfio.Edf(
        [signal],
        starttime=datetime(2020, 1, 1, 23, 59, 59, 125_000).time(),
        recording=edfio.Recording(startdate=datetime(2020, 1, 31).date(), equipment_code="Device"),
        patient=edfio.Patient(code="P7", sex="F", name="Doe"),
        annotations=[edfio.EdfAnnotation(1.5, 2, "Apnea"), edfio.EdfAnnotation(9, None, "end")],
    ).write(tmp_path / "x.edf")
    rec = open_recording(tmp_path / "x.edf")
    assert rec.start == datetime(2020, 1, 31, 23, 59, 59, 125_000)
    assert rec.notes == []
    assert [(a.onset, a.duration, a.text) for a in rec.annotations] == [
        (1.5, 2.0, "Apnea"),
        (9.0, 0.0, "end"),
    ]
    assert rec.metadata["format"] == "EDF+C"
    assert rec.metadata["patient_code"] == "P7"
    assert rec.metadata["sex"] == "F"
    assert rec.metadata["patient_name"] == "Doe"
    assert rec.metadata["equipment"] == "Device"
    assert "birthdate" not in rec.metadata
    np.testing.assert_array_equal(rec["Resp"].digital.compute(), signal.digital)


# ---------------------------------------------------------------- what opening costs


def test_opening_reads_the_header_only(tmp_path, monkeypatch):
    rows = [[tal(i)] for i in range(2000)]
    path = write_edf(tmp_path / "a.edf", [ramp(2000, 100)], n_records=2000, records=rows)
    sizes = counted_reads(monkeypatch)
    rec = open_recording(path)
    assert sum(sizes) < 1000
    rec["ECG"].window(1000, 1001)
    assert sum(sizes) < 2 * 2**20


def test_gaps_are_found_without_reading_all_records(tmp_path, monkeypatch):
    onsets = np.arange(4096.0) + np.where(np.arange(4096) >= 3000, 77.5, 0)
    rows = [[tal(float(onset))] for onset in onsets]
    path = write_edf(
        tmp_path / "a.edf", [ramp(4096, 2)], n_records=4096, records=rows, reserved="EDF+D"
    )
    sizes = counted_reads(monkeypatch)
    rec = open_recording(path)
    assert rec["ECG"].gaps == [(3000.0, 3077.5)]
    assert len(sizes) < 40


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    gaps=st.lists(st.sampled_from([0.0, 0.1, 1.0, 3.25, 100.0]), min_size=12, max_size=12),
    unknown=st.sets(st.integers(1, 100), max_size=4),
)
@settings(max_examples=40)
def test_runs_equal_those_of_reading_every_record(tmp_path_factory, lengths, gaps, unknown):
    onsets, now = [], 0.0
    for length, gap in zip(lengths, gaps, strict=False):
        onsets += [now + i for i in range(length)]
        now += length + gap
    rows = [[b"" if i in unknown else tal(round(t, 6))] for i, t in enumerate(onsets)]
    n = len(onsets)
    path = tmp_path_factory.mktemp("runs") / "a.edf"
    write_edf(path, [ramp(n, 10)], n_records=n, records=rows, reserved="EDF+D")

    firsts, seen = [0], [(0, 0.0)]  # the plain way: record after record
    for i in range(1, n):
        if i in unknown:
            continue
        j, at_j = seen[-1]
        if abs(onsets[i] - at_j - (i - j)) >= 0.05:
            firsts.append(i)
        seen.append((i, onsets[i]))

    rec = open_recording(path)
    assert (rec["ECG"].timebase.starts // 10).tolist() == firsts
    np.testing.assert_allclose(rec["ECG"].timebase.onsets, [onsets[i] for i in firsts], atol=1e-6)


def test_times_that_run_backwards_are_noted_and_nothing_is_lost(tmp_path):
    rows = [[tal(t)] for t in (0.0, 1.0, 2.0, 1.5, 2.5, 3.5, 10.0, 11.0)]
    path = write_edf(tmp_path / "a.edf", [ramp(8)], n_records=8, records=rows, reserved="EDF+D")
    rec = open_recording(path)
    assert rec["ECG"].n_samples == 160
    assert rec["ECG"].gaps == [(6.0, 10.0)]
    assert any("backwards" in note for note in rec.notes)


def test_edf_plus_c_with_gaps_shows_them(tmp_path):
    rows = [[tal(t)] for t in (0.0, 1.0, 9.0, 10.0)]
    rec = open_recording(write_edf(tmp_path / "a.edf", [ramp(4)], n_records=4, records=rows))
    assert rec["ECG"].gaps == [(2.0, 9.0)]
    assert any("no gaps" in note for note in rec.notes)


def test_a_rounded_record_duration_makes_no_gaps(tmp_path):
    """A third of a second cannot be written in eight characters."""
    rows = [[tal(round(i / 3, 6))] for i in range(3000)]
    path = write_edf(
        tmp_path / "a.edf",
        [ramp(3000, 1000)],
        n_records=3000,
        records=rows,
        fields={"duration": "0.333333"},
    )
    rec = open_recording(path)
    assert rec["ECG"].gaps == []
    assert rec.notes == []


# ---------------------------------------------------------------- annotations


def test_several_annotation_signals_long_records_and_every_kind_of_text(tmp_path, monkeypatch):
    from vital_widgets.io.edf import annotations as edf_annotations

    rows = [[tal(float(i)), b""] for i in range(6)]
    rows[0][0] = b"+0\x14\x14Recording starts\x14\x00"
    rows[1][1] = tal(1.25, "one", "two", duration="0.5")
    rows[2][0] += "+2.5\x14Unruhe älter\x14\x00".encode("latin-1")
    rows[3][0] += tal(3, "first line\nsecond line") + tal(3.1, "Spindle@@ECG")
    rows[4][1] = tal("-0.5", "before") + tal(4, "at@@nobody")
    path = write_edf(tmp_path / "a.edf", [ramp(6)], n_records=6, records=rows, annotation_bytes=120)
    expected = [
        (-0.5, 0.0, "before", ""),
        (0.0, 0.0, "Recording starts", ""),
        (1.25, 0.5, "one", ""),
        (1.25, 0.5, "two", ""),
        (2.5, 0.0, "Unruhe älter", ""),
        (3.0, 0.0, "first line\nsecond line", ""),
        (3.1, 0.0, "Spindle", "ECG"),
        (4.0, 0.0, "at@@nobody", ""),
    ]
    for longest in (1 << 14, 1):
        monkeypatch.setattr(edf_annotations, "_LONG_RECORD", longest)
        monkeypatch.setattr(edf_annotations, "_STREAM_BYTES", 900)
        rec = open_recording(path)
        assert [(a.onset, a.duration, a.text, a.channel) for a in rec.annotations] == expected
        assert rec.notes == []


def test_a_first_annotation_with_a_text_does_not_tell_the_time_of_its_record(tmp_path):
    """As in files that hold annotations but are no EDF+."""
    rows = [[tal(12.5, "Lights off")], [tal(3, "Lights on")]]
    path = write_edf(tmp_path / "a.edf", [ramp(2)], n_records=2, records=rows, reserved="")
    rec = open_recording(path)
    assert rec.start == datetime(2021, 3, 2, 22, 4, 5)
    assert rec["ECG"].gaps == []
    assert [(a.onset, a.text) for a in rec.annotations] == [(3, "Lights on"), (12.5, "Lights off")]


def test_damaged_annotations_are_counted_and_the_others_kept(tmp_path):
    rows = [[tal(float(i))] for i in range(3)]
    rows[1][0] += b"nonsense\x00" + tal(1.5, "good")
    rec = open_recording(write_edf(tmp_path / "a.edf", [ramp(3)], n_records=3, records=rows))
    assert rec.annotations.text.tolist() == ["good"]
    assert rec.notes == ["1 annotation could not be read and is not shown."]


@given(
    st.lists(
        st.tuples(
            st.decimals(-1000, 10**6, places=3),
            st.none() | st.decimals(0, 1000, places=2),
            st.lists(
                st.text(st.characters(exclude_characters="\0\x14\x15", codec="utf-8"), min_size=1),
                min_size=1,
            ),
        )
    )
)
def test_tals_are_decoded_as_they_were_written(lists):
    raw = b"".join(
        tal(f"{onset:+f}", *texts, duration=duration) for onset, duration, texts in lists
    )
    marks, damaged = decode_tals(raw + b"\0" * 7)
    assert damaged == 0
    assert [(m.onset, m.duration, m.text) for m in marks] == [
        (float(onset), None if duration is None else float(duration), text)
        for onset, duration, texts in lists
        for text in texts
    ]


@given(st.binary(max_size=200))
def test_random_bytes_as_annotations_never_raise(raw):
    marks, damaged = decode_tals(raw)
    assert 0 <= damaged <= len(raw)
    assert all(np.isfinite(mark.onset) for mark in marks)
