"""A widget that tells the browser that marks were changed.

It is not the wire, which must publish only from its message handler: any thread may change marks.
"""

from __future__ import annotations

import threading

import traitlets
from ipywidgets import Widget


class MarkFeed(Widget):  # type: ignore[misc]
    """Model without a view.

    Attributes
    ----------
    revision : int
        Changes with every change of marks or of who sees which; the browser then requests them
        again.
    """

    revision = traitlets.Int(0).tag(sync=True)

    def __init__(self) -> None:
        self._lock = threading.RLock()
        super().__init__()

    def tell(self) -> None:
        """Let the browser request the marks again."""
        # Two threads that count at once would set one number, of which the browser is told once.
        with self._lock:
            if self.comm is not None:
                self.revision += 1
