"""Statistics of a signal: moments, quantiles, histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.signal.statistics.signal_statistics import signal_statistics
from vital_widgets.figures import theme
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.parameters import channel, switch
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place


class Statistics(Panel):
    """Count, moments, extremes, quantiles and the histogram of a channel.

    Attributes
    ----------
    channel : str
        Name of the channel.
    logarithmic : bool
        Whether the histogram has a logarithmic axis of counts.
    """

    title = "Statistics"

    channel = channel(label="Channel")
    logarithmic = switch(
        default=False, label="Logarithmic counts", tip="shows rare values", drawing=True
    )

    def script(self, place: Place, chosen: Any) -> Step:
        """Return the statistics of the channel."""
        signal = place.channel(chosen.channel)
        return call(signal_statistics, signal, name="statistics", **place.usable)

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the histogram and the table."""
        edges, counts = result.edges, result.histogram
        units = result.units or "units of the file"
        histogram = {
            "type": "bar",
            "x": (edges[:-1] + edges[1:]) / 2,
            "y": counts,
            "width": edges[1:] - edges[:-1],
            "name": "samples",
            "marker": {"color": theme.COLORS[0], "line": {"width": 0}},
        }
        layout = {
            "xaxis": {"title": {"text": f"{chosen.channel} ({units})"}},
            "yaxis": {
                "title": {"text": "samples"},
                "type": "log" if chosen.logarithmic else "linear",
            },
            "bargap": 0,
        }
        rows = [("measure", "value")]
        rows += [(name, value) for name, value in result._facts()]
        rows += [
            (f"quantile {q:g}", quantity(value, result.units))
            for q, value in result.quantiles.items()
        ]
        return View([histogram], layout, rows)
