"""Recordings for the tests of the pyramids: small files of frames, and sources that grow."""

from __future__ import annotations

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples, FrameChannel
from vital_widgets.core.timebase import regular
from vital_widgets.pyramid.level_store import bin_sizes_for
from vital_widgets.pyramid.reduce import bins_of
from vital_widgets.runtime.files import SourceFile, fingerprint

PER_FRAME = (64, 50, 7)


class FileFrames:
    """Frames of three channels in a file of int16."""

    block_frames = 16

    def __init__(self, path):
        self.file = SourceFile(path)
        self.key = str(path)
        self.samples_per_frame = PER_FRAME
        self.dtypes = (np.dtype(np.int16),) * len(PER_FRAME)
        self.n_frames = self.file.size // (2 * sum(PER_FRAME))

    def read_frames(self, f0, f1, channels):
        width = sum(PER_FRAME)
        raw = self.file.read(f0 * 2 * width, (f1 - f0) * 2 * width).view(np.int16)
        frames = raw.reshape(f1 - f0, width)
        edges = np.cumsum((0, *PER_FRAME))
        return [frames[:, edges[k] : edges[k + 1]].reshape(-1) for k in channels]


def write_frames(path, n_frames, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.integers(-500, 500, n_frames * sum(PER_FRAME)).astype(np.int16)
    values[rng.random(len(values)) < 0.01] = -32768
    values[len(values) // 3 : len(values) // 2] = -32768
    values.tofile(path)
    return path


def open_frames(path, more=()):
    """A recording of the file, and of more arrays that lie on their own."""
    source = FileFrames(path)
    channels = [
        Channel(
            f"c{k}",
            FrameChannel(source, k),
            regular(float(n), source.n_frames * n),
            missing=None if k == 0 else -32768,
        )
        for k, n in enumerate(PER_FRAME)
    ]
    channels += [
        Channel(f"a{k}", ArraySamples(values), regular(10.0, len(values)))
        for k, values in enumerate(more)
    ]
    return Recording(
        path.name, channels, path=path, fingerprint=fingerprint(path), files=[source.file]
    )


def assert_whole(pyramids, recording):
    """Every level of every channel equals the bins of all samples at once."""
    assert pyramids.built == 1
    for i, channel in enumerate(recording.channels.values()):
        n = channel.samples.n_samples
        native = channel.samples.read(0, n)
        pyramid = pyramids.channel(i)
        assert pyramid.bin_sizes == bin_sizes_for(n)
        assert pyramids.samples_covered(i) == n
        for size in pyramid.bin_sizes:
            lo, hi = bins_of(native, size, channel.missing)
            assert pyramid.available(size) == len(lo)
            found = pyramid.read(size, 0, len(lo))
            np.testing.assert_array_equal(found[0], lo)
            np.testing.assert_array_equal(found[1], hi)
            assert found[0].dtype == channel.dtype
