"""The recording and the times that a viewer is given."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.serve.description import expected_duration

if TYPE_CHECKING:
    from collections.abc import Sequence


def given_recording(value: object) -> Recording:
    """Return a recording; a path is opened."""
    if isinstance(value, Recording):
        return value
    if isinstance(value, str | os.PathLike):
        from vital_widgets.io.reader import open_recording

        return open_recording(value)
    if isinstance(value, Channel):
        how = f"; to show this channel, give its recording and channels=[{value.name!r}]"
    elif hasattr(value, "recipe"):
        how = "; to show a result with samples, compute it with analysis.store(function, channel)"
    else:
        how = ""
    msg = (
        f"recording must be a Recording (from vital_widgets.open, Recording.from_arrays or "
        f"Recording.from_dataframe) or a path, not {type(value).__name__}{how}"
    )
    raise InvalidInputError(msg)


def time_range(what: str, value: Sequence[float], recording: Recording) -> tuple[float, float]:
    """Return a range of time in seconds that is within the recording, at least in part."""
    try:
        t0, t1 = map(float, value)
    except (TypeError, ValueError, OverflowError):
        msg = f"{what}={value!r} is not a pair (t0, t1) of seconds"
        raise InvalidInputError(msg) from None
    duration = expected_duration(recording)
    if not (math.isfinite(t0) and math.isfinite(t1) and t0 < t1):
        msg = f"{what}={value!r} must be finite times t0 < t1 in seconds, from 0 to {duration:g}"
        raise InvalidInputError(msg)
    if duration > 0 and (t1 <= 0 or t0 >= duration):
        msg = f"{what}={value!r} is outside the recording, which lasts from 0 to {duration:g} s"
        raise InvalidInputError(msg)
    return t0, t1
