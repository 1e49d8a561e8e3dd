"""What a workbench gives to the output of its cell: one picture of the viewer and the panels."""

from __future__ import annotations

import logging
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from vital_widgets.panels.benchpicture import SCALE, WIDTH, bench_picture
from vital_widgets.panels.saving import PICTURE_SECONDS
from vital_widgets.widgets.keptpicture import kept_by, kept_picture, with_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from vital_widgets.panels.panel import Panel
    from vital_widgets.panels.still import Still
    from vital_widgets.widgets.presence import Presence
    from vital_widgets.widgets.viewer import Viewer

log = logging.getLogger(__name__)


class BenchStill:
    """The picture of a workbench; mixed into `Workbench`.

    The widgets in a workbench are not displayed for it: each would wait for a page that reports its
    views, and so keep the workbench alive. Nothing of a picture is kept.
    """

    viewer: Viewer
    panels: list[Panel]
    model_id: str
    _presence: Presence

    def picture(self) -> bytes:
        """Return the viewer and the visible panels as one PNG picture, as they stand now."""
        made = self.viewer._cell_picture(SCALE * 96)
        stills = [one.still for one in self.panels if one.active]
        return _drawn(made[0] if made is not None else None, stills)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view and a picture for readers that run no scripts."""
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        if bundle is None:
            return bundle
        self._presence.keep_with(kept_by(self, "_kept_picture"))
        _await([one for one in self.panels if one.active])
        return with_picture(bundle, self._kept_picture())

    def _kept_picture(self) -> dict[str, Any] | None:
        try:
            return kept_picture(self.model_id, self.picture(), WIDTH)
        except Exception:  # the live view is shown in any case, and says what is wrong
            log.exception("no picture of the workbench for the output of the cell")
            return None

    def _follow_picture(self) -> Callable[[], None]:
        """Tell the page when the viewer changes; return a function that ends this."""
        viewer, names = self.viewer, self.viewer._view_names()
        tell = self._tell_change()
        viewer.observe(tell, names)
        return lambda: viewer.unobserve(tell, names)

    def _tell_change(self) -> Callable[[Any], None]:
        """Return a function that tells the page of a change and keeps nothing alive."""
        presence = weakref.ref(self._presence)

        def tell(_: Any) -> None:
            there = presence()
            if there is not None:
                there.changed()

        return tell


def _await(panels: list[Panel]) -> None:
    """Wait a moment for first results; a long computation is not waited for."""
    end = time.monotonic() + PICTURE_SECONDS
    for one in panels:
        task = one.first_task
        if task is not None:
            task.wait(max(end - time.monotonic(), 0.0))


def _drawn(viewer: bytes | None, stills: list[Still]) -> bytes:
    # On a thread of its own: the parser of Matplotlib keeps errors, and so all frames that called
    # it, of which one of IPython refers to the workbench.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(bench_picture, viewer, stills).result()
