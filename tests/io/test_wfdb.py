from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    RecordingNotFoundError,
    VitalError,
)
from vital_widgets.io import wfdb as reader
from vital_widgets.io.reader import open_recording
from vital_widgets.testing import Expected, ReaderContract
from wfdb_packing import pack


def samples_of(n, bits, seed=0):
    half = 1 << (bits - 1)
    values = np.random.default_rng(seed).integers(-half + 1, half, n)
    values[n // 3] = -half  # missing
    return values


def interleave(channels, per_frame):
    frames = [np.reshape(c, (-1, k)) for c, k in zip(channels, per_frame, strict=True)]
    return np.concatenate(frames, axis=1).reshape(-1)


def expected_of(digital, fs, units, gain, baseline, missing, **more):
    values = (digital - baseline) / gain
    values[digital == missing] = np.nan
    return Expected(values, fs, units, digital=digital, **more)


class TestFormat212WithFrames(ReaderContract):
    """Two signals of different rates in one file, one in another, with a start time."""

    start = datetime(1994, 10, 26, 8, 26, 4, 250000)
    ecg, resp, bp = samples_of(1503, 12), samples_of(501, 12, 1), samples_of(501, 16, 2)

    def make(self, folder):
        (folder / "rec.dat").write_bytes(pack(interleave([self.ecg, self.resp], [3, 1]), 212))
        (folder / "rec.d1").write_bytes(b"header!!" + pack(self.bp, 16))
        (folder / "rec.hea").write_text(
            "# a comment\n"
            "rec 3 125/1 501 8:26:04.25 26/10/1994\n"
            "rec.dat 212x3 200(10)/mV 12 0 1 2 0 ECG lead II\n\n"
            "rec.dat 212 1.5e+01 12 7 1 2 0 RESP\n"
            "rec.d1 16+8 20(-1600)/mmHg 16 0 1 2 0 ABP\n"
        )
        return folder / "rec.hea"

    def sample_files(self, path):
        return [path.with_name("rec.dat"), path.with_name("rec.d1")]

    def expected(self):
        return {
            "ECG lead II": expected_of(self.ecg, 375, "mV", 200, 10, -2048),
            "RESP": expected_of(self.resp, 125, "mV", 15, 7, -2048),
            "ABP": expected_of(self.bp, 125, "mmHg", 20, -1600, -32768),
        }


class TestFormat310WithSkew(ReaderContract):
    one, two = samples_of(1000, 10), samples_of(1000, 10, 1)

    def make(self, folder):
        (folder / "rec.dat").write_bytes(pack(interleave([self.one, self.two], [1, 1]), 310))
        (folder / "rec.hea").write_text(
            "rec 2 360 1000\nrec.dat 310 100/mV 10 0 1 2 0 I\nrec.dat 310:7 100/mV 10 0 1 2 0 II\n"
        )
        return folder / "rec.hea"

    def sample_files(self, path):
        return [path.with_name("rec.dat")]

    def expected(self):
        return {
            "I": expected_of(self.one, 360, "mV", 100, 0, -512),
            "II": expected_of(self.two[7:], 360, "mV", 100, 0, -512),
        }


class TestSegments(ReaderContract):
    """A variable layout with a gap, and a signal that only some segments have."""

    ii, abp = samples_of(900, 16), samples_of(300, 16, 1)

    def make(self, folder):
        a, b = self.ii[:400], interleave([self.abp, self.ii[400:700]], [1, 1])
        (folder / "s1.dat").write_bytes(pack(a, 16))
        (folder / "s2.dat").write_bytes(pack(b, 16))
        (folder / "s3.dat").write_bytes(pack(self.ii[700:], 16))
        (folder / "s1.hea").write_text("s1 1 100 400\ns1.dat 16 200/mV 16 0 1 2 0 II\n")
        (folder / "s2.hea").write_text(
            "s2 2 100 300\ns2.dat 16 2/mmHg 16 0 1 2 0 ABP\ns2.dat 16 200/mV 16 0 1 2 0 II\n"
        )
        (folder / "s3.hea").write_text("s3 1 100 200\ns3.dat 16 200/mV 16 0 1 2 0 II\n")
        (folder / "lay.hea").write_text(
            "lay 2 100 0\n~ 0 200/mV 16 0 0 0 0 II\n~ 0 2/mmHg 16 0 0 0 0 ABP\n"
        )
        (folder / "rec.hea").write_text("rec/5 2 100 1100\nlay 0\ns1 400\ns2 300\n~ 200\ns3 200\n")
        return folder / "rec.hea"

    def sample_files(self, path):
        return [path.with_name(f"s{k}.dat") for k in (1, 2, 3)]

    def expected(self):
        gaps = [(7.0, 9.0)]
        return {
            "II": expected_of(self.ii, 100, "mV", 200, 0, -32768, gaps=gaps),
            "ABP": expected_of(self.abp, 100, "mmHg", 2, 0, -32768, start=4.0),
        }


# ---------------------------------------------------------------- real records, against wfdb

RECORDS = """
    100 100-no-len 100skew 3000003_0003 310derive 310derive_2 310derive_3 311derive 311derive_2
    311derive_3 311derive_4 a103l a103l-no-len binformats test01_00s test01_00s_frame
    test01_00s_skew multi-segment/041s/041s multi-segment/fixed1/v102s
    multi-segment/s25047/s25047-2704-05-04-10-44 multi-segment/s25047/s25047-2704-05-04-10-44n
""".split()  # noqa: SIM905 - easier to read


@pytest.mark.parametrize("name", RECORDS)
def test_real_records_have_the_values_the_wfdb_library_gives(shared_data, name):
    import wfdb

    path = shared_data / "wfdb" / name
    known = wfdb.rdrecord(str(path), smooth_frames=False)
    joined = getattr(known, "e_p_signal", None)
    signals = known.p_signal.T if joined is None else joined
    with open_recording(path.with_name(path.name + ".hea")) as recording:
        left_out = {n for n, f in zip(known.sig_name, known.fmt or "", strict=False) if f == "8"}
        assert list(recording) == [n for n in known.sig_name if n not in left_out]
        for channel_name, units, want in zip(known.sig_name, known.units, signals, strict=True):
            if channel_name in left_out:
                continue
            channel = recording[channel_name]
            assert channel.units == units
            times = channel.timebase.times(0, channel.n_samples)
            found = np.full(len(want), np.nan)
            found[np.round(times * channel.fs).astype(int)] = channel.data.compute()
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["100", "binformats", "3000003_0003", "a103l"])
def test_real_records_have_the_integers_the_wfdb_library_gives(shared_data, name):
    import wfdb

    known = wfdb.rdrecord(str(shared_data / "wfdb" / name), physical=False)
    with open_recording(shared_data / "wfdb" / name) as recording:
        for k, (signal, code) in enumerate(zip(known.sig_name, known.fmt, strict=True)):
            if code != "8":
                digital = recording[signal].digital.compute()
                np.testing.assert_array_equal(digital, known.d_signal[:, k])


