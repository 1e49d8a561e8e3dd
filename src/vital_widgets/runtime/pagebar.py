"""A bar of tqdm in the output of a cell, as HTML instead of widgets.

tqdm's own bar for notebooks is a box of three widgets. A page makes their views one after the
other; if the box is closed meanwhile, as by a call that ends soon after its bar came, ipywidgets
cannot add them and reports errors in the page. HTML comes and goes at once.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMES = "{elapsed}<{remaining}"
STYLE = "width: 20em; vertical-align: middle; accent-color: var(--jp-brand-color1)"


class PageBar(tqdm):  # type: ignore[misc]
    """A bar that leaves nothing in the output when it is closed.

    Parameters
    ----------
    **options
        Of tqdm: ``desc``, ``total``, ``bar_format`` (of the plain text).
    """

    monitor_interval = 0  # no thread: each update that comes late enough is shown

    def __init__(self, **options: Any) -> None:
        self._shown: Any = None
        # What tqdm itself writes is left out, as for its other bars that are no text.
        super().__init__(gui=True, miniters=0, **options)
        self.display()

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Show the present share in the output."""
        del msg, pos
        from IPython.display import display

        known = self.format_dict
        share = min(max(self.n / self.total, 0.0), 1.0)
        times = self.format_meter(**{**known, "bar_format": TIMES})
        label = escape(self.desc.removesuffix(": "), quote=True)
        page = (
            f'<div>{label} <progress max="1" value="{share:.3f}" aria-label="{label}" '
            f'style="{STYLE}"></progress> {share:.0%} {escape(times)}</div>'
        )
        data = {"text/html": page, "text/plain": self.format_meter(**known)}
        if self._shown is None:
            self._shown = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._update(data)

    def close(self) -> None:
        """Remove the bar."""
        if self.disable:
            return
        super().close()
        self._update({"text/html": ""})

    def _update(self, data: Mapping[str, str]) -> None:
        if self._shown is not None:
            self._shown.update(data, raw=True)
