from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    RecordingNotFoundError,
    RecordingPermissionError,
)
from vital_widgets.io.reader import open_recording
from vital_widgets.io.text.text_reader import open_file
from vital_widgets.testing.reader_contract import Expected, ReaderContract

FS = 250.0


def signals(n: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.normal(size=n).round(4), random.integers(-2000, 2000, n).astype(float)


class TestCsvKeepsTheContract(ReaderContract):
    in_place = False

    def make(self, folder: Path) -> Path:
        path = folder / f"{folder.name}.csv"
        ecg, ppg = signals(3000)
        rows = (
            f"{i / FS:.3f},{a!r},{b:.0f}\n"
            for i, (a, b) in enumerate(zip(ecg.tolist(), ppg, strict=True))
        )
        path.write_text("time (s),ECG (mV),PPG\n" + "".join(rows))
        return path

    def expected(self):
        ecg, ppg = signals(3000)
        return {"ECG": Expected(ecg, FS, "mV"), "PPG": Expected(ppg, FS)}


class TestDatesWithGapsAndMissingKeepTheContract(ReaderContract):
    in_place = False
    start = datetime(2024, 3, 31, 0, 59, 59, tzinfo=UTC)

    def rows(self) -> np.ndarray:
        return np.concatenate([np.arange(0, 700), np.arange(1000, 1500)])

    def values(self) -> np.ndarray:
        values = signals(1200)[0]
        values[100:150] = np.nan
        return values

    def make(self, folder: Path) -> Path:
        path = folder / "dates.txt"
        lines = ["Zeit;Atmung [l/min]"]
        for row, value in zip(self.rows(), self.values(), strict=True):
            moment = datetime.fromtimestamp(self.start.timestamp() + row / 100, UTC)
            text = "" if np.isnan(value) else repr(float(value)).replace(".", ",")
            lines.append(f"{moment.isoformat()};{text}")
        path.write_text("\n".join(lines))
        return path

    def expected(self):
        return {"Atmung": Expected(self.values(), 100.0, "l/min", gaps=[(7.0, 10.0)])}


def csv_of(tmp_path: Path, n: int = 200, name: str = "x.csv", change=None) -> Path:
    lines = ["time,a,b"] + [f"{i / 100:.2f},{i},{-i}" for i in range(n)]
    if change is not None:
        change(lines)
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def replaced(line: int, text: str):
    def change(lines: list[str]) -> None:
        lines[line - 1] = text

    return change


def test_text_in_the_middle_is_named(tmp_path):
    path = csv_of(tmp_path, 2000, change=replaced(1500, "14.98,Lost,7"))
    with open_file(path) as recording:
        with pytest.raises(FormatError, match=r"line 1500, column 'a': 'Lost'.*bad_values='nan'"):
            recording.wait()
        with pytest.raises(FormatError):
            _ = recording["b"].n_samples
    with open_file(path, bad_values="nan") as recording:
        values = recording.wait()["a"].read(0, 2000)
        assert np.flatnonzero(np.isnan(values)).tolist() == [1498]
        assert any("Lost" in note for note in recording.notes)


@pytest.mark.parametrize("token", ["n/a", "NA", "nan", "NaN", "n.a.", "", "--", " NaN", "null"])
def test_missing_values(tmp_path, token):
    path = csv_of(tmp_path, 600, change=replaced(501, f"4.99,{token},1"))
    with open_file(path) as recording:
        values = recording.wait()["a"].read(0, 600)
        assert np.isnan(values[499])
        assert np.isnan(values).sum() == 1


def test_integers_that_become_floats(tmp_path):
    path = csv_of(tmp_path, 2000, change=replaced(1900, "18.98,0.125,1e-3"))
    with open_file(path) as recording:
        assert recording.wait()["a"].read(1898, 1899).tolist() == [0.125]
        assert recording["b"].read(1898, 1899).tolist() == [0.001]


def test_text_in_the_first_row_is_no_header(tmp_path):
    path = csv_of(tmp_path, change=replaced(2, "0.00,Lost,1"))
    with open_file(path) as recording, pytest.raises(FormatError, match="line 2, column 'a'"):
        recording.wait()


def test_letters_of_an_old_encoding(tmp_path):
    path = tmp_path / "x.csv"
    rows = "".join(f"{i / 10};{i};Gerät\n" for i in range(20_000))
    path.write_bytes(("Zeit;Fläche (µV);Bemerkung\n" + rows + "kaputt;ä\n").encode("latin-1"))
    with open_file(path, bad_lines="skip") as recording:
        np.testing.assert_array_equal(recording.wait()["Fläche"].read(0, 20_000), range(20_000))
        assert recording["Fläche"].units == "µV"
        assert any("Bemerkung" in note for note in recording.notes)
        assert any(note.startswith("1 line with too few") for note in recording.notes)


def test_names_may_be_numbers(tmp_path):
    path = csv_of(tmp_path, change=replaced(1, "time,1,2"))
    with open_file(path) as recording:
        assert list(recording.channels) == ["1", "2"]


def test_whole_times_that_become_fractions(tmp_path):
    times = [float(i) if i == 20_000 else i for i in range(40_000)]
    times[20_000] = 20_000.25
    path = tmp_path / "x.csv"
    path.write_text("t [ms],a\n" + "".join(f"{t},{i}\n" for i, t in enumerate(times)))
    with open_file(path) as recording:
        np.testing.assert_array_equal(recording.wait()["a"].read(0, 40_000), np.arange(40_000))
        assert recording["a"].fs == pytest.approx(1000)


def test_infinity_is_kept(tmp_path):
    path = csv_of(tmp_path, change=replaced(50, "0.48,inf,-Inf"))
    with open_file(path) as recording:
        assert recording.wait()["a"].read(48, 49).tolist() == [np.inf]
        assert recording["b"].read(48, 49).tolist() == [-np.inf]


@pytest.mark.parametrize("line", ["12.34,1", "12.34,1,2,3", "12.34"])
def test_lines_with_other_fields_are_named(tmp_path, line):
    path = csv_of(tmp_path, 2000, change=replaced(1236, line))
    with open_file(path) as recording, pytest.raises(FormatError, match=r"line 1236.*bad_lines"):
        recording.wait()
    with open_file(path, bad_lines="skip") as recording:
        recording.wait()
        assert recording["a"].n_samples == 1999
        assert recording["a"].gaps == [(pytest.approx(12.34), pytest.approx(12.35))]
        assert any(note.startswith("1 line with too few") for note in recording.notes)


def test_remarks_and_blank_lines_in_the_middle(tmp_path):
    def change(lines: list[str]) -> None:
        lines.insert(100, "# lead off")
        lines.insert(150, "")

    with open_file(csv_of(tmp_path, change=change)) as recording:
        np.testing.assert_array_equal(recording.wait()["a"].read(0, 200), np.arange(200))


def test_a_last_line_cut_off_is_left_out_with_a_note(tmp_path):
    path = csv_of(tmp_path)
    path.write_text(path.read_text() + "2.00,20")
    with open_file(path) as recording:
        assert recording.wait()["a"].n_samples == 200
        assert any("cut off" in note for note in recording.notes)


def test_time_that_runs_backwards(tmp_path):
    path = csv_of(tmp_path, 2000, change=replaced(1500, "0.01,1,1"))
    with pytest.raises(InvalidInputError, match="row 1499"):
        open_file(path)
    path = csv_of(tmp_path, 50_000, change=replaced(40_000, "0.01,1,1"))
    with open_file(path) as recording, pytest.raises(InvalidInputError, match="row 39999"):
        recording.wait()


def test_missing_time_is_named(tmp_path):
    path = csv_of(tmp_path, 2000, change=replaced(1500, ",1,1"))
    with open_file(path) as recording, pytest.raises(FormatError, match=r"line 1500.*time"):
        recording.wait()


def test_duplicate_and_blank_names(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("time,EEG,,EEG\n" + "".join(f"{i / 10},1,2,3\n" for i in range(9)))
    with open_file(path) as recording:
        assert list(recording.channels) == ["EEG", "channel 3", "EEG (2)"]


def test_quotes_and_trailing_separators(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('"time";"a;b (mV)";\n' + "".join(f'"{i / 10}";"{i}";\n' for i in range(9)))
    with open_file(path) as recording:
        assert list(recording.wait().channels) == ["a;b"]
        np.testing.assert_array_equal(recording["a;b"].read(0, 9), np.arange(9))


def test_aligned_columns(tmp_path):
    path = tmp_path / "x.asc"
    path.write_text("  time     ecg\n" + "".join(f"{i / 8:8.3f}\t {i:6d}  \r\n" for i in range(90)))
    with open_file(path) as recording:
        np.testing.assert_array_equal(recording.wait()["ecg"].read(0, 90), np.arange(90))


def test_old_line_ends(tmp_path):
    path = csv_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    with open_file(path) as recording:
        assert recording.wait()["a"].n_samples == 200


def test_one_row(tmp_path):
    with open_file(csv_of(tmp_path, 1), fs=50) as recording:
        assert recording.wait()["a"].n_samples == 1
        assert recording["a"].fs == 50


def test_compressed(tmp_path):
    plain = csv_of(tmp_path, 50_000)
    path = tmp_path / "x.csv.gz"
    path.write_bytes(
        gzip.compress(plain.read_bytes()[:300_000]) + gzip.compress(plain.read_bytes()[300_000:])
    )
    with open_recording(path) as recording:
        np.testing.assert_array_equal(recording.wait()["a"].read(0, 50_000), np.arange(50_000))
    path.write_bytes(path.read_bytes()[:90_000])
    with open_recording(path) as recording:
        recording.wait()
        assert any("gzip" in note for note in recording.notes)
        n = recording["a"].n_samples
        assert 0 < n < 50_000
        np.testing.assert_array_equal(recording["a"].read(0, n), np.arange(n))


def test_damaged_gzip(tmp_path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00damaged")
    with pytest.raises(FormatError):
        open_recording(path)


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(RecordingNotFoundError):
        open_recording(tmp_path / "absent.csv")
    with pytest.raises(FormatError, match="folder"):
        open_recording(tmp_path)
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(FormatError, match="empty"):
        open_recording(empty)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(FormatError):
        open_recording(binary)
    header = tmp_path / "header.csv"
    header.write_text("time,ecg\n")
    with pytest.raises(FormatError):
        open_recording(header)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_no_permission(tmp_path):
    path = csv_of(tmp_path)
    path.chmod(0)
    with pytest.raises(RecordingPermissionError):
        open_recording(path)


def test_wrong_extension(tmp_path):
    with open_recording(csv_of(tmp_path, name="x.edf")) as recording:
        assert recording.wait()["a"].n_samples == 200


def test_expected_duration_is_known_at_once(tmp_path):
    path = csv_of(tmp_path, 100_000)
    with open_file(path) as recording:
        assert recording.metadata.get("expected_duration_s", 1000.0) == pytest.approx(1000.0)
        recording.wait()
        assert "expected_duration_s" not in recording.metadata
        assert recording.duration == pytest.approx(1000.0)


def test_jitter_and_whole_nanoseconds(tmp_path):
    first = 1_700_000_000_123_456_789
    path = tmp_path / "x.csv"
    path.write_text("ns,x\n" + "".join(f"{first + i * 4_000_000},{i}\n" for i in range(100)))
    with open_file(path) as recording:
        assert recording.wait()["x"].fs == pytest.approx(250, rel=1e-12)
        assert recording.start == datetime(2023, 11, 14, 22, 13, 20, 123456, UTC)


def dates_of(tmp_path: Path, change=None) -> Path:
    lines = ["when,x"] + [f"2024-02-28 10:{i // 60 % 60:02d}:{i % 60:02d},{i}" for i in range(3000)]
    if change is not None:
        change(lines)
    path = tmp_path / "dates.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    "cell", ["2024-02-30 10:41:38", "yesterday", "10:41", "9999-01-01 00:00:00", ""]
)
def test_dates_that_cannot_be_read_are_named(tmp_path, cell):
    path = dates_of(tmp_path, change=replaced(2500, f"{cell},7"))
    with open_file(path) as recording, pytest.raises(FormatError, match="line 2500"):
        recording.wait()


def test_a_date_written_otherwise_is_still_read(tmp_path):
    path = dates_of(tmp_path, change=replaced(2500, "2024-02-28T10:41:38,7"))
    with open_file(path) as recording:
        assert recording.wait()["x"].n_samples == 3000
        assert recording["x"].gaps == []


@pytest.mark.parametrize(
    ("step", "fs"), [(60, 1 / 60), (8, 125), (4000, 250), (4_000_000, 250), (0.5, 2)]
)
def test_units_found_from_the_step(tmp_path, step, fs):
    path = tmp_path / "x.csv"
    path.write_text("t,x\n" + "".join(f"{i * step},{i}\n" for i in range(50)))
    with open_file(path) as recording:
        assert recording["x"].fs == pytest.approx(fs)
        assert any("time_unit" in note for note in recording.notes) == (step > 1)
    with open_file(path, fs=fs) as recording:
        assert recording.wait()["x"].fs == fs
        assert recording.duration == pytest.approx(50 / fs)
        assert not recording.notes


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_letters_without_a_mark(tmp_path, encoding):
    path = csv_of(tmp_path, 3000)
    path.write_bytes(path.read_text().encode(encoding))
    with open_file(path) as recording:
        np.testing.assert_array_equal(recording.wait()["a"].read(0, 3000), np.arange(3000))


def test_reversed_dates_in_brackets(tmp_path):
    path = tmp_path / "x.csv"
    rows = "".join(f"'[10:30:{i:02d}.500 13/02/2000]',{i}\n" for i in range(50))
    path.write_text("'Time','ECG'\n'hh:mm:ss.mmm','mV'\n" + rows)
    with open_file(path) as recording:
        assert recording.start == datetime(2000, 2, 13, 10, 30, 0, 500_000)
        assert recording["ECG"].units == "mV"
        assert recording["ECG"].fs == 1


@pytest.mark.parametrize("header", [12, 13, 5000, 10**6])
def test_names_that_are_given_to_lie_below_the_table_are_refused(tmp_path, header):
    path = tmp_path / "x.csv"
    path.write_text("time,ecg\n" + "".join(f"{i / 10},{i}\n" for i in range(10)))
    with pytest.raises(
        InvalidInputError, match=f"header={header} is not accepted; give the number"
    ):
        open_recording(path, header=header)


@pytest.mark.parametrize(("header", "note"), [(4, "3 rows of values are"), (2, "1 row of values")])
def test_rows_above_the_names_that_are_given_are_noted(tmp_path, header, note):
    path = tmp_path / "x.csv"
    path.write_text("time,ecg\n" + "".join(f"{i / 10},{i}\n" for i in range(10)))
    with open_recording(path, header=header, fs=10, time=None) as recording:
        assert recording.wait()["0." + str(header - 1)].n_samples == 10 - header
        assert any(note in each and "not read" in each for each in recording.notes)