def test_skew_with_several_samples_per_frame_moves_whole_frames(shared_data):
    plain = open_recording(shared_data / "wfdb/test01_00s_frame.hea")
    skewed = open_recording(shared_data / "wfdb/test01_00s_skewframe.hea")
    assert skewed["ECG_2"].n_samples == plain["ECG_2"].n_samples
    np.testing.assert_array_equal(skewed["ECG_1"].digital, plain["ECG_1"].digital[3:])
    assert any("ECG_1" in note and "skew" in note for note in skewed.notes)


def test_a_record_with_missing_segments_shows_gaps_and_says_so(shared_data):
    path = shared_data / "wfdb/multi-segment/p000878/p000878-2137-10-26-16-57.hea"
    with open_recording(path) as recording:
        assert recording.start == datetime(2137, 10, 26, 16, 57, 9)
        pleth = recording["PLETH"]
        assert (pleth.start, pleth.n_samples, pleth.gaps) == (30.0, 3750, [])
        assert recording["II"].start == 46.0
        assert any("3269321_0003" in note for note in recording.notes)


def test_segments_with_other_gains_are_physical_only(shared_data):
    path = shared_data / "wfdb/multi-segment/s25047/s25047-2704-05-04-10-44.hea"
    with open_recording(path) as recording:
        assert recording["II"].digital is None
        assert any("gain" in note for note in recording.notes)


