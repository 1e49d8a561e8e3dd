"""Text tables whose rows share time stamps, as the samples of a packet do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vital_widgets.io.reader import open_recording

if TYPE_CHECKING:
    from pathlib import Path

    from vital_widgets.core.recording import Recording


def opened(path: Path, **options: Any) -> Recording:
    recording = open_recording(path, **options)
    recording.wait()
    return recording


def test_polar_phone_stamps_of_packets_are_spread(tmp_path: Path) -> None:
    path = tmp_path / "ecg.txt"
    path.write_text(
        "Phone timestamp;ecg [uV]\n"
        + "".join(
            f"2023-02-01T10:{k // 130 // 60:02d}:{k // 6 * 6 / 130 % 60:06.3f};{k}\n"
            for k in range(6 * 1300)
        )
    )
    channel = opened(path)["ecg"]
    assert channel.fs == 130
    assert channel.timebase.gaps == []
    np.testing.assert_array_equal(channel.data.compute(), np.arange(6 * 1300))


def test_openbci_keeps_every_row_at_the_rate_of_its_header(shared_data: Path) -> None:
    path = shared_data / "openbci" / "OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
    recording = opened(path)
    base = recording["EXG Channel 0"].timebase
    assert (base.fs, base.n_samples, base.gaps) == (250.0, 22490, [])
    assert any("samples share one time stamp" in note for note in recording.notes)


def test_openbci_without_its_header_has_nearly_its_rate(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "openbci" / "OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
    path = tmp_path / "no_header.txt"
    path.write_text(source.read_text().split("\n", 4)[4])
    base = opened(path, time=22)["EXG Channel 0"].timebase
    assert base.fs == pytest.approx(250, rel=0.005)
    assert (base.n_samples, base.gaps) == (22490, [])


def test_heartpy_times_in_milliseconds(shared_data: Path) -> None:
    channel = opened(shared_data / "heartpy" / "data2.csv")["hr"]
    assert channel.fs == pytest.approx(117, abs=0.02)
    assert channel.timebase.n_samples == 15000


def test_one_stamp_twice_a_minute_does_not_change_the_rate(shared_data: Path) -> None:
    channel = opened(shared_data / "vitaldsp" / "ECG_short.csv")["ECG"]
    assert channel.fs == 128
    assert channel.timebase.gaps == []
