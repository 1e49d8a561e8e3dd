"""Runs the steps of a script, with progress, and shows results while they grow."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.engine.growth import Growth, growing
from vital_widgets.panels.script import Step, ordered
from vital_widgets.runtime.progressbar import progress_part, reporting_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from vital_widgets.panels.keptcalls import KeptCalls
    from vital_widgets.runtime.tasks import Task

PATIENCE = 0.4  # s after which a result is shown without its slow steps
ALMOST = 0.9999  # share of a result that lacks some steps


def computed(
    last: Step,
    task: Task[Any],
    show: Callable[[Any, float], None] | None = None,
    kept: KeptCalls | None = None,
) -> Any:
    """Compute the value of a step.

    Parameters
    ----------
    last : Step
        The step.
    task : Task
        Takes the progress; cancelling it stops the computation.
    show : callable, optional
        ``show(result, share)`` is called with results that rest on the first ``share`` of the
        signal, while one step takes long.
    kept : KeptCalls, optional
        What the calls of the computation before returned; those of this one take their place.
    """
    known: dict[Step, Any] = {}
    steps = ordered(last)
    with reporting_to(task.report):
        began = time.monotonic()
        for k, step in enumerate(steps):
            found = None if kept is None else kept.get(step, known)
            if found is not None:
                known[step] = found[0]
                continue
            lasting = step.slow or step.so_far is not None
            if lasting and show is not None and time.monotonic() - began > PATIENCE:
                show(_completed(known, steps[k:]), ALMOST)
            growth = None if show is None else _growth(step, steps[k + 1 :], known, show)
            # What is left shares the second half, as the first step reads the signal.
            first = 0.0 if k == 0 else 1 - 1 / (k + 1)
            with progress_part(first, 1 - 1 / (k + 2) if k + 1 < len(steps) else 1.0):
                if growth is None:
                    known[step] = step.run(known)
                else:
                    with growing(growth):
                        known[step] = step.run(known)
    if kept is not None:
        kept.keep(known)
    return known[last]


def how_much(share: float) -> str:
    """Return in words what a result rests on that is not complete; '' for a complete one."""
    if share >= 1:
        return ""
    if share >= ALMOST:
        return "without the slowest parts"
    return f"from the first {math.floor(100 * share)} % of the signal"


def _growth(
    step: Step, later: list[Step], known: dict[Step, Any], show: Callable[[Any, float], None]
) -> Growth:
    """Return what completes a result so far with the later steps, and shows it."""

    def complete(value: Any, share: float) -> None:
        show(_completed({**known, step: value}, later) if later else value, share)

    return Growth(complete)


def _completed(known: dict[Step, Any], later: list[Step]) -> Any:
    """Return the value of the last step without the slow ones, or with less of them."""
    found = dict(known)
    for one in later:
        found[one] = None if one.slow else (one.so_far or one).run(found)
    return found[later[-1]]
