"""Fuzz the readers: ``PYTHONPATH=tests python -m fuzz --reader edf --cases 1000``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from fuzz.pool import run_cases
from fuzz.report import by_mechanism, put_table, table
from fuzz.worker import READERS, Maker

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "measurements.md"
TOLD_SECONDS = 30.0


def main() -> None:
    """Run many cases, or show a single one."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--reader", choices=[*READERS, "all"], default="all")
    parser.add_argument("--cases", type=int, default=10_000, help="of each reader")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", type=int, help="run this one and keep its file")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--made", action="store_true", help="use no real recordings")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    parser.add_argument("--faults", type=Path, help="write the faults by mechanism here too")
    told = parser.parse_args()
    named = os.environ.get("VITAL_WIDGETS_DATA")
    data = Path(named) if named and not told.made else None
    if told.case is not None:
        _show(told.reader, told.case, data)
        return
    readers = list(READERS) if told.reader == "all" else [told.reader]
    jobs = [(r, k) for r in readers for k in range(told.first, told.first + told.cases)]
    print(f"{len(jobs)} cases; real recordings: {data or 'none (set VITAL_WIDGETS_DATA)'}")
    done, bad, since = 0, 0, time.monotonic()

    def count(outcome):
        nonlocal done, bad, since
        done, bad = done + 1, bad + bool(outcome.faults)
        for fault in outcome.faults:  # at once: a long run may not come to its end
            print(f"  case {outcome.number}: {fault.kind}, {fault.mechanism}", flush=True)
        if time.monotonic() - since > TOLD_SECONDS:
            since = time.monotonic()
            print(f"  {done} cases, {bad} with faults", flush=True)

    outcomes = run_cases(jobs, data, workers=told.workers, told=count)
    mechanisms = by_mechanism(outcomes)
    print(table(outcomes), mechanisms, sep="\n\n")
    if told.faults is not None:
        told.faults.write_text(mechanisms + "\n", encoding="utf-8")
    if told.write:
        put_table(DOCUMENT, table(outcomes))
    sys.exit(any(outcome.faults for outcome in outcomes))


def _show(reader: str, number: int, data: Path | None) -> None:
    """Make one case again in a folder that stays, and say how it ends."""
    from fuzz.pool import Worker

    if reader == "all":
        sys.exit("name the reader of the case: --reader edf --case 12")
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{reader}-{number}-"))
    case = Maker(reader, data).make(number, folder)
    worker = Worker(data)
    outcome = worker.run(reader, number)
    worker.stop()
    print(f"file: {case.path}\noptions: {case.options}")
    for change in case.changes:
        print(f"change: {change}")
    print(f"{outcome.state}: {outcome.message}".rstrip(": "))
    for fault in outcome.faults:
        print(f"FAULT {fault.kind}: {fault.mechanism}\n{fault.detail}")
    sys.exit(bool(outcome.faults))


if __name__ == "__main__":
    main()
