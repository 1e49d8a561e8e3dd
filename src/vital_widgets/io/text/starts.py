"""The clock time of second 0 of a text table."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from vital_widgets.io.text.instants import clock, moment, on_day_of
from vital_widgets.io.text.naming import clock_cell
from vital_widgets.io.text.readingplan import sampled_times

if TYPE_CHECKING:
    from datetime import datetime

    from vital_widgets.io.text.preamble import Preamble
    from vital_widgets.io.text.readingplan import TimePlan
    from vital_widgets.io.text.sniff import Layout


def start_of_times(
    layout: Layout, plan: TimePlan, preamble: Preamble
) -> tuple[datetime | None, list[str]]:
    """Return the clock time of second 0, from times, head and device together, and notes."""
    cell = clock_cell(layout)
    if cell is not None:
        start, notes = moment(cell[1])
        if start is not None:
            start -= timedelta(seconds=float(sampled_times(layout, plan)[0][0]))
            why = "the date of the sensor's own clock may be wrong"
            return start, [f"start {start}, from the first row of {cell[0]!r}: {why}", *notes]
    if plan.start is not None or preamble.start is None:
        return plan.start, []
    first = None
    if plan.stamp is not None and plan.stamp.is_clock and plan.origin_ns:
        first = clock(plan.first_cell)
    return (preamble.start if first is None else on_day_of(preamble.start, first)), []
