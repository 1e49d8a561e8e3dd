"""Going through suspicious beats in the viewer, the most suspicious first."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ClassVar

from vital_widgets.analysis.hrv.correct_beats import correct_beats
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.suspects import findings_of
from vital_widgets.runtime.progressbar import reporting_to
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.suspects import Findings, Suspects
    from vital_widgets.widgets.viewer import Viewer

SEEN_S = 2.0  # around a beat that was shown, where others were seen too
NOTHING_YET = "the beats are still being found; try again in a moment"


class SuspectWalk:
    """What goes from one suspicious beat to the next; mixed into the editor of beats."""

    viewer: Viewer | None
    recording: Recording
    title: ClassVar[str]
    _findings: Findings | None = None
    _looking: Task[Any] | None = None
    _suspects: Suspects | None = None
    _walk: tuple[float, ...] = ()  # times that were shown
    _at = -1

    if TYPE_CHECKING:
        centre_viewer: Callable[[float], None]
        mark_time: Callable[[float | None], None]
        _draw_soon: Callable[[], None]

    def next_suspicious(self) -> str:
        """Show the most suspicious beat that was not shown yet."""
        if self._at + 1 < len(self._walk):
            return self._go_to(self._at + 1)
        found = self._suspects
        if found is None:
            raise InvalidInputError(NOTHING_YET)
        for time in found.times.tolist():
            if all(abs(time - seen) > SEEN_S for seen in self._walk):
                self._walk += (time,)
                return self._go_to(len(self._walk) - 1)
        if self._looking is not None and not self._looking.ended:
            return "there are no more so far; correct_beats is still searching"
        return "all suspicious beats were shown" if self._walk else "no beat is suspicious"

    def previous_suspicious(self) -> str:
        """Show the suspicious beat that was shown before."""
        return (
            self._go_to(self._at - 1)
            if self._at > 0
            else "this is the first suspicious beat that was shown"
        )

    def _go_to(self, k: int) -> str:
        self._at, time = k, self._walk[k]
        self.centre_viewer(time)
        found = self._suspects
        why = ""
        if found is not None and len(found.times):
            nearest = int(abs(found.times - time).argmin())
            why = f", {found.why[nearest]}" if abs(found.times[nearest] - time) < SEEN_S else ""
        self.mark_time(time)
        return f"{time:.2f} s{why} (no. {k + 1})"

    def _look(self, beats: Any) -> None:
        """Let correct_beats find suspicious beats, in the background."""
        panel = weakref.ref(self)

        def looked(task: Task[Any]) -> None:
            shown = panel()
            if shown is None or not task.ended or task is not shown._looking:
                return
            if task.error is None and not task.cancel_requested:
                shown._findings = task.result()
                shown._draw_soon()

        task = _looking_for(beats, f"{self.title}: suspicious beats")
        self._looking = task
        task.listen(looked)
        task.start()

    def _forget_suspects(self) -> None:
        self._findings = self._suspects = None
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
        self._walk, self._at = (), -1


def _looking_for(beats: Any, title: str) -> Task[Any]:
    def work(task: Task[Any]) -> Any:
        with reporting_to(task.report):
            return findings_of(correct_beats(beats))

    return Task(work, title)