def test_beats_of_a_real_record(shared_data):
    import wfdb

    known = wfdb.rdann(str(shared_data / "wfdb/100"), "atr")
    with open_recording(shared_data / "wfdb/100.hea", annotations=["atr"]) as recording:
        found = recording.annotations
        np.testing.assert_allclose(found.onset, known.sample / 360)
        assert len(found.with_text("N")) == known.symbol.count("N")
        assert found[0].text == "(N"  # the rhythm's own text
        assert set(found.channel) == {""}
    with open_recording(shared_data / "wfdb/100.hea") as recording:
        both = recording.annotations
        assert recording.metadata["annotators"] == ["atr", "qrs"]
        assert len(both.with_text("N")) == known.symbol.count("N")
        assert len(both.with_text("qrs: N")) > 2000


@pytest.mark.parametrize("file", ["100.dat", "100.atr", "100.qrs", "100", "test01_00s.dat"])
def test_any_file_of_a_record_opens_it(shared_data, file):
    with open_recording(shared_data / "wfdb" / file) as recording:
        assert recording.path.suffix == ".hea"
        assert recording.path.stem in {"100", "test01_00s"}


@pytest.mark.parametrize("file", ["a103l.mat", "binformats.d3", "multi-segment/fixed1/v102s.dat"])
def test_signal_files_under_other_names_open_their_record(shared_data, file):
    with open_recording(shared_data / "wfdb" / file) as recording:
        assert len(recording) > 1


def test_compressed_records_are_refused_with_the_fix(shared_data):
    with pytest.raises(FormatError, match=r"format 508.*FLAC.*wrsamp"):
        open_recording(shared_data / "wfdb/flacformats.hea")


# ---------------------------------------------------------------- annotations


def test_marks_of_several_signals_name_their_channel(tmp_path):
    import wfdb

    TestFormat310WithSkew().make(tmp_path)
    wfdb.wrann(
        "rec",
        "man",
        np.array([10, 20, 30]),
        symbol=["N", "+", '"'],
        chan=np.array([0, 1, 1]),
        aux_note=["", "(AFIB", "cough"],
        write_dir=str(tmp_path),
    )
    with open_recording(tmp_path / "rec.hea") as recording:
        found = [(round(a.onset * 360), a.text, a.channel) for a in recording.annotations]
        assert found == [(10, "N", "I"), (20, "(AFIB", "II"), (30, "cough", "II")]


def test_a_damaged_annotation_file_is_a_note(tmp_path):
    path = TestFormat310WithSkew().make(tmp_path)
    (tmp_path / "rec.atr").write_bytes(b"\x12\x04\xff\xfc\x00\x00")
    with open_recording(path) as recording:
        assert [mark.text for mark in recording.annotations] == ["N"]
        assert any("rec.atr" in note for note in recording.notes)


def test_annotation_files_asked_for_must_exist(tmp_path):
    path = TestFormat310WithSkew().make(tmp_path)
    with pytest.raises(RecordingNotFoundError, match=r"rec\.qrs.*none"):
        open_recording(path, annotations=["qrs"])
    with pytest.raises(InvalidInputError, match="list of extensions"):
        open_recording(path, annotations="atr")


# ---------------------------------------------------------------- what is wrong with files


