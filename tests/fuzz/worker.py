"""A process that runs cases: their numbers come in, one a line, and outcomes go out as JSON."""

from __future__ import annotations

import faulthandler
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz.model import Outcome

if TYPE_CHECKING:
    from fuzz.model import Case, FuzzedReader

READERS = {"edf": "fuzz.edf", "wfdb": "fuzz.wfdb", "text": "fuzz.text", "parquet": "fuzz.parquet"}
TRAPS = {"traps": "fuzz.traps"}  # for the test of the fuzzer itself
MOST_BYTES = 6 << 30  # of address space: what asks for more gets a MemoryError


class Maker:
    """Makes the cases of a reader: the same number gives the same case.

    Even numbers change files that are made here, odd ones real recordings where there are any.
    """

    def __init__(self, reader: str, data: Path | None) -> None:
        self.reader = reader
        self.module: FuzzedReader = import_module((READERS | TRAPS)[reader])  # type: ignore[assignment]
        self._made = self.module.seeds(None)
        self._real = self.module.seeds(data) if data is not None else []

    def make(self, number: int, folder: Path) -> Case:
        """Write case ``number`` into an empty folder."""
        chance = random.Random(f"{self.reader} {number}")
        seeds: list[Any] = self._real if number % 2 and self._real else self._made
        return self.module.make(seeds[number // 2 % len(seeds)], chance, folder)


def run(maker: Maker, number: int, work: Path) -> Outcome:
    """Run one case in a folder of its own and remove it."""
    from fuzz.exercise import exercise

    outcome = Outcome(maker.reader, number)
    folder, cache = work / "case", work / "cache"
    for path in (folder, cache):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    case = maker.make(number, folder)
    exercise(case, outcome)
    return outcome


def main() -> None:
    """Run what standard input asks for, as ``reader number``, until it ends."""
    faulthandler.enable()
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    import dask.array  # noqa: F401 - no case is to be charged with it
    import pandas as pd  # noqa: F401

    _limit_memory()
    data = Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else None
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not come between the outcomes
    makers: dict[str, Maker] = {}
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if os.access(shm, os.W_OK) else None) as folder:
        work = Path(folder)
        os.environ["VITAL_WIDGETS_CACHE_DIR"] = str(work / "cache")
        for line in sys.stdin:
            reader, number = line.split()
            if reader not in makers:
                makers[reader] = Maker(reader, data)
                print("ready", file=results, flush=True)
            outcome = run(makers[reader], int(number), work)
            print(json.dumps(outcome.to_json()), file=results, flush=True)


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


if __name__ == "__main__":
    main()
