"""The description of a recording for the browser: channels and time bases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from vital_widgets.core.digitallimits import digital_limits
from vital_widgets.core.signalkind import signal_kind
from vital_widgets.serve.overlays import STAGES
from vital_widgets.serve.protocol import VERSION, Buffer, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.core.recording import Recording
    from vital_widgets.core.timebase import TimeBase
    from vital_widgets.serve.lanes import Lane
    from vital_widgets.serve.signals import Signals

MAX_RUNS_IN_STATE = 2000  # of all time bases together
MAX_NOTES, MAX_NOTE = 20, 300  # notes, and characters of each


def describe(
    recording: Recording,
    ranges: Sequence[tuple[float, float] | None],
    revision: int,
    *,
    most_runs: int | None = MAX_RUNS_IN_STATE,
    signals: Signals | None = None,
    notes: Sequence[str] = (),
) -> tuple[dict[str, Any], bytes]:
    """Return the description of a recording and the buffer with its run tables.

    Parameters
    ----------
    recording : Recording
        The recording.
    ranges : sequence
        An initial robust range in physical units for each channel, or None.
    revision : int
        Number that increases with each description of the same recording.
    most_runs : int or None
        Largest number of runs. Run tables beyond it are left out; the browser requests them. None:
        no limit.
    signals : Signals, optional
        The signals of a session; by default the channels of the recording.
    notes : sequence of str
        Notes in addition to those of the recording.
    """
    buffer = Buffer()
    room = math.inf if most_runs is None else most_runs
    tables: dict[tuple[Any, ...], int] = {}
    timebases: list[dict[str, Any]] = []
    channels: list[dict[str, Any] | None] = []
    shown = None if signals is None else set(signals.shown.values())
    every = list(recording.channels.values()) if signals is None else signals.channels
    for k, channel in enumerate(every):
        if signals is not None and not signals.is_kept(k):
            channels.append(None)
            continue
        base = channel.timebase
        key = (base.fs, base.n_samples, base.starts.tobytes(), base.onsets.tobytes())
        if key not in tables:
            tables[key] = len(timebases)
            timebases.append(_timebase(base, buffer, room))
            room -= len(base.starts) if timebases[-1]["at"] is not None else 0
        channels.append(
            {
                "name": channel.name,
                "units": channel.units,
                "kind": signal_kind(channel.name, channel.units),
                "fs": base.fs,
                "n_samples": base.n_samples,
                "timebase": tables[key],
                "gain": channel.gain,
                "offset": channel.offset,
                "dtype": channel.dtype.name,
                "shown": shown is None or k in shown,
                "limits": digital_limits(channel),
                **_derivation(None if signals is None else signals.lane(k)),
            }
        )
    content = {
        "v": VERSION,
        "name": recording.name,
        "start": recording.start.isoformat() if recording.start is not None else None,
        "duration": expected_duration(recording),
        "revision": revision,
        "channels": channels,
        "timebases": timebases,
        "mark_layers": recording.origin.mark_layers(),
        "notes": _notes([*recording.notes, *notes]),
        "ranges": [list(limits) if limits is not None else None for limits in ranges],
    }
    return as_json(content), buffer.to_bytes()


def _derivation(lane: Lane | None) -> dict[str, Any]:
    """Return what distinguishes a derived signal from a recorded one."""
    if lane is None:
        return {}
    return {
        "kind": lane.kind,
        "ink": lane.ink,
        "key": lane.key[:12],
        "filter": lane.filter,
        "montage": lane.montage,
        "style": lane.style,
        "host": lane.host,
        "levels": STAGES if lane.style == "stages" else {},
    }


def _notes(notes: Sequence[str]) -> list[str]:
    """Return the first notes, so that a saved notebook stays small."""
    shown = [n if len(n) <= MAX_NOTE else f"{n[:MAX_NOTE]}…" for n in notes[:MAX_NOTES]]
    more = len(notes) - len(shown)
    return (
        [*shown, f"{more} more notes: see the attribute notes of the recording"] if more else shown
    )


def expected_duration(recording: Recording) -> float:
    """Return the duration in s; while a file is being read, the one expected from its last row."""
    duration = recording.duration
    if recording.task is not None and not recording.task.ended:
        expected = float(recording.metadata.get("expected_duration_s", 0.0))
        if math.isfinite(expected):  # the last row may contain an infinity
            duration = max(duration, expected)
    return duration


def runs_of(base: TimeBase, buffer: Buffer) -> int:
    """Append the run table of a time base to ``buffer`` and return its byte offset."""
    return buffer.add(base.starts, base.onsets)


def _timebase(base: TimeBase, buffer: Buffer, room: float) -> dict[str, Any]:
    runs = len(base.starts)
    at = runs_of(base, buffer) if runs <= room else None
    return {"fs": base.fs, "n_samples": base.n_samples, "runs": runs, "at": at}
