"""``vital_widgets.link``: several viewers that move together."""

from __future__ import annotations

import uuid
from typing import Any

from vital_widgets.errors import InvalidInputError
from vital_widgets.widgets.linking import linked_viewers
from vital_widgets.widgets.viewer import Viewer


def link(*viewers: Viewer, clock: bool = False) -> Link:
    """Let viewers move together: each shows the time that the others show.

    Parameters
    ----------
    *viewers : Viewer
        Two or more viewers. All take the window of the first one.
    clock : bool, default False
        Show the same clock time, for recordings with different starts. By default the viewers show
        the same time from the start of each recording.

    Returns
    -------
    Link
        Its method `unlink` ends the link.

    Raises
    ------
    InvalidInputError
        Fewer than two viewers; or with ``clock=True`` a recording without a start, or starts with
        and without a time zone.

    Notes
    -----
    A viewer whose recording does not contain the time shows its part that is nearest to it. The
    viewers of a page are linked by the browser itself, without waiting for the kernel; in the
    toolbar, they can be linked by hand.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> recording = vw.sample(600, seed=1)
    >>> a, b = (vw.Viewer(recording, channels=[name]) for name in ("ECG", "PPG"))
    >>> linked = vw.link(a, b)
    >>> a.t_range = (60, 70)
    >>> b.t_range
    (60.0, 70.0)
    """
    for viewer in viewers:
        if not isinstance(viewer, Viewer):
            raise InvalidInputError(f"link takes viewers, not {type(viewer).__name__}")
    if len(set(viewers)) < 2:  # noqa: PLR2004
        raise InvalidInputError(f"{len(set(viewers))} viewer cannot be linked; give two or more")
    origins = _origins(viewers) if clock else [0.0] * len(viewers)
    name = uuid.uuid4().hex[:12]
    for viewer, origin in zip(viewers, origins, strict=True):
        viewer.link_group = ""
        viewer._link_origin = origin  # noqa: SLF001
        viewer.link_group = name
    for viewer in viewers[1:]:
        viewer.follow_window(viewers[0])
    return Link(name)


class Link:
    """Viewers that move together; made by `link`."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def viewers(self) -> list[Any]:
        """The linked viewers that still exist."""
        return linked_viewers(self.name)

    def unlink(self) -> None:
        """Let each viewer move alone again."""
        for viewer in self.viewers:
            viewer.link_group = ""

    def __repr__(self) -> str:
        """Say how many viewers are linked."""
        return f"Link of {len(self.viewers)} viewers"


def _origins(viewers: tuple[Viewer, ...]) -> list[float]:
    """Start of each recording in seconds after that of the first one."""
    starts = [viewer.recording.start for viewer in viewers]
    for viewer, start in zip(viewers, starts, strict=True):
        if start is None:
            msg = (
                f"the recording {viewer.recording.name!r} has no start time; link without "
                "clock=True, or set recording.start"
            )
            raise InvalidInputError(msg)
    if len({start.utcoffset() is None for start in starts if start is not None}) > 1:
        msg = (
            "some recordings have a start with a time zone and some without one, so that their "
            "clock times cannot be compared; set recording.start"
        )
        raise InvalidInputError(msg)
    first = starts[0]
    return [(start - first).total_seconds() for start in starts if start and first]
