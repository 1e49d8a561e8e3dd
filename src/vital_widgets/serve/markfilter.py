"""Which marks a request means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.marks.table import MarkTable, Vocabulary


@dataclass(frozen=True)
class Filter:
    """Which marks are meant; None for all.

    Attributes
    ----------
    layers : tuple of str or None
        Of these layers.
    texts : tuple of str or None
        Saying one of these texts.
    channels : tuple of str or None
        Of these channels; "" stands for marks of all channels.
    without : tuple of str
        Saying none of these texts.
    """

    layers: tuple[str, ...] | None = None
    texts: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()

    def rows(
        self, table: MarkTable, words: Vocabulary, rows: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return those of some rows of a table of a chosen layer that are meant."""
        if self.texts is not None:
            rows = rows[np.isin(table.text[rows], words.find(self.texts))]
        if self.without:
            rows = rows[~np.isin(table.text[rows], words.find(self.without))]
        if self.channels is not None:
            rows = rows[np.isin(table.channel[rows], words.find(self.channels))]
        return rows
