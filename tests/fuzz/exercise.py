"""Do with a recording what people and the viewer do, and tell what must not have happened."""

from __future__ import annotations

import re
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.model import Case, Fault, Outcome
from vital_widgets.core.recording import Recording
from vital_widgets.errors import TaskCancelledError, VitalError
from vital_widgets.io.reader import open_recording
from vital_widgets.serve.description import describe

if TYPE_CHECKING:
    from vital_widgets.core.channel import Channel

MOST_MEGABYTES = 300  # more than any case of some kilobytes has a reason to take
WINDOW = 5000
LAZY_CHANNELS = 2  # Dask takes some milliseconds for each
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def exercise(case: Case, outcome: Outcome) -> None:
    """Open a case, look at all there is, and fill the outcome."""
    met: list[Fault] = []
    threading.excepthook = lambda args: met.append(_foreign(args.exc_value))
    before = _peak_megabytes(reset=True)
    began = time.process_time()
    with warnings.catch_warnings(record=True, action="always") as caught:
        _look(case, outcome, met)
    outcome.seconds = round(time.process_time() - began, 3)
    outcome.megabytes = round(max(_peak_megabytes() - before, 0.0), 1)
    if outcome.megabytes > MOST_MEGABYTES:
        met.append(Fault("memory", f"over {MOST_MEGABYTES} MB", f"{outcome.megabytes:.0f} MB"))
    for warning in caught:
        if not issubclass(warning.category, (ResourceWarning, DeprecationWarning)):
            place = f"{Path(warning.filename).name}:{warning.lineno}"
            met.append(Fault("warning", f"{warning.category.__name__} at {place}"))
    outcome.changes = case.changes
    outcome.faults = met


def _look(case: Case, outcome: Outcome, met: list[Fault]) -> None:
    try:
        recording = open_recording(case.path, **case.options)
    except Exception as error:  # noqa: BLE001 - any is what is looked for
        _took(error, case, outcome, met, "refused")
        if isinstance(error, VitalError) and not case.may_refuse:
            met.append(Fault("refused though sound", _skeleton(error), str(error)))
        return
    with recording:
        try:
            recording.wait()
            for channel in recording.channels.values():
                met += read_windows(channel)
            for channel in list(recording.channels.values())[:LAZY_CHANNELS]:
                met += read_lazily(channel)
            met += look_at_marks(recording)
            met += describe_it(recording)
            if case.check is not None:
                met += case.check(recording)
            if case.must_tell and not recording.notes:
                met.append(Fault("lost in silence", case.must_tell, case.must_tell))
        except Exception as error:  # noqa: BLE001 - any is what is looked for
            _took(error, case, outcome, met, "failed")


