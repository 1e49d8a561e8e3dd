"""Building the overview of a large file, against numpy alone; reading it."""

from __future__ import annotations

import shutil
import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from inputs import edf
from rows import Row, milliseconds

import vital_widgets as vw
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.runtime.cachefolder import CacheFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEGABYTES = 2000
CHANNELS = 8
CHUNKS_MB = (8, 16, 64)
REPEATS = 5


def run(folder: Path) -> list[Row]:
    """Time builds and numpy in turn, page cache warm, and compare the medians."""
    path = edf(folder, MEGABYTES)
    gigabytes = path.stat().st_size / 1e9
    with vw.open(path) as recording:
        source = next(iter(recording.channels.values())).samples.source
        first, per_record = source.first_byte, source.samples_per_frame
    contenders: dict[str, Callable[[], float]] = {
        f"min and max of chunks of {size} MB": lambda size=size: _timed(_whole_chunks, path, size)
        for size in CHUNKS_MB
    }
    contenders["bins"] = lambda: _timed(_bins, path, first, per_record)
    contenders["ours"] = lambda: _build(path)
    _whole_chunks(path, 8)  # into the page cache
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(REPEATS):
        for name, contender in contenders.items():
            took[name].append(contender())
    rate = {name: gigabytes / median(times) for name, times in took.items()}
    reference = max((n for n in rate if n.startswith("min")), key=rate.__getitem__)
    inputs = f"EDF of {gigabytes:.1f} GB, int16, {CHANNELS} channels, page cache warm"
    share = rate["ours"] / rate[reference]
    of_bins = rate["ours"] / rate["bins"]
    all_rates = ", ".join(f"{n}: {r:.2f} GB/s" for n, r in rate.items() if n.startswith("min"))
    return [
        Row(
            "pyramid build, all levels on disk",
            inputs,
            f"{rate['ours']:.2f} GB/s, {share:.2f} times",
            f"numpy alone, the fastest of: {all_rates}",
            "0.5 times",
            share >= 0.5,
        ),
        Row(
            "pyramid build, against the same bins",
            inputs,
            f"{rate['ours']:.2f} GB/s, {of_bins:.2f} times",
            f"numpy alone, min and max of bins of 64 of each channel: {rate['bins']:.2f} GB/s",
            "0.5 times",
            of_bins >= 0.5,
        ),
        _reading(path, inputs),
    ]


def _timed(work: Callable[..., None], *arguments: object) -> float:
    begin = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - begin


def _whole_chunks(path: Path, megabytes: int) -> None:
    with path.open("rb") as file:
        while len(chunk := np.fromfile(file, np.int16, megabytes * 500_000)):
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


def _build(path: Path) -> float:
    with vw.open(path) as recording:
        entry = CacheFolder().entry("pyramid", recording.fingerprint)
        shutil.rmtree(entry.complete_dir, ignore_errors=True)
        pyramids = open_pyramids(recording)
        begin = time.perf_counter()
        pyramids.task.start().result()
        took = time.perf_counter() - begin
        pyramids.close()
    return took


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