def record(folder, header, **files):
    for name, content in files.items():
        (folder / f"{name}.dat").write_bytes(content)
    (folder / "rec.hea").write_text(header)
    return folder / "rec.hea"


def test_a_cut_signal_file_is_shown_as_far_as_it_goes(tmp_path):
    path = record(tmp_path, "rec 1 100 50\na.dat 16 1/mV\n", a=pack(range(30), 16) + b"\1")
    with open_recording(path) as recording:
        assert recording["channel 1"].digital.compute().tolist() == list(range(30))
        assert any("30 of the 50" in note for note in recording.notes)


def test_a_longer_signal_file_is_mentioned(tmp_path):
    path = record(tmp_path, "rec 1 100 10\na.dat 16 1/mV\n", a=pack(range(30), 16))
    with open_recording(path) as recording:
        assert recording["channel 1"].n_samples == 10
        assert any("30 samples" in note and "10" in note for note in recording.notes)


def test_a_missing_signal_file(tmp_path):
    path = record(tmp_path, "rec 1 100 10\na.dat 16 1/mV\n")
    with pytest.raises(RecordingNotFoundError, match=r"a\.dat"):
        open_recording(path)
    text = "rec 2 100 10\na.dat 16 1/mV 0 0 0 0 0 I\nb.dat 16 1/mV 0 0 0 0 0 II\n"
    with open_recording(record(tmp_path, text, b=pack(range(10), 16))) as recording:
        assert list(recording) == ["II"]
        assert any("a.dat" in note for note in recording.notes)


def test_names_are_unique_and_never_blank(tmp_path):
    lines = "".join(f"a.dat 16 1/mV 0 0 0 0 0 {name}\n" for name in ["II", "II", "", "II (2)"])
    path = record(tmp_path, "rec 4 100 5\n" + lines, a=pack(range(20), 16))
    with open_recording(path) as recording:
        assert list(recording) == ["II", "II (3)", "channel 3", "II (2)"]
        assert recording["II (3)"].digital.compute().tolist() == [1, 5, 9, 13, 17]
        assert len(recording.notes) == 2


def test_no_gain_is_said(tmp_path):
    with open_recording(record(tmp_path, "rec 1\na.dat 16\n", a=pack([200], 16))) as recording:
        assert recording["channel 1"].fs == 250
        assert recording["channel 1"].read(0, 1).tolist() == [1.0]
        assert any("no gain" in note for note in recording.notes)


def test_wrong_number_of_signals(tmp_path):
    path = record(tmp_path, "rec 3 100 5\na.dat 16 1/mV\n", a=pack(range(5), 16))
    with open_recording(path) as recording:
        assert len(recording) == 1
        assert any("announces 3 signals and describes 1" in note for note in recording.notes)


def test_a_record_without_signals(tmp_path):
    with open_recording(record(tmp_path, "rec 0 100\n# only marks\n")) as recording:
        assert (len(recording), recording.duration) == (0, 0.0)
        assert recording.metadata["comments"] == ["only marks"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("# nothing\n", "without a record line"),
        ("what is this\n", r"line 1: 'what is this'"),
        ("rec 1 0 10\na.dat 16\n", "sampling rate"),
        ("rec 1 100 10\na.dat sixteen\n", "line 2"),
        ("rec 1 100 10\na.dat 17\n", "format 17"),
        ("rec 1 100 10\na.dat 16x0\n", "samples per frame"),
        ("rec 1 100 10\na.dat/.. 16\n", r"line 2: .*'a\.dat/\.\.' names a folder"),
        ("rec 2 100 10\na.dat 16\na.dat 212\n", r"formats \[16, 212\]"),
        ("rec/2 1 100 10\nx 5\n~ five\n", "line 3"),
        ("rec/1 1 100 10\nx/ 5\n", "'x/' names a folder"),
        ("rec/1 1 100 10\nrec 5\n", "consists of segments"),
        ("rec 1 100 99999999999999999999\na.dat 16\n", "too large"),
    ],
)
def test_wrong_headers_name_the_line(tmp_path, header, message):
    with pytest.raises(FormatError, match=message):
        open_recording(record(tmp_path, header, a=bytes(100)))


