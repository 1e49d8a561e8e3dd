"""The contract of all readers as tests: subclass `ReaderContract`, and pytest runs them."""

from __future__ import annotations

import os
import pickle
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError, SourceChangedError, VitalError
from vital_widgets.io.reader import open_recording
from vital_widgets.runtime.budget import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import pytest
    from numpy.typing import NDArray

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording

MOST_EDGES = 40


@dataclass(frozen=True)
class Expected:
    """The expected content of a channel.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        All samples in physical units, NaN where missing, without the samples a gap lacks.
    fs : float
        Sampling rate in Hz.
    units : str
        Physical units.
    start : float
        Seconds from the recording's start to the first sample.
    digital : ndarray of int, shape (n,), optional
        The exact integers; None if the format holds none.
    gaps : sequence of (float, float)
        The stretches in seconds without samples.
    """

    values: NDArray[Any]
    fs: float
    units: str = ""
    start: float = 0.0
    digital: NDArray[Any] | None = None
    gaps: Sequence[tuple[float, float]] = ()

    def times(self) -> NDArray[np.float64]:
        """Return the time in seconds of each sample, shape ``(n,)``, sample by sample."""
        gaps = list(self.gaps)
        times = []
        onset, since = self.start, 0
        for _ in range(len(self.values)):
            now = onset + since / self.fs
            if gaps and now > gaps[0][0] - 0.5 / self.fs:
                onset, since = gaps.pop(0)[1], 0
                now = onset
            times.append(now)
            since += 1
        return np.array(times, np.float64)


