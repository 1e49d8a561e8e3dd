"""Long derived series in memory (tachogram, heart rate, quality) as a figure that can grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from plotly_resampler.aggregation import MinMaxAggregator

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures.resampled import ResampledWidget
from vital_widgets.figures.seriesgaps import MissingValues

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["MinMaxAggregator", "SeriesWidget"]


class SeriesWidget(ResampledWidget):
    """A ``FigureWidgetResampler`` for long series in memory, which may grow while they are shown.

    Parameters
    ----------
    figure : Figure, dict or None
        As for ``plotly_resampler.FigureWidgetResampler``; None for an empty figure.
    theme : bool
        Whether the figure gets colours for light and dark pages.
    **kwargs
        Other arguments of ``FigureWidgetResampler``, such as ``default_n_shown_samples``.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.figures.serieswidget import SeriesWidget
    >>> figure = SeriesWidget()
    >>> number = figure.add_series("RR", np.arange(3.0), [800.0, 810.0, 790.0])
    >>> figure.set_series(number, np.arange(100_000.0), np.ones(100_000))
    >>> len(figure.data[number].y)
    1000
    >>> figure.close()
    """

    def add_series(
        self, name: str, x: ArrayLike, y: ArrayLike, *, row: int | None = None, **trace: Any
    ) -> int:
        """Add a series; return the number of its trace.

        Parameters
        ----------
        name : str
            Name in the legend.
        x : array_like, shape (n,)
            Times, in ascending order: numbers or dates. May be empty.
        y : array_like, shape (n,)
            Values; NaN is not drawn and interrupts the line.
        row : int, optional
            Row of a figure with subplots, from 1.
        **trace
            Properties of ``plotly.graph_objects.Scattergl``, such as ``mode`` or ``line``;
            ``type="scatter"`` draws without WebGL. A ``text`` has one entry for each value.
        """
        x, y = checked_series(x, y)
        if not isinstance(trace.get("text", ""), str):
            trace["text"] = checked_texts(trace["text"], len(np.asarray(x)))
        place = {} if row is None else {"row": row, "col": 1}
        shown = {"type": "scatter", "mode": "lines", **trace, "name": name}
        gaps = MissingValues()
        gaps.follow(x, y)
        self.add_trace(shown, hf_x=x, hf_y=y, limit_to_view=True, gap_handler=gaps, **place)
        return len(self.data) - 1

    def set_series(self, number: int, x: ArrayLike, y: ArrayLike) -> None:
        """Replace the data of a series; the view that the user has chosen stays.

        Parameters
        ----------
        number : int
            What `add_series` returned.
        x, y : array_like, shape (n,)
            All data, not only new ones.
        """
        self.set_all({number: (x, y)})

    def set_all(
        self,
        series: dict[int, tuple[ArrayLike, ArrayLike]],
        texts: dict[int, ArrayLike] | None = None,
    ) -> None:
        """Replace the data of several series with one message.

        Parameters
        ----------
        series : dict of int to (x, y)
            Numbers of series, and their data.
        texts : dict of int to array_like of str, optional
            The text of each value, for the series that have one.
        """
        checked = {number: checked_series(*data) for number, data in series.items()}
        words = {
            number: checked_texts(one, len(checked[number][1]))
            for number, one in (texts or {}).items()
        }
        with self.changing:
            self._set_checked(checked, words)

    def _set_checked(self, series: dict[int, tuple[Any, Any]], words: dict[int, ArrayLike]) -> None:
        for number, (x, y) in series.items():
            held = self._hf_data.get(self._uid(number))
            if held is None:
                msg = f"trace {number} has no series; add it with add_series"
                raise InvalidInputError(msg)
            held["x"], held["y"] = x, y
            if number in words:
                held["text"] = words[number]
            if isinstance(held["gap_handler"], MissingValues):
                held["gap_handler"].follow(x, y)
            held["axis_type"] = "date" if x.dtype.kind == "M" else "linear"
        self.refresh(set(series))

    def _uid(self, number: int) -> str:
        if not 0 <= number < len(self._data):
            raise InvalidInputError(
                f"trace {format_value(number)} does not exist; the figure has {len(self._data)}"
            )
        return str(self._data[number]["uid"])


def checked_texts(texts: ArrayLike, n: int) -> Any:
    """Return one text for each of ``n`` values as an array, or raise."""
    held: Any = np.asarray(texts, object)
    if held.shape != (n,):
        raise InvalidInputError(f"text has the shape {held.shape}; give one for each of {n} values")
    return held


def checked_series(x: ArrayLike, y: ArrayLike) -> tuple[Any, Any]:
    """Return times and values as arrays, or raise."""
    times: Any = np.asarray(x)
    values = np.asarray(y)
    if times.shape != values.shape or times.ndim != 1:
        raise InvalidInputError(
            f"x has the shape {times.shape}, y {values.shape}; give two arrays of shape (n,)"
        )
    if times.dtype.kind == "M":
        import pandas as pd

        times = pd.DatetimeIndex(times)
        rising = times.is_monotonic_increasing
    else:
        rising = bool(np.all(np.diff(times) >= 0))
    if not rising:
        msg = "the times x of a series are not in ascending order; sort them"
        raise InvalidInputError(msg)
    return times, values