def test_all_segments_missing(tmp_path):
    with pytest.raises(RecordingNotFoundError, match="2 of 2 segments"):
        open_recording(record(tmp_path, "rec/2 1 100 10\nx 5\ny 5\n"))


def test_many_segments_do_not_hold_many_files_open(tmp_path):
    n = 100
    for k in range(n):
        (tmp_path / f"s{k}.dat").write_bytes(pack([k] * 10, 16))
        (tmp_path / f"s{k}.hea").write_text(f"s{k} 1 10 10\ns{k}.dat 16 1/mV 16 0 0 0 0 II\n")
    lines = "".join(f"s{k} 10\n" for k in range(n))
    with open_recording(record(tmp_path, f"rec/{n} 1 10 {n * 10}\n" + lines)) as recording:
        found = recording["II"].digital.compute()
        assert found.tolist() == np.repeat(np.arange(n), 10).tolist()
        parts = recording["II"].samples.parts
        assert not any(part.source.file._handle for part in parts)


def test_a_signal_file_without_a_header(tmp_path):
    (tmp_path / "a.dat").write_bytes(bytes(10))
    with pytest.raises(FormatError, match="needs its header"):
        reader.open_file(tmp_path / "a.dat")


@pytest.mark.parametrize(
    ("head", "name", "known"),
    [
        (b"rec 1 100 10\nrec.dat 16 200\n", "rec.txt", True),
        (b"# x\r\nrec/2 1 100 10\r\nlay 0\r\n", "rec", True),
        (b"1 2 3\n4 5 6\n", "table.txt", False),
        (b"time ecg\n0 1\n", "table.txt", False),
        (b"ecg 1\n0.1 80 1\n", "table.txt", False),
        (b"rec 1 100 10\n\0\0", "rec.hea", False),
        (b"anything", "rec.hea", True),
    ],
)
def test_sniff(tmp_path, head, name, known):
    assert reader.sniff(head, tmp_path / name) is known


def test_a_table_beside_a_header_is_not_taken_for_a_record(tmp_path):
    path = record(tmp_path, "rec 1 100 5\nrec.dat 16\n").with_suffix(".csv")
    path.write_text("time,ecg\n0,1\n")
    assert not reader.sniff(path.read_bytes(), path)


@given(content=st.binary(max_size=300), signal=st.binary(max_size=80))
@settings(max_examples=80)
def test_random_bytes_give_our_errors_only(tmp_path, content, signal):
    path = tmp_path / "rec.hea"
    path.write_bytes(content)
    (tmp_path / "a.dat").write_bytes(signal)
    (tmp_path / "rec.atr").write_bytes(signal)
    try_everything(path)


WORDS = """
    rec rec/2 a.dat ~ 0 1 2 3 16 212 310 80 16x2 212:3 16+8 200/mV 200(5)/mV -1e3 100 100/2(3)
    8:26:04 26/10/1994 99:99 0/0/0 1e309 -1 x # nan 1e-320 II
""".split()  # noqa: SIM905 - easier to read
tokens = st.sampled_from(WORDS)


@given(
    lines=st.lists(st.lists(tokens, min_size=1, max_size=7).map(" ".join), max_size=5),
    signal=st.binary(max_size=80),
)
@settings(max_examples=150)
def test_headers_of_random_words_give_our_errors_only(tmp_path, lines, signal):
    path = tmp_path / "rec.hea"
    path.write_text("\n".join(lines))
    (tmp_path / "a.dat").write_bytes(signal)
    try_everything(path)


def try_everything(path):
    try:
        with reader.open_file(path) as recording:
            for channel in recording.channels.values():
                channel.read(0, channel.n_samples)
            len(recording.annotations)
            repr(recording.metadata)
    except VitalError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
