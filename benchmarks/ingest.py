"""Reading a CSV in, against pyarrow reading the same file in batches and dropping them."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from inputs import csv
from rows import Row

import vital_widgets as vw
from vital_widgets.config import settings

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, megabytes: int = 1000) -> list[Row]:
    """Both read the file from the page cache, in turn, twice; the better of each counts."""
    from pyarrow import csv as arrow_csv

    path = csv(folder, megabytes)
    path.read_bytes()  # both begin with the file in the page cache
    ours, theirs = [], []
    for _ in range(2):
        begin = time.perf_counter()
        with arrow_csv.open_csv(path) as reader:
            for _batch in reader:
                pass
        theirs.append(time.perf_counter() - begin)
        shutil.rmtree(settings().cache_dir / "samples", ignore_errors=True)
        begin = time.perf_counter()
        with vw.open(path) as recording:
            recording.wait()
            ours.append(time.perf_counter() - begin)
    ratio = min(ours) / min(theirs)
    return [
        Row(
            "CSV ingest",
            f"{megabytes} MB CSV, time and 4 signals",
            f"{min(ours):.2f} s ({megabytes / min(ours):.0f} MB/s), {ratio:.2f} times",
            f"pyarrow.csv in batches, dropped: {min(theirs):.2f} s",
            "at most 1.5 times",
            ratio <= 1.5,
        )
    ]