class ReaderContract(ABC):
    """Tests that a reader's recordings fulfil the contract of `Recording`.

    Subclass it as ``class TestMyFormat(ReaderContract)``, write a file in `make` and return its
    content in `expected`, from a source other than the reader itself. A few hundred to a few ten
    thousand samples per channel are enough.
    """

    start: datetime | None = None
    """Clock time of second 0 that the file gives."""

    annotations: Sequence[tuple[float, float, str]] | None = None
    """The marks (onset in s, duration in s, text) the file holds; None leaves them unchecked."""

    relative_error: float = 1e-12
    """Largest accepted error of physical values."""

    in_place: bool = True
    """Whether samples are read from the file itself while it is open (not from a copy)."""

    @abstractmethod
    def make(self, folder: Path) -> Path:
        """Write the recording into ``folder`` and return the path to open."""

    @abstractmethod
    def expected(self) -> Mapping[str, Expected]:
        """Return the content of the channels, by name and in order."""

    def open(self, path: Path) -> Recording:
        """Open the recording."""
        return open_recording(path)

    def sample_files(self, path: Path) -> list[Path]:
        """Return the files that hold the samples, if they are not ``path`` itself."""
        return [path]

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Recording]:
        """Make the file, open it, wait until it can be read, close it."""
        folder.mkdir(exist_ok=True, parents=True)
        with self.open(self.make(folder)) as recording:
            yield recording.wait()

    # ------------------------------------------------------------ what is in the file

    def test_channels_in_order_with_their_rates_units_and_lengths(self, tmp_path: Path) -> None:
        """Names, rates, units, lengths and starts are those of the file."""
        with self.opened(tmp_path) as recording:
            expected = self.expected()
            assert list(recording.channels) == list(expected)
            for name, want in expected.items():
                channel = recording[name]
                assert channel.name == name
                assert channel.units == want.units
                np.testing.assert_allclose(channel.fs, want.fs, rtol=1e-9)
                assert channel.n_samples == len(want.values)
                assert channel.samples.n_samples == len(want.values)
                np.testing.assert_allclose(channel.start, want.start, atol=1e-6)
                assert channel.data.shape == (len(want.values),)
                assert channel.data.dtype.kind == "f"

    def test_start_and_identity(self, tmp_path: Path) -> None:
        """The clock time of second 0 is the file's, and there is a fingerprint to cache under."""
        with self.opened(tmp_path) as recording:
            assert recording.start == self.start
            if self.start is not None and recording.start is not None:
                assert recording.start.utcoffset() == self.start.utcoffset()
            assert recording.fingerprint
            assert recording.name

    def test_annotations(self, tmp_path: Path) -> None:
        """The marks are those of the file, in order of onset."""
        with self.opened(tmp_path) as recording:
            assert np.all(np.diff(recording.annotations.onset) >= 0)
            if self.annotations is not None:
                found = [(round(a.onset, 9), a.duration, a.text) for a in recording.annotations]
                assert found == [(round(t, 9), d, text) for t, d, text in self.annotations]

    def test_exact_integers(self, tmp_path: Path) -> None:
        """``digital`` is the file's own integers, or None where it holds none."""
        with self.opened(tmp_path) as recording:
            for name, want in self.expected().items():
                digital = recording[name].digital
                if want.digital is None:
                    assert digital is None
                    continue
                assert digital is not None
                values = digital.compute()
                assert values.dtype.kind in "iu"
                assert values.dtype == recording[name].dtype
                np.testing.assert_array_equal(values, want.digital)

    def test_gaps(self, tmp_path: Path) -> None:
        """Gaps are where no samples exist, and time continues after them."""
        with self.opened(tmp_path) as recording:
            for name, want in self.expected().items():
                channel = recording[name]
                assert len(channel.gaps) == len(want.gaps)
                if want.gaps:
                    np.testing.assert_allclose(channel.gaps, want.gaps, atol=1e-6)
                times = channel.timebase.times(0, channel.n_samples)
                np.testing.assert_allclose(times, want.times(), atol=1e-6)

    # ------------------------------------------------------------ reading parts

    def test_lazy_equals_eager_at_every_chunk_edge(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever the chunk length, all samples and the slices over chunk edges are right."""
        with self.opened(tmp_path) as recording:
            for name, want in self.expected().items():
                n = len(want.values)
                for chunk in sorted({n // 30 + 1, n // 4 + 3, max(n - 1, 1), n + 1}):
                    monkeypatch.setenv("VITAL_WIDGETS_CHUNK_SAMPLES", str(chunk))
                    data = recording[name].data
                    self._same(data.compute(scheduler="synchronous"), want.values)
                    for edge in list(range(chunk, n, chunk))[:4]:
                        i0, i1 = max(edge - 2, 0), min(edge + 3, n)
                        piece = data[i0:i1].compute(scheduler="synchronous")
                        self._same(piece, want.values[i0:i1])

    def test_any_range_equals_the_whole(self, tmp_path: Path) -> None:
        """Ranges that begin, end or lie around the edges of what is read together are right."""
        with self.opened(tmp_path) as recording:
            for name, want in self.expected().items():
                channel = recording[name]
                n = len(want.values)
                for edge in _edges(channel, n):
                    for i0, i1 in ((edge - 1, edge + 1), (edge, edge + 1), (edge - 1, edge)):
                        lo, hi = max(i0, 0), min(i1, n)
                        if lo <= hi:
                            self._same(channel.read(lo, hi), want.values[lo:hi])
                random = np.random.default_rng(0)
                for lo, hi in np.sort(random.integers(0, n + 1, (20, 2)), axis=1).tolist():
                    piece = channel.samples.read(lo, hi)
                    assert piece.dtype == channel.dtype
                    assert piece.flags.c_contiguous
                    self._same(channel.physical(piece), want.values[lo:hi])
                self._same(channel.data[::7].compute(), want.values[::7])

    def test_window_edges(self, tmp_path: Path) -> None:
        """``window(t0, t1)`` holds the samples with ``t0 <= t < t1`` and no others."""
        with self.opened(tmp_path) as recording:
            for name, want in self.expected().items():
                channel = recording[name]
                times = want.times()
                n = len(times)
                if n == 0:
                    assert len(channel.window(0.0, 1.0)[1]) == 0
                    continue
                step = 1 / want.fs
                self._same_window(channel, want, -1e9, 1e9, 0, n)
                self._same_window(channel, want, times[0] - 10, times[0], 0, 0)
                self._same_window(channel, want, times[-1] + step, times[-1] + 10, n, n)
                self._same_window(channel, want, times[0], times[-1], 0, n - 1)
                for i in np.unique(np.linspace(0, n - 1, MOST_EDGES).astype(int)).tolist():
                    self._same_window(channel, want, times[i], times[i] + step / 2, i, i + 1)
                    self._same_window(channel, want, times[i], times[i], i, i)
                    self._same_window(channel, want, times[0], times[i], 0, i)
                for t0, t1 in want.gaps:
                    inside, i = channel.window(t0, t1), int(np.searchsorted(times, t1 - step / 2))
                    assert len(inside[0]) == len(inside[1]) == 0
                    self._same_window(channel, want, t0 - step, t1 + step / 2, i - 1, i + 1)
                _raises(InvalidInputError, channel.window, 2.0, 1.0)
                _raises(InvalidInputError, channel.window, float("nan"), 1.0)

    # ------------------------------------------------------------ elsewhere and at the same time

    def test_pickled_channels_read_the_same(self, tmp_path: Path) -> None:
        """Channels and their Dask arrays survive pickling, under either scheduler."""
        with self.opened(tmp_path) as recording:
            for name, want in self.expected().items():
                channel = pickle.loads(pickle.dumps(recording[name]))  # noqa: S301 - our own bytes
                assert channel.name == name
                assert channel.gaps == recording[name].gaps
                self._same(channel.read(0, len(want.values)), want.values)
                data = pickle.loads(pickle.dumps(recording[name].data))  # noqa: S301
                for scheduler in ("synchronous", "threads"):
                    self._same(data.compute(scheduler=scheduler), want.values)

    def test_eight_threads_at_once(self, tmp_path: Path) -> None:
        """Reads from eight threads at once do not disturb each other."""
        with self.opened(tmp_path) as recording:
            expected = self.expected()

            def read_around(seed: int) -> None:
                random = np.random.default_rng(seed)
                for _ in range(20):
                    name = str(random.choice(list(expected)))
                    values = expected[name].values
                    lo, hi = np.sort(random.integers(0, len(values) + 1, 2)).tolist()
                    if seed % 2:
                        _forget(recording[name])
                    self._same(recording[name].read(lo, hi), values[lo:hi])

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(read_around, range(8)))

    # ------------------------------------------------------------ ends

    def test_close_frees(self, tmp_path: Path) -> None:
        """Closing releases memory and file handles; closing twice is allowed."""
        before = blocks().counters().held_bytes
        with self.opened(tmp_path) as recording:
            for name in self.expected():
                recording[name].read(0, recording[name].n_samples)
        recording.close()
        assert recording.closed
        assert blocks().counters().held_bytes <= before
        assert not _open_handles(tmp_path)

    def test_changed_file_is_noticed(self, tmp_path: Path) -> None:
        """A file that was rewritten, cut short or deleted while open never gives wrong samples."""
        if not self.in_place:
            return
        for number, damage in enumerate((_rewrite, _cut_short, _delete)):
            with self.opened(tmp_path / str(number)) as recording:
                assert recording.path is not None
                for file in self.sample_files(recording.path):
                    damage(file)
                error = _raises(SourceChangedError, _read_everything, recording)
                assert tmp_path.name in str(error)

    def test_damaged_files_give_our_errors_only(self, tmp_path: Path) -> None:
        """A file cut at any byte or with bytes overwritten opens, or fails with a clear error."""
        random = np.random.default_rng(1)
        for number in range(12):
            folder = tmp_path / str(number)
            folder.mkdir()
            path = self.make(folder)
            content = bytearray(path.read_bytes())
            if number % 2:
                del content[int(random.integers(0, len(content))) :]
            else:
                for place in random.integers(0, min(len(content), 600), 8).tolist():
                    content[place] = int(random.integers(0, 256))
            path.write_bytes(content)
            try:
                with self.open(path) as recording:
                    recording.wait()
                    for name in recording:
                        n = recording[name].n_samples
                        assert len(recording[name].read(0, min(n, 1000))) == min(n, 1000)
                    len(recording.annotations)
            except VitalError as error:
                assert str(error)  # noqa: PT017 - either outcome is right

    def _same(self, found: NDArray[Any], want: NDArray[Any]) -> None:
        scale = float(np.nanmax(np.abs(want))) if np.any(np.isfinite(want)) else 0.0
        np.testing.assert_allclose(
            found, want, rtol=self.relative_error, atol=scale * self.relative_error
        )

    def _same_window(
        self, channel: Channel, want: Expected, t0: float, t1: float, i0: int, i1: int
    ) -> None:
        times, values = channel.window(t0, t1)
        assert times.dtype == np.float64
        np.testing.assert_allclose(times, want.times()[i0:i1], atol=1e-6)
        self._same(values, want.values[i0:i1])


def _edges(channel: Channel, n: int) -> list[int]:
    """Return sample indices at the edges of frames and blocks, or spread over the channel."""
    source: Any = getattr(channel.samples, "source", None)
    k: int = getattr(channel.samples, "channel", 0)
    step = source.samples_per_frame[k] if source is not None else max(n // MOST_EDGES, 1)
    edges = list(range(0, n + 1, step))
    if len(edges) > MOST_EDGES:
        edges = edges[:: len(edges) // MOST_EDGES + 1]
    if source is not None:
        edges += list(range(0, n + 1, step * source.block_frames))[:MOST_EDGES]
    return sorted({*edges, 0, 1, n - 1, n} - {-1})


def _read_everything(recording: Recording) -> None:
    for name in recording:
        recording[name].read(0, recording[name].n_samples)


def _rewrite(file: Path) -> None:
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes(255 - byte for byte in content[middle:]))
    status = file.stat()
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


def _cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _delete(file: Path) -> None:
    file.unlink()


def _forget(channel: Channel) -> None:
    """Drop what is held in memory of the channel's file."""
    source: Any = getattr(channel.samples, "source", None)
    if source is not None:
        blocks().drop(source.key)


def _open_handles(folder: Path) -> list[str]:
    """Return the files in ``folder`` that this process holds open, if the system lists them."""
    found = []
    handles = Path("/proc/self/fd")
    for handle in handles.iterdir() if handles.is_dir() else ():
        try:
            target = str(handle.readlink())
        except OSError:  # the handle of the listing itself is gone by now
            continue
        if target.startswith(str(folder.resolve())):
            found.append(target)
    return found


def _raises(kind: type[BaseException], function: Any, *arguments: Any) -> BaseException:
    try:
        function(*arguments)
    except kind as error:
        return error
    msg = f"{function} did not raise {kind.__name__}"
    raise AssertionError(msg)
