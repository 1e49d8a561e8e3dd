"""Text tables of other programs are read as they are."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from vital_widgets.errors import (
    VitalError,
)
from vital_widgets.io.reader import open_recording

FS = 250.0


@pytest.mark.parametrize(
    ("name", "options", "channels", "n_samples", "duration"),
    [
        ("heartpy/data.csv", {"fs": 100}, 1, 2483, 24.83),
        ("heartpy/data2.csv", {}, 1, 15000, 128.218),
        ("heartpy/e0103.csv", {"fs": 250}, 1, 30000, 120.0),
        ("heartpy/118e00.csv", {"fs": 360}, 1, 43200, 120.0),
        ("biosignalsnotebooks/bvp_sample.txt", {}, 2, 27300, 27.3),
        ("mne/test_edf_stim_channel.txt", {"fs": 500}, 25, 717, 1.434),
    ],
)
def test_real_files(shared_data, name, options, channels, n_samples, duration):
    with open_recording(shared_data / name, **options) as recording:
        recording.wait()
        assert len(recording) == channels
        assert all(c.n_samples == n_samples for c in recording.channels.values())
        assert recording.duration == pytest.approx(duration, abs=2e-3)


def test_real_values_equal_those_of_numpy(shared_data):
    path = shared_data / "mne/test_edf_stim_channel.txt"
    with open_recording(path, fs=500) as recording:
        recording.wait()
        table = np.stack([c.read(0, 717) for c in recording.channels.values()], axis=1)
    np.testing.assert_array_equal(table, np.loadtxt(path))


def test_real_ring_with_missing_values(shared_data):
    with open_recording(shared_data / "heartpy/ring_data.csv", fs=60) as recording:
        values = recording.wait()["channel 1"].read(0, recording["channel 1"].n_samples)
    lines = (shared_data / "heartpy/ring_data.csv").read_text().split("\n")
    expected = [float(line) if line != '""' else np.nan for line in lines if line]
    np.testing.assert_array_equal(values, expected)


def test_bvp_header(shared_data):
    with open_recording(shared_data / "biosignalsnotebooks/bvp_sample.txt") as recording:
        assert list(recording.channels) == ["DI", "CH1"]
        assert recording["CH1"].fs == 1000
        assert recording.start == datetime(2017, 1, 17, 9, 33, 55, 606_000)


def test_no_error_of_others_from_cut_files(shared_data, tmp_path):
    whole = (shared_data / "biosignalsnotebooks/bvp_sample.txt").read_bytes()[:3000]
    for cut in range(1, 3000, 97):
        path = tmp_path / f"{cut}.txt"
        path.write_bytes(whole[:cut])
        try:
            with open_recording(path) as recording:
                recording.wait()
        except VitalError as error:
            assert str(error)  # noqa: PT017
