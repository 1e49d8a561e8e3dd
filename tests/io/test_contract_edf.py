"""The reader contract over EDF, EDF+C, EDF+D, BDF and a file that is one long record."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime

import numpy as np
import pytest

from vital_widgets.io.edf import edf_reader as edf
from vital_widgets.io.edf import records as edf_records
from vital_widgets.io.reader import open_recording
from vital_widgets.runtime.files import SourceFile
from vital_widgets.testing import (
    EdfSignal,
    Expected,
    ReaderContract,
    make_big_edf,
    tal,
    write_edf,
)

RANDOM = np.random.default_rng(3)
N_RECORDS = 24
FAST = RANDOM.integers(-32768, 32768, N_RECORDS * 50)
SLOW = RANDOM.integers(-2048, 2048, N_RECORDS * 3)
WIDE = RANDOM.integers(-(2**23), 2**23, N_RECORDS * 40)
WIDE[:2] = (-(2**23), 2**23 - 1)


@pytest.fixture(autouse=True)
def many_blocks(monkeypatch):
    """Make blocks so small that a file has several of them."""
    monkeypatch.setattr(edf_records, "BLOCK_BYTES", 700)


def ecg() -> EdfSignal:
    return EdfSignal("ECG", FAST, "uV", -3276.8, 3276.7)


def temperature() -> EdfSignal:
    return EdfSignal("Temp rectal", SLOW, "degC", 34.4, 40.2, -2048, 2047)


def held(signal: EdfSignal, fs: float, **more) -> Expected:
    return Expected(signal.physical, fs, signal.units, digital=signal.digital, **more)


class TestEdf(ReaderContract):
    start = datetime(2021, 3, 2, 22, 4, 5)
    annotations = ()

    def make(self, folder):
        return write_edf(
            folder / "night.edf", [ecg(), temperature()], n_records=N_RECORDS, duration=0.5
        )

    def expected(self):
        return {"ECG": held(ecg(), 100.0), "Temp rectal": held(temperature(), 6.0)}


class TestEdfPlusC(ReaderContract):
    start = datetime(2021, 3, 2, 22, 4, 5, 250_000)
    annotations = ((0.5, 0.0, "Lights off"), (3.0, 30.0, "Sleep stage W"), (7.25, 0.0, "Ünruhe"))

    def make(self, folder):
        rows = [[tal(i + 0.25), b""] for i in range(N_RECORDS)]
        rows[0][0] += tal(0.75, "Lights off")
        rows[3] = [tal(3.25) + tal(3.25, "Sleep stage W", duration=30), tal(7.5, "Ünruhe")]
        return write_edf(
            folder / "night.edf", [ecg(), temperature()], n_records=N_RECORDS, records=rows
        )

    def expected(self):
        return {"ECG": held(ecg(), 50.0), "Temp rectal": held(temperature(), 3.0)}


class TestEdfPlusD(ReaderContract):
    """Runs of 5, 1 and 18 records, with gaps of a third of a second and of an hour."""

    start = datetime(2021, 3, 2, 22, 4, 5)
    annotations = ((5.1, 0.0, "before"), (3606.0, 2.5, "after"))
    gaps = ((5.0, 5.3), (6.3, 3606.0))

    def make(self, folder):
        onsets = [*range(5), 5.3, *(3606.0 + i for i in range(18))]
        rows = [[tal(float(onset))] for onset in onsets]
        rows[5][0] += tal(5.1, "before")
        rows[6][0] += tal(3606.0, "after", duration=2.5)
        return write_edf(
            folder / "night.edf",
            [ecg(), temperature()],
            n_records=N_RECORDS,
            records=rows,
            reserved="EDF+D",
        )

    def expected(self):
        return {
            "ECG": held(ecg(), 50.0, gaps=self.gaps),
            "Temp rectal": held(temperature(), 3.0, gaps=self.gaps),
        }


class TestBdf(ReaderContract):
    start = datetime(2021, 3, 2, 22, 4, 5)
    annotations = ((1.5, 0.0, "Trigger 7"),)

    def signals(self):
        return [
            EdfSignal("Fp1", WIDE, "uV", -262144, 262143, -8388608, 8388607),
            EdfSignal("Plet", SLOW, "", -8388608, 8388607, -8388608, 8388607),
        ]

    def make(self, folder):
        rows = [[tal(i)] for i in range(N_RECORDS)]
        rows[1][0] += tal(1.5, "Trigger 7")
        return write_edf(
            folder / "night.bdf", self.signals(), n_records=N_RECORDS, bdf=True, records=rows
        )

    def expected(self):
        fp1, plet = self.signals()
        return {"Fp1": held(fp1, 40.0), "Plet": held(plet, 3.0)}


class TestOneLongRecord(ReaderContract):
    """Some programs write a whole night as few records: only the samples asked for are read."""

    start = datetime(2021, 3, 2, 22, 4, 5)

    @pytest.fixture(autouse=True)
    def any_record_is_long(self, monkeypatch):
        monkeypatch.setattr(edf, "LONGEST_FRAME", 1000)

    def signals(self):
        random = np.random.default_rng(4)
        return [
            EdfSignal("Pleth", random.integers(-32768, 32768, 2 * 3001), ""),
            EdfSignal("SpO2", random.integers(0, 1000, 2 * 10), "%"),
        ]

    def make(self, folder):
        return write_edf(folder / "night.edf", self.signals(), n_records=2, duration=60)

    def test_nothing_but_what_is_asked_for_is_read(self, tmp_path, monkeypatch):
        with self.opened(tmp_path) as recording:
            asked = []
            whole = SourceFile.read_into
            monkeypatch.setattr(
                SourceFile,
                "read_into",
                lambda file, at, into: (asked.append(len(into)), whole(file, at, into)),
            )
            recording["Pleth"].read(2999, 3004)
            assert sum(asked) == 2 * 5

    def expected(self):
        pleth, spo2 = self.signals()
        return {
            "Pleth": held(pleth, len(pleth.digital) / 120),
            "SpO2": held(spo2, len(spo2.digital) / 120),
        }


def test_the_suite_can_be_imported_without_pytest():
    code = "import sys; sys.modules['pytest'] = None; import vital_widgets.testing"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_big_file_is_tiled_from_ten_minutes(tmp_path):
    path = make_big_edf(tmp_path / "big.edf", 0.0012, channels=2, fs=100)
    with open_recording(path) as recording:
        assert abs(path.stat().st_size - 1_200_000) < 2000
        assert recording.notes == []
        ecg = recording["ECG 1"]
        assert recording.duration == 3000
        np.testing.assert_array_equal(ecg.read(0, 60_000), ecg.read(60_000, 120_000))
        assert np.ptp(ecg.read(0, 1000)) > 50
