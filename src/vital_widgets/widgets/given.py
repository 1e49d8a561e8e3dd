"""The recording that a viewer is given."""

from __future__ import annotations

import os

from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError


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
