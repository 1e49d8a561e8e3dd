"""The exact place of a mark that was made where a pixel covers many samples."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.arguments import is_number

if TYPE_CHECKING:
    from vital_widgets.serve.markrequests import MarkRequest, Near
    from vital_widgets.serve.session import Session

MOST_SAMPLES = 5_000_000  # that are read for one mark


def placed(session: Session, request: MarkRequest) -> MarkRequest:
    """Return a request whose new marks are at samples of their signals."""
    if not any(request.near):
        return request
    marks = tuple(
        mark if near is None else {**mark, "onset": _place(session, mark["onset"], near)}
        for mark, near in zip(request.marks, request.near, strict=True)
    )
    return dataclasses.replace(request, marks=marks, near=())


def _place(session: Session, onset: Any, near: Near) -> Any:
    """Return the time of the extremum within ``near.within`` s, else of the nearest sample."""
    if not is_number(onset):
        return onset  # it is refused where all fields are checked
    channel = session.channels[near.signal]
    base = channel.timebase
    i0, i1 = base.sample_range(onset - near.within, onset + near.within)
    if near.extremum and 0 < i1 - i0 <= MOST_SAMPLES:
        values = channel.read(i0, i1) * near.extremum
        if not np.isnan(values).all():
            best = base.times(i0, i1)[values == np.nanmax(values)]
            return float(best[np.argmin(np.abs(best - onset))])
    nearest = int(base.nearest(np.array([onset], np.float64))[0])
    return base.time_of(nearest) if nearest >= 0 else onset
