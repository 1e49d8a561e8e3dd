"""What a report says, before it is set as PDF or HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Value:
    """A measure: its label, its value in full precision, and its units."""

    label: str
    value: float
    units: str = ""

    @property
    def known_units(self) -> str:
        """Return the units of a value that is known, else nothing."""
        return self.units if self.value == self.value else ""


@dataclass(frozen=True)
class Row:
    """A row of the table of measures.

    Attributes
    ----------
    label, units : str
        What it is.
    values : tuple of float
        One for each column.
    spread : float
        Range in percent of the median; NaN if unknown.
    furthest : int
        The column furthest from the median, -1 if they agree.
    unitless : frozenset of int
        Columns whose value has no units.
    """

    label: str
    units: str
    values: tuple[float, ...]
    spread: float
    furthest: int
    unitless: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A picture: what draws it on axes of Matplotlib, its size in mm, and what it shows in words.

    ``panels`` is the number of axes, one above the other.
    """

    title: str
    described: str
    width: float
    height: float
    draw: Callable[[list[Any]], None]
    panels: int = 1


@dataclass(frozen=True)
class Sheet:
    """All of a report.

    Attributes
    ----------
    title, subtitle : str
        Its head.
    facts : tuple of (str, str)
        What was measured, in words.
    main : tuple of Value
        The measures that are shown large.
    pictures : tuple of tuple of Picture
        Rows of pictures.
    columns : tuple of str
        Heads of the columns of the table.
    rows : tuple of Row
        The table.
    table_notes : tuple of str
        What its reader must know.
    more : tuple of Value
        Further measures, of the first column's convention.
    more_title : str
        Their heading.
    notes : tuple of str
        Notes of the result.
    made : tuple of (str, str)
        How it was made.
    foot : str
        At the bottom of each page.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    main: tuple[Value, ...]
    pictures: tuple[tuple[Picture, ...], ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    table_notes: tuple[str, ...]
    more: tuple[Value, ...]
    more_title: str
    notes: tuple[str, ...]
    made: tuple[tuple[str, str], ...]
    foot: str


def shown_spread(percent: float) -> str:
    """Return a range in percent with two significant digits."""
    if percent != percent:  # noqa: PLR0124 - NaN
        return NONE
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"  # noqa: PLR2004


def shown(value: float) -> str:
    """Return a number with four significant digits, or all digits before the point: '1,234'."""
    if value != value:  # noqa: PLR0124 - NaN
        return NONE
    size = abs(value)
    if size >= 999.95:  # noqa: PLR2004
        return f"{value:,.0f}"
    if size == 0 or size < 1e-3:  # noqa: PLR2004
        return f"{value:.3g}"
    digits = next(d for d, limit in enumerate((99.995, 9.9995, 0.99995, 0), 1) if size >= limit)
    return f"{value:.{digits}f}"
