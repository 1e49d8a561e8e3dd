"""Colours of figures that can be read on light and on dark pages."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

# Contrast of the text to white 4.5, to the dark background of JupyterLab (#111111) 4.2.
TEXT = "#767676"
LINE = "rgba(128, 128, 128, 0.6)"
GRID = "rgba(128, 128, 128, 0.25)"
CLEAR = "rgba(0, 0, 0, 0)"
# Okabe and Ito's colours for all kinds of colour vision, those of them with a contrast of at least
# 3 to white and to #111111, or made a little darker for that.
COLORS = ("#0072b2", "#d55e00", "#008f68", "#b8629a", "#2b8cc4", "#a87a00", "#7f7f7f")


def figure_template() -> go.layout.Template:
    """Return the template of our figures: a clear background, grey axes, colours of traces."""
    axis = {
        "gridcolor": GRID,
        "linecolor": LINE,
        "zerolinecolor": LINE,
        "tickcolor": LINE,
        "showline": True,
        "ticks": "outside",
        "automargin": True,
        # Else the page measures each label after each change, which took a third of the drawing.
        "ticklabeloverflow": "allow",
        "zeroline": False,
        "title": {"standoff": 8},
    }
    layout = {
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"color": TEXT, "size": 12},
        "colorway": list(COLORS),
        "xaxis": axis,
        "yaxis": axis,
        "legend": {"bgcolor": CLEAR, "orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "modebar": {"bgcolor": CLEAR, "color": LINE, "activecolor": TEXT},
        "margin": {"l": 56, "r": 16, "t": 40, "b": 44},
        "hovermode": "closest",
        "coloraxis": {"colorbar": {"outlinewidth": 0}},
    }
    return go.layout.Template(layout=layout)


def apply_theme(figure: Any) -> None:
    """Give a Plotly figure colours that can be read on light and on dark pages.

    The background is transparent, axes and texts are of a middle grey, so that the figure follows
    the theme of JupyterLab without being drawn again. Colours that the figure sets itself stay.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure or FigureWidget
        The figure to change.

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> from vital_widgets.figures.theme import apply_theme
    >>> figure = go.Figure()
    >>> apply_theme(figure)
    >>> figure.layout.template.layout.paper_bgcolor
    'rgba(0, 0, 0, 0)'
    """
    figure.layout.template = figure_template()