def read_windows(channel: Channel) -> list[Fault]:
    """Read a channel here and there; every promised sample has to come."""
    met: list[Fault] = []
    n = channel.n_samples
    edges = sorted({0, min(n, 1), min(n, 3), n // 2, max(n - 3, 0), max(n - 1, 0), n})
    spans = [(0, min(n, WINDOW)), (max(n - WINDOW, 0), n), (n // 2, min(n // 2 + 10, n))]
    spans += [(edges[k], min(edges[k] + 2, n)) for k in range(len(edges))]
    for i0, i1 in spans:
        found = len(channel.read(i0, i1))
        if found != i1 - i0:
            met.append(_short("read", i1 - i0, found))
    base = channel.timebase
    times = base.times(0, min(n, WINDOW))
    if not np.isfinite(times).all() or np.any(np.diff(times) < 0):
        met.append(Fault("wrong sample", "times that are not finite and rising", str(times[:5])))
    if n != base.n_samples or channel.samples.n_samples != n:
        told = f"{n}, {base.n_samples}, {channel.samples.n_samples}"
        met.append(Fault("short read", "channel, time base and samples differ in length", told))
    window = channel.window(channel.start, channel.start + 10 / channel.fs)
    if len(window[0]) != len(window[1]):
        met.append(_short("window", len(window[0]), len(window[1])))
    return met


def read_lazily(channel: Channel) -> list[Fault]:
    """Read a channel through Dask, in physical units and as integers."""
    met: list[Fault] = []
    n = channel.n_samples
    kinds = {"data": channel.data, "digital": channel.digital}
    for kind, lazy in kinds.items():
        if lazy is None:
            continue
        found = len(lazy[-5:].compute(scheduler="sync"))
        if found != min(5, n):
            met.append(_short(kind, min(5, n), found))
    if n and channel.data[n - 1].compute(scheduler="sync").shape != ():
        met.append(Fault("short read", "data[n - 1] is no number"))
    return met


def look_at_marks(recording: Recording) -> list[Fault]:
    """Read all annotations; they are numbers in order, and text."""
    marks = recording.annotations
    told = recording.annotations.between(0.0, 10.0)
    sound = np.isfinite(marks.onset).all() and np.isfinite(marks.duration).all()
    if not sound or np.any(np.diff(marks.onset) < 0):
        return [Fault("wrong sample", "annotations are not finite and in order", repr(marks))]
    if not all(isinstance(text, str) for text in marks.text) or len(told) > len(marks):
        return [Fault("wrong sample", "annotations are no text", repr(marks))]
    return []


def describe_it(recording: Recording) -> list[Fault]:
    """Describe the recording in words, and for the browser."""
    met = []
    if not repr(recording) or not recording._repr_html_():
        met.append(Fault("other exception", "no description"))
    if not all(isinstance(note, str) and note.strip() for note in recording.notes):
        met.append(Fault("no JSON", "a note that is no sentence", repr(recording.notes)))
    try:
        describe(recording, [None] * len(recording), 1)
        "".join([recording.name, *recording, *recording.notes]).encode()
    except (ValueError, TypeError) as error:
        met.append(Fault("no JSON", _place(error), str(error)))
    return met


def compare(
    what: str, found: Any, expected: Any, *, exact: bool = True, tolerance: float = 1e-9
) -> list[Fault]:
    """Return a fault where values are not those of the oracle."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        detail = f"{found.shape} instead of {expected.shape}"
        kind = "lost in silence" if found.size < expected.size else "wrong sample"
        return [Fault(kind, f"{what}: another number of them", detail)]
    if exact:
        wrong = found != expected
        if found.dtype.kind == expected.dtype.kind == "f":
            wrong &= ~(np.isnan(found) & np.isnan(expected))
    else:
        wrong = ~np.isclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not np.any(wrong):
        return []
    k = int(np.flatnonzero(wrong)[0])
    detail = f"{int(wrong.sum())} of {wrong.size} differ, first {k}: {found[k]!r}, {expected[k]!r}"
    return [Fault("wrong sample", what, detail)]


# ---------------------------------------------------------------- errors


def _took(error: Exception, case: Case, outcome: Outcome, met: list[Fault], state: str) -> None:
    outcome.state, outcome.message = state, f"{type(error).__name__}: {error}"
    if not isinstance(error, VitalError):
        met.append(_foreign(error))
    elif not isinstance(error, TaskCancelledError) and not _names_file(case.path, str(error)):
        met.append(Fault("no file named", _place(error), str(error)))


def _names_file(path: Path, said: str) -> bool:
    """Whether a message names the file, or another one beside it."""
    return path.stem in said or str(path.parent) in said


def _foreign(error: BaseException | None) -> Fault:
    if error is None:
        return Fault("other exception", "a thread ended without an error")
    said = "".join(traceback.format_exception_only(error)).strip()
    return Fault("other exception", f"{type(error).__name__} in {_place(error)}", said[:300])


def _place(error: BaseException) -> str:
    """Return the last place in the package that an error went through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "vital_widgets" in f.filename]
    last = frames[-1] if frames else None
    if last is None:
        return "the fuzzer"
    return f"{Path(last.filename).parent.name}/{Path(last.filename).name}: {last.name}"


def _skeleton(error: BaseException) -> str:
    """Return where an error was raised and its message without the values in it."""
    words = re.sub(r"'[^']*'|\"[^\"]*\"|\S*[/\\]\S*|[\d.]+", "…", str(error))
    return f"{_place(error)}: {words[:70]}"


def _short(how: str, promised: int, found: int) -> Fault:
    return Fault("short read", how, f"{found} samples instead of {promised}")


def _peak_megabytes(*, reset: bool = False) -> float:
    """Return the most memory held so far; since the last reset, where the system can tell."""
    if sys.platform != "linux":
        import resource

        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    if reset:
        _CLEAR.write_text("5")
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
