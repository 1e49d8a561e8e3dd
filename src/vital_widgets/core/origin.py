"""Where channels come from: what a channel needs of its recording to be shown by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime


@dataclass(eq=False)
class Origin:
    """The clock time of second 0 and the marks, shared by a recording and all made of it.

    Attributes
    ----------
    name : str
        Of the recording.
    start : datetime or None
        Clock time of second 0, with the zone it was given in.
    annotations : Annotations, callable or None
        The marks, or a function that reads them when they are first asked for.
    """

    name: str
    start: datetime | None = None
    annotations: Annotations | Callable[[], Annotations] | None = None

    def marks(self) -> Annotations:
        """Return the marks, read when first asked for."""
        if self.annotations is None:
            return Annotations()
        if not isinstance(self.annotations, Annotations):
            self.annotations = self.annotations()
        return self.annotations

    def to_send(self) -> Origin:
        """Return what is sent to another process: marks only where they were read already."""
        held = self.annotations if isinstance(self.annotations, Annotations) else None
        return replace(self, annotations=held)


def common(origins: Iterable[Origin | None]) -> tuple[Origin | None, str]:
    """Return the one origin of channels, or None and a note where they are of several."""
    found = {id(origin): origin for origin in origins if origin is not None}
    if len(found) <= 1:
        return next(iter(found.values()), None), ""
    marked = [origin for origin in found.values() if origin.annotations is not None]
    if len({origin.start for origin in found.values()}) == 1 and len(marked) <= 1:
        return [*marked, *found.values()][0], ""
    names = ", ".join(sorted({origin.name for origin in found.values()}))
    return None, (
        f"The channels come from several recordings ({names}): no start and no annotations are "
        "taken from them."
    )
