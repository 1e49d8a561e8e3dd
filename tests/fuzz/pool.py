"""Run cases in processes, so that an abort or a hang of one is told and costs only that one."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from fuzz.model import Fault, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SECONDS = 10.0  # of processor time that a case may take
SECONDS_WAITING = 30.0  # a case that does not compute either waits for something for ever
SECONDS_BEGINNING = 300.0
CASES_A_PROCESS = 500
_TESTS = Path(__file__).resolve().parents[1]
_POLL = 0.5


class Worker:
    """A process of `fuzz.worker`, begun anew where a case has ended it."""

    def __init__(self, data: Path | None, seconds: float = SECONDS) -> None:
        self._data = data
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: Any = None
        self._left = 0
        self._heard = b""
        self._known: set[str] = set()

    def run(self, reader: str, number: int) -> Outcome:
        """Run a case and return how it ended, whatever that is."""
        process = self._running()
        assert process.stdin is not None
        self._left -= 1
        try:
            process.stdin.write(f"{reader} {number}\n".encode())
            process.stdin.flush()
            if reader not in self._known:  # seeds are read first
                self._known.add(reader)
                self._answer(process, SECONDS_BEGINNING, SECONDS_BEGINNING)
            line = self._answer(process, self._seconds, SECONDS_WAITING)
        except TimeoutError:
            return self._ended(Outcome(reader, number, "failed"), "hang")
        except (EOFError, BrokenPipeError):
            return self._ended(Outcome(reader, number, "failed"), "abort")
        return Outcome.from_json(json.loads(line))

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._errors.close()
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._left > 0:
            return self._process
        self.stop()
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - it lives as long as the process
        path = os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")])
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fuzz.worker", str(self._data or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **threads, "PYTHONPATH": path},
        )
        self._left = CASES_A_PROCESS
        self._known, self._heard = set(), b""
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], computing: float, waiting: float) -> bytes:
        """Return the next line of a process; it has some seconds for it."""
        assert process.stdout is not None
        watched = psutil.Process(process.pid)
        used = _computed(watched)
        began = time.monotonic()
        while True:
            line, end, rest = self._heard.partition(b"\n")
            if end:
                self._heard = rest
                return line
            if select.select([process.stdout], [], [], _POLL)[0]:
                piece = os.read(process.stdout.fileno(), 1 << 16)
                if not piece:
                    raise EOFError
                self._heard += piece
                continue
            with contextlib.suppress(psutil.Error):
                if _computed(watched) - used > computing or time.monotonic() - began > waiting:
                    raise TimeoutError

    def _ended(self, outcome: Outcome, kind: str) -> Outcome:
        """Tell where a process was when it ended or was ended."""
        process = self._process
        assert process is not None
        if kind == "hang" and hasattr(signal, "SIGUSR1"):
            process.send_signal(signal.SIGUSR1)
            time.sleep(_POLL)
        if kind == "abort":
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(SECONDS_WAITING)
        process.kill()
        code = process.wait()
        self._errors.seek(0)
        trace = self._errors.read()
        self.stop()
        where = _where(trace)
        if kind == "abort" and code == -signal.SIGKILL:
            where = "killed, by want of memory perhaps"
        name = signal.Signals(-code).name if code < 0 and kind == "abort" else ""
        outcome.faults = [Fault(kind, f"{name} {where}".strip(), trace[-2000:])]
        return outcome


def run_cases(
    jobs: Iterable[tuple[str, int]],
    data: Path | None,
    *,
    workers: int = 2,
    seconds: float = SECONDS,
    told: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Run cases, given as reader and number; ``told`` is called with each outcome."""
    waiting: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    outcomes: list[Outcome] = []
    lock = threading.Lock()

    def work() -> None:
        worker = Worker(data, seconds)
        try:
            while True:
                outcome = worker.run(*waiting.get_nowait())
                with lock:
                    outcomes.append(outcome)
                    told(outcome)
        except queue.Empty:
            pass
        finally:
            worker.stop()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes, key=lambda outcome: (outcome.reader, outcome.number))


def _computed(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _where(trace: str) -> str:
    """Return the first place of the package in the traces of `faulthandler`, innermost first."""
    found = re.search(r'File "[^"]*vital_widgets/([^"]+)", line \d+ in (\S+)', trace)
    return f"{found[1]}: {found[2]}" if found else "outside the package"
