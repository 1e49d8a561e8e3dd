"""Building the overview of a large file, against numpy alone; reading it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from inputs import edf
from rows import Row, milliseconds

import vital_widgets as vw
from vital_widgets.core.samples import FrameChannel
from vital_widgets.io.edf.records import EdfRecords
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.runtime.cachefolder import CacheFolder
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEGABYTES = 2000
CHANNELS = 8
CHUNK_MB = 16
REPEATS = 9


def run(folder: Path) -> list[Row]:
    """Time builds and numpy in turn, page cache warm; each round gives one ratio of each."""
    path = edf(folder, MEGABYTES)
    gigabytes = path.stat().st_size / 1e9
    with vw.open(path) as recording:
        samples = next(iter(recording.channels.values())).samples
        assert isinstance(samples, FrameChannel)
        source = samples.source
        assert isinstance(source, EdfRecords)
        first, per_record = source.first_byte, source.samples_per_frame
    contenders: dict[str, Callable[[], Cost]] = {
        "chunks": lambda: _timed(_whole_chunks, path),
        "ours": lambda: _build(path),
        "bins": lambda: _timed(_bins, path, first, per_record),
    }
    _whole_chunks(path)  # into the page cache
    took: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(REPEATS):
        for name, contender in contenders.items():
            took[name].append(contender())
    inputs = f"EDF of {gigabytes:.1f} GB, int16, {CHANNELS} channels, page cache warm"
    return [
        _against(
            "pyramid build, all levels on disk",
            inputs,
            f"numpy alone, min and max of chunks of {CHUNK_MB} MB",
            gigabytes,
            took["ours"],
            took["chunks"],
        ),
        _against(
            "pyramid build, against the same bins",
            inputs,
            "numpy alone, min and max of bins of 64 of each channel",
            gigabytes,
            took["ours"],
            took["bins"],
        ),
        _while_building(path, inputs),
        _reading(path, inputs),
    ]


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and of all threads on the processors."""

    clock: float
    processor: float


def _against(
    what: str, inputs: str, reference: str, gigabytes: float, ours: list[Cost], other: list[Cost]
) -> Row:
    """Compare round by round, so that what else the machine does weighs on both alike."""
    shares = sorted(b.clock / a.clock for a, b in zip(ours, other, strict=True))
    mine, theirs = (median(gigabytes / cost.clock for cost in costs) for costs in (ours, other))
    work, their_work = (median(cost.processor for cost in costs) for costs in (ours, other))
    return Row(
        what,
        inputs,
        f"{mine:.2f} GB/s; {median(shares):.2f} times, {shares[0]:.2f} to {shares[-1]:.2f} in "
        f"{len(shares)} rounds; {work:.2f} s of processor time",
        f"{reference}: {theirs:.2f} GB/s, {their_work:.2f} s of processor time",
        "0.5 times",
        median(shares) >= 0.5,
    )


def _timed(work: Callable[..., None], *arguments: object) -> Cost:
    begin, worked = time.perf_counter(), time.process_time()
    work(*arguments)
    return Cost(time.perf_counter() - begin, time.process_time() - worked)


def _whole_chunks(path: Path) -> None:
    with path.open("rb") as file:
        while len(chunk := np.fromfile(file, np.int16, CHUNK_MB * 500_000)):
            chunk.min(), chunk.max()


def _bins(path: Path, first: int, per_record: tuple[int, ...]) -> None:
    """Split records of equal channels, and reduce bins of 64; tails are left out."""
    size = per_record[0]
    records = 8_000_000 // (size * len(per_record))
    with path.open("rb") as file:
        file.seek(first)
        while len(chunk := np.fromfile(file, np.int16, records * size * len(per_record))):
            split = chunk.reshape(-1, len(per_record), size)
            for k in range(len(per_record)):
                channel = split[:, k].reshape(-1)
                bins = channel[: len(channel) // 64 * 64].reshape(-1, 64)
                bins.min(axis=1), bins.max(axis=1)


def _build(path: Path) -> Cost:
    with vw.open(path) as recording:
        _forget(recording)
        pyramids = open_pyramids(recording)
        cost = _timed(lambda: pyramids.task.start().result())
        pyramids.close()
    return cost


def _forget(recording: vw.Recording) -> None:
    entry = CacheFolder().entry("pyramid", recording.fingerprint)
    shutil.rmtree(entry.complete_dir, ignore_errors=True)


def _while_building(path: Path, inputs: str) -> Row:
    """Windows of ten seconds to ten minutes, one every few milliseconds while a build runs."""
    rng = np.random.default_rng(2)
    building: list[float] = []
    idle: list[float] = []
    for _ in range(3):
        with vw.open(path) as recording:
            _forget(recording)
            session = Session(recording)
            session.task.start()
            while not session.task.ended:
                building.append(_window(session, rng, recording.duration))
                time.sleep(0.005)
            session.task.result()
            for _ in range(100):
                idle.append(_window(session, rng, recording.duration))
                time.sleep(0.005)
            session.close()
    return Row(
        "window in the kernel while a pyramid is built",
        f"{inputs}, {len(building)} random windows of 10 s to 10 min of all channels",
        milliseconds(building),
        f"the same when it is built: {milliseconds(idle)}",
        "",
        None,
    )


def _window(session: Session, rng: np.random.Generator, duration: float) -> float:
    seconds = float(np.exp(rng.uniform(np.log(10), np.log(600))))
    t0 = float(rng.uniform(0, duration - seconds))
    message = {
        "v": 1,
        "kind": "window",
        "request": "bench:0",
        "seq": 0,
        "channels": list(range(CHANNELS)),
        "t0": t0,
        "t1": t0 + seconds,
        "width": 2000,
    }
    begin = time.perf_counter()
    dispatch(session, message)
    return time.perf_counter() - begin


def _reading(path: Path, inputs: str) -> Row:
    rng = np.random.default_rng(0)
    took = []
    with vw.open(path) as recording:
        pyramids = open_pyramids(recording)
        if pyramids.task is not None:
            pyramids.task.start().result()
        for _ in range(1000):
            size = int(rng.choice(pyramids.channel(0).bin_sizes))
            available = pyramids.channel(0).available(size)
            count = min(int(rng.integers(2000, 8001)), available)
            at = int(rng.integers(0, available - count + 1))
            begin = time.perf_counter()
            for k in range(len(recording.channels)):
                pyramids.channel(k).read(size, at, at + count)
            took.append(time.perf_counter() - begin)
        pyramids.close()
    return Row(
        "reading 2000 to 8000 bins of each channel",
        f"{inputs}, 1000 random ranges of all levels",
        milliseconds(took),
        "",
        "1 ms median",
        median(took) <= 1e-3,
    )
