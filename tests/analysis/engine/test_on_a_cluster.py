"""On a cluster of processes the same analyses run unchanged, from files and from memory."""

from __future__ import annotations

import numpy as np
import pytest
from distributed import Client, LocalCluster

import vital_widgets
from vital_widgets import analysis
from vital_widgets.core.recording import Recording
from vital_widgets.simulate.noisy_ecg import noisy_ecg
from vital_widgets.simulate.sample_recording import prepare_sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
        Client(local) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path, task = prepare_sample(1200, path=tmp_path_factory.mktemp("cluster") / "sample.edf")
    if task is not None:
        task.start().result()
    with vital_widgets.open(path) as rec:
        yield rec


def test_beats_and_quality_of_a_file(recording, cluster):
    channel = recording["ECG"]
    values = channel.read(0, channel.n_samples)
    there = analysis.run(analysis.ecg_peaks, channel, chunk_s=200)
    beats = there.result(100)
    runs = [channel.timebase.starts[1]] if len(channel.timebase.starts) > 1 else []
    here = [analysis.ecg_peaks(part, channel.fs) for part in np.split(values, runs)]
    offsets = [0, *runs]
    expected = np.concatenate([b.samples + k for b, k in zip(here, offsets, strict=True)])
    np.testing.assert_array_equal(beats.samples, expected)
    quality = analysis.run(analysis.signal_quality, channel, kind="ecg").result(100)
    assert quality.usable_share > 0.9


def test_samples_in_memory_and_a_filter(cluster):
    made = noisy_ecg(300, 100, snr=20)
    channel = Recording.from_arrays({"ECG": made.values}, 100)["ECG"]
    band = {"lowcut": 5.0, "highcut": 15.0}
    whole = analysis.bandpass(made.values, 100, **band)
    cut = analysis.run(analysis.bandpass, channel, chunk_s=40, **band).result(100)
    np.testing.assert_allclose(cut.values, whole.values, atol=1e-9)
    found = analysis.run(analysis.signal_statistics, channel, chunk_s=40).result(100)
    assert found.mean == pytest.approx(made.values.mean())
