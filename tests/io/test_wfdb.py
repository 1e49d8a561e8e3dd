from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    RecordingNotFoundError,
)
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


def record(folder, header, **files):
    for name, content in files.items():
        (folder / f"{name}.dat").write_bytes(content)
    (folder / "rec.hea").write_text(header)
    return folder / "rec.hea"
