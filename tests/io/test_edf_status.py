"""The Status channel of BDF files, and times of records that no search tells of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.io.edf.annotations import (
    AnnotationBytes,
    decode_tals,
    record_onset,
    record_onsets,
)
from vital_widgets.io.reader import open_recording
from vital_widgets.simulate.edf_files import EdfSignal, tal, write_edf

BITS = {"physical_min": -262144, "physical_max": 262143}
RANGE = {"digital_min": -(1 << 23), "digital_max": (1 << 23) - 1}


def ramp(n: int) -> EdfSignal:
    return EdfSignal("A1", np.arange(n), units="uV", **BITS, **RANGE)


def status(codes, label="Status", unit="Boolean") -> EdfSignal:
    values = np.asarray(codes, np.int64) | 1 << 20
    return EdfSignal(label, values - (values >> 23 << 24), units=unit, **BITS, **RANGE)


def plain_triggers(codes) -> list[tuple[int, int]]:
    return [(i, codes[i]) for i in range(1, len(codes)) if codes[i] not in (0, codes[i - 1])]


@given(codes=st.lists(st.sampled_from([0, 0, 0, 1, 5, 255, 65535]), min_size=20, max_size=60))
def test_triggers_are_changes_of_the_code_to_another_that_is_not_0(tmp_path_factory, codes):
    codes = codes[: len(codes) // 10 * 10]
    n = len(codes) // 10
    path = tmp_path_factory.mktemp("bdf") / "a.bdf"
    write_edf(path, [ramp(10 * n), status(codes)], n_records=n, bdf=True)
    rec = open_recording(path)
    channel = rec["Status"]
    np.testing.assert_array_equal(channel.data.compute(), np.array(codes) | 1 << 20)
    assert channel.units == ""
    found = [(round(a.onset * 10), int(a.text)) for a in rec.annotations]
    assert found == plain_triggers(codes)
    assert {a.channel for a in rec.annotations} <= {"Status"}
    noted = [note for note in rec.notes if "at the beginning" in note]
    assert bool(noted) == (codes[0] != 0)


def test_triggers_keep_their_time_across_gaps_and_stand_beside_annotations(tmp_path):
    codes = np.zeros(40, int)
    codes[25:28] = 7
    rows = [[tal(0.0)], [tal(1.0) + tal(1.5, "blink")], [tal(60.0)], [tal(61.0)]]
    path = write_edf(
        tmp_path / "a.bdf", [status(codes)], n_records=4, bdf=True, records=rows, reserved="BDF+D"
    )
    rec = open_recording(path)
    assert [(a.onset, a.text, a.channel) for a in rec.annotations] == [
        (1.5, "blink", ""),
        (60.5, "7", "Status"),
    ]


def test_a_status_of_edf_and_channels_of_other_names_are_signals(tmp_path):
    path = write_edf(tmp_path / "a.bdf", [status([1, 2] * 5, "EXG1", "uV")], n_records=1, bdf=True)
    rec = open_recording(path)
    assert len(rec.annotations) == 0
    assert rec["EXG1"].units == "uV"
    assert rec["EXG1"].gain != 1


def test_what_is_no_trigger_channel_ends_in_a_note_and_not_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("vital_widgets.io.edf.status.MOST_TRIGGERS", 3)
    path = write_edf(tmp_path / "a.bdf", [status(range(10))], n_records=1, bdf=True)
    rec = open_recording(path)
    assert [a.text for a in rec.annotations] == ["1", "2", "3"]
    assert any("only the first 3 triggers" in note for note in rec.notes)


def test_triggers_are_those_that_mne_finds(shared_data):
    mne = pytest.importorskip("mne")
    path = shared_data / "mne" / "test.bdf"
    raw = mne.io.read_raw_bdf(path, preload=True, verbose="error")
    events = mne.find_events(raw, consecutive=True, mask=0xFFFF, mask_type="and", verbose="error")
    rec = open_recording(path)
    found = rec.annotations
    np.testing.assert_allclose(found.onset, (events[:, 0] - raw.first_samp) / raw.info["sfreq"])
    assert [int(text) for text in found.text] == events[:, 2].tolist()


def test_a_channel_without_a_scale_has_no_unit(tmp_path):
    flat = EdfSignal("ECG", np.arange(10), units="mV", physical_min=0, physical_max=0)
    rec = open_recording(write_edf(tmp_path / "a.edf", [flat], n_records=1))
    assert rec["ECG"].units == ""
    np.testing.assert_array_equal(rec["ECG"].data.compute(), np.arange(10))
    assert any("without a unit" in note for note in rec.notes)


@given(
    rows=st.lists(
        st.one_of(
            st.floats(-1e6, 1e6).map(tal),
            st.integers(0, 10**9).map(lambda t: f"+{t}.\x14\x14\0".encode()),
            st.sampled_from([b" +5 \x14\x14", b"+1,5\x14\x14", b"+\x14\x14", b"1.2.3\x14\x14"]),
            st.sampled_from([b".5\x14\x14", b"+.5\x14\x14", b"\x14\x14", b"x", b"+1\x14a\x14\x14"]),
            st.sampled_from([b"+" + b"9" * 38 + b"\x14\x14", b"1\x00\x14\x14", b"--1\x14\x14"]),
            st.binary(max_size=20),
        ),
        min_size=1,
        max_size=8,
    ),
    width=st.sampled_from([1, 2, 8, 40, 60]),
)
def test_times_of_many_records_are_those_of_each(rows, width):
    block = np.array([list(row[:width].ljust(width, b"\0")) for row in rows], np.uint8)
    each = [record_onset(row.tobytes()) for row in block]
    np.testing.assert_array_equal(
        record_onsets(block), [math.nan if t is None else t for t in each]
    )


@pytest.mark.parametrize(
    "row",
    [
        lambda i: tal(2.0 * i),
        lambda i: tal(0.0) if i == 0 else b"x",
        lambda i: tal(2.0 * i) if i % 2 else b"x",
        lambda i: tal(float(i + 5 * (i >= 2900))) if i in (0, 1, 2900) else b"",
    ],
    ids=["gaps everywhere", "no time", "every other time", "few times"],
)
def test_no_file_is_read_record_by_record(tmp_path, monkeypatch, row):
    n = 3000
    path = write_edf(
        tmp_path / "a.edf",
        [EdfSignal("ECG", np.arange(n * 2) % 100)],
        n_records=n,
        records=[[row(i)] for i in range(n)],
        reserved="EDF+D",
    )
    single = []
    original = AnnotationBytes.onset
    monkeypatch.setattr(
        AnnotationBytes, "onset", lambda self, i: single.append(i) or original(self, i)
    )
    rec = open_recording(path)
    assert len(single) <= 600
    expected, now = [0.0], 0.0
    for i in range(1, n):
        marks, _ = decode_tals(row(i))
        onset = record_onset(row(i))
        assert not marks
        now += 1.0
        if onset is not None and abs(onset - now) >= 0.25:
            now = onset
            expected.append(now)
    np.testing.assert_allclose(rec["ECG"].timebase.onsets, expected)


def test_reading_triggers_touches_the_status_bytes_of_long_records_only(tmp_path, monkeypatch):
    codes = np.zeros(200, int)
    codes[150] = 3
    signals = [
        EdfSignal("A1", np.zeros(200_000, int), units="uV", **BITS, **RANGE),
        status(codes),
    ]
    rec = open_recording(write_edf(tmp_path / "a.bdf", signals, n_records=10, bdf=True))
    sizes = []
    from vital_widgets.runtime.files import SourceFile

    original = SourceFile.read_into

    def read_into(self, offset, target):
        sizes.append(target.nbytes)
        original(self, offset, target)

    monkeypatch.setattr(SourceFile, "read_into", read_into)
    assert [a.text for a in rec.annotations] == ["3"]
    assert sum(sizes) == 200 * 3


def test_the_trigger_finder_can_be_pickled(tmp_path):
    import pickle

    path = write_edf(tmp_path / "a.bdf", [status([0] * 5 + [9] * 5)], n_records=1, bdf=True)
    rec = pickle.loads(pickle.dumps(open_recording(path)))
    assert [a.text for a in rec.annotations] == ["9"]
