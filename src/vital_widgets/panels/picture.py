"""A picture of a view for readers without a kernel or a browser, drawn by Matplotlib.

It has the data, the axes and the colours of the plot, on white paper. Plotly itself draws only in
a browser.
"""

from __future__ import annotations

import io
import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.figures.theme import COLORS
from vital_widgets.panels.timelabels import label_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vital_widgets.panels.view import View

WIDTH = 8.0  # inch
LEFT, RIGHT = 0.72, 0.16  # inch beside the axes
PIXELS_PER_INCH = 96  # of CSS
DASHES = {"dash": "--", "dot": ":", "dashdot": "-.", "longdash": (0, (8, 3)), "solid": "-"}
MARKERS = {"circle": "o", "cross": "P", "x": "X", "diamond": "D", "square": "s",
           "triangle-up": "^", "triangle-down": "v", "line-ns": "|"}  # fmt: skip
RGBA = re.compile(r"rgba?\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*(?:,\s*([\d.]+)\s*)?\)")
TEXT, GRID = "#444444", "#dddddd"
SCALE_ROOM = 0.09  # of the width, for a scale of colours
LONGEST = 140  # characters in a line of the width
LINE = 0.16  # inch


def picture_of(view: View, title: str, height: int, form: str = "png") -> bytes:
    """Return a picture of a view.

    Parameters
    ----------
    view : View
        What to draw.
    title : str
        Above the plot.
    height : int
        Of the plot, in CSS pixels, unless its layout says another one.
    form : {"png", "svg"}
        Format of the picture.
    """
    figure = figure_of(view, title, height, WIDTH, 2 * PIXELS_PER_INCH)
    held = io.BytesIO()
    figure.savefig(held, format=form, facecolor="white")
    return held.getvalue()


def figure_of(view: View, title: str, height: float, width: float, dpi: float) -> Figure:
    """Return a figure of a view with its title and sentence.

    Parameters
    ----------
    view : View
        What to draw; without traces, only its sentence is there, in as many lines as it needs.
    title : str
        Above the plot.
    height : float
        Of the plot, in CSS pixels.
    width : float
        Of the figure, in inches.
    dpi : float
        Pixels per inch.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = view.layout.get("height", height)
    most = int(LONGEST * width / WIDTH)
    said = _plain(view.text)
    if view.traces:
        lines = [textwrap.shorten(said, most, placeholder=" …")]
    else:
        lines = textwrap.wrap(said, most)
        height = LINE * PIXELS_PER_INCH * len(lines)
    figure = Figure(figsize=(width, height / PIXELS_PER_INCH + 0.5), dpi=dpi)
    FigureCanvasAgg(figure)
    draw_view(figure, view)
    tall = figure.get_figheight()
    figure.text(0.08 / width, 1 - 0.05 / tall, title, weight="bold", va="top", size=11)
    for k, line in enumerate(lines):
        at = 1 - (0.05 + LINE * 1.25 + LINE * k) / tall
        figure.text(0.08 / width, at, line, va="top", size=8, color=TEXT)
    return figure


def draw_view(figure: Figure, view: View) -> None:
    """Draw the traces of a view with their axes."""
    axes: dict[tuple[str, str], Axes] = {}
    layout = view.layout
    scaled = any(_has_scale(one) for one in view.traces)
    for k, trace in enumerate(view.traces):
        if trace.get("visible") in (False, "legendonly"):
            continue
        pair = (str(trace.get("xaxis", "x")), str(trace.get("yaxis", "y")))
        if pair not in axes:
            axes[pair] = _axes(figure, layout, *pair, axes, scaled=scaled)
        _draw(axes[pair], trace, COLORS[k % len(COLORS)])
    for pair, one in axes.items():
        _dress(one, layout, *pair)
    for pair, one in axes.items():
        if "range" not in _axis(layout, pair[0]):  # plots over one axis show the same part of it
            ends = np.sort([other.get_xlim() for key, other in axes.items() if key[0] == pair[0]])
            one.set_xlim(ends[:, 0].min(), ends[:, 1].max())
        label_times(one, layout, pair[0].replace("x", "xaxis"))
        _shapes(one, layout, *pair)
        if not _labels_time(axes, layout, pair):
            one.tick_params(labelbottom=False)
            one.set_xlabel("")
    if layout.get("showlegend"):
        _legend(axes)


def _labels_time(axes: Mapping[Any, Axes], layout: Mapping[str, Any], pair: Any) -> bool:
    """Return whether a plot has the labels of its horizontal axis, of several only the anchor."""
    anchor = (pair[0], str(_axis(layout, pair[0]).get("anchor", "y")))
    bottom = {one: axes[one].get_position().y0 for one in axes if one[0] == pair[0]}
    lowest = bottom.get(anchor, min(bottom.values()))
    return bool(pair == anchor or bottom[pair] <= lowest)


def _axis(layout: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the layout of an axis by its short name: "x2" is "xaxis2"."""
    found: Mapping[str, Any] = layout.get(f"{name[0]}axis{name[1:]}") or {}
    return found


def _axes(
    figure: Figure, layout: Mapping[str, Any], x: str, y: str, known: Mapping[Any, Axes], *,
    scaled: bool,
) -> Axes:  # fmt: skip
    over = _axis(layout, y).get("overlaying")
    under = next((one for pair, one in known.items() if pair == (x, over)), None)
    if under is not None:
        return under.twinx()
    left, right = _axis(layout, x).get("domain", (0.0, 1.0))
    low, high = _axis(layout, y).get("domain", (0.0, 1.0))
    width = figure.get_figwidth()
    start, span = LEFT / width, 1 - (LEFT + RIGHT) / width - (SCALE_ROOM if scaled else 0.0)
    place = (start + span * left, 0.14 + 0.74 * low, span * (right - left), 0.74 * (high - low))
    return figure.add_axes(place)


def _draw(axes: Axes, trace: Mapping[str, Any], default: str) -> None:
    kind = trace["type"]
    if kind in ("heatmap", "heatmapgl", "image"):
        _heatmap(axes, trace)
    elif kind == "bar":
        _bars(axes, trace, default)
    elif kind in ("scatter", "scattergl"):
        _points(axes, trace, default)


def _points(axes: Axes, trace: Mapping[str, Any], default: str) -> None:
    y = _numbers(trace.get("y", ()))
    x = _numbers(trace["x"]) if trace.get("x") is not None else np.arange(len(y))
    line, marker = trace.get("line") or {}, trace.get("marker") or {}
    mode = str(trace.get("mode") or ("lines" if len(x) > 20 else "lines+markers"))  # noqa: PLR2004
    color = _color(line.get("color"), default)
    step = {"hv": "steps-post", "vh": "steps-pre", "hvh": "steps-mid"}
    if trace.get("fill") in ("toself", "tozeroy", "tonexty"):
        filled = _color(trace.get("fillcolor"), color)
        if trace["fill"] == "toself":
            axes.fill(x, y, color=filled, linewidth=0)
        else:
            before = getattr(axes, "_filled_to", None) if trace["fill"] == "tonexty" else None
            below = before if before is not None and len(before) == len(y) else np.zeros(len(y))
            axes.fill_between(x, below, y, color=filled, linewidth=0)
    axes._filled_to = y  # type: ignore[attr-defined]
    if "lines" in mode and line.get("width", 1) != 0:
        axes.plot(
            x, y, color=color, linewidth=0.8 * line.get("width", 1.5), label=_label(trace),
            linestyle=DASHES.get(str(line.get("dash", "solid")), "-"),
            drawstyle=step.get(str(line.get("shape")), "default"),
        )  # fmt: skip
    if "markers" in mode:
        colors = marker.get("color")
        listed: Any = colors if isinstance(colors, (list, tuple, np.ndarray)) else ()
        several = len(listed) == len(x) > 0
        given: Any = [_color(one, default) for one in listed] if several else None
        if several and np.asarray(colors).dtype.kind in "iuf":
            given = np.asarray(colors, float)
        size = marker.get("size", 6)
        shape = marker.get("symbol", "circle")
        ink: Any = {"c": given if given is not None else [_color(colors, color)]}
        if str(shape).endswith("-open") and given is None:
            ink = {"facecolors": "none", "edgecolors": _color(colors, color)}
        opacity = float(np.mean(marker.get("opacity", 1.0))) * float(trace.get("opacity", 1.0))
        axes.scatter(
            x, y, **ink, s=(0.7 * float(np.mean(size))) ** 2,
            label=None if "lines" in mode else _label(trace),
            marker=MARKERS.get(str(shape).removesuffix("-open"), "o"), linewidths=0.9, zorder=3,
            alpha=opacity if opacity < 1 else None,  # else that of the colours
        )  # fmt: skip
    if "text" in mode:
        for a, b, said in zip(x, y, np.atleast_1d(trace.get("text", ())), strict=False):
            axes.text(a, b, _plain(said), size=7, ha="center", va="bottom")


def _bars(axes: Axes, trace: Mapping[str, Any], default: str) -> None:
    color = (trace.get("marker") or {}).get("color")
    several = isinstance(color, (list, tuple, np.ndarray))
    colors: Any = color if several else [color]
    drawn: Any = [_color(one, default) for one in colors] if several else _color(color, default)
    x, y = _numbers(trace["x"]), _numbers(trace["y"])
    width = trace.get("width")
    size = np.asarray(width, float) if width is not None else 0.8 * _least_step(x, y, trace)
    if trace.get("orientation") == "h":
        axes.barh(y, x, height=size, color=drawn, label=_label(trace), left=trace.get("base", 0))
    else:
        axes.bar(x, y, width=size, color=drawn, label=_label(trace), bottom=trace.get("base", 0))


def _least_step(x: Any, y: Any, trace: Mapping[str, Any]) -> float:
    along = y if trace.get("orientation") == "h" else x
    if len(along) < 2 or np.asarray(along).dtype.kind not in "iuf":  # noqa: PLR2004
        return 1.0
    return float(np.min(np.diff(np.unique(along))))


def _heatmap(axes: Axes, trace: Mapping[str, Any]) -> None:
    z = np.ma.masked_invalid(np.asarray(trace["z"], float))
    x = _numbers(trace["x"]) if trace.get("x") is not None else np.arange(z.shape[1])
    y = _numbers(trace["y"]) if trace.get("y") is not None else np.arange(z.shape[0])
    if x.dtype.kind not in "iuf" or y.dtype.kind not in "iuf":
        x, y = np.arange(z.shape[1]), np.arange(z.shape[0])
    drawn = axes.pcolormesh(
        _edges(x, z.shape[1]), _edges(y, z.shape[0]), z, cmap=_colormap(trace.get("colorscale")),
        vmin=trace.get("zmin"), vmax=trace.get("zmax"), rasterized=True,
    )  # fmt: skip
    if _has_scale(trace):
        box = axes.get_position()
        beside = axes.figure.add_axes((box.x1 + 0.012, box.y0, 0.012, box.height))
        bar = axes.figure.colorbar(drawn, cax=beside)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=8, colors=TEXT)
        bar.set_label(_plain(_title(trace.get("colorbar") or {})), size=8)


def _edges(at: Any, n: int) -> Any:
    """Return the edges of ``n`` cells, which are given as edges or as middles."""
    if len(at) == n + 1 or n == 0:
        return at
    if n == 1:
        return np.array([at[0] - 0.5, at[0] + 0.5])
    middle = (at[1:] + at[:-1]) / 2
    return np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])


def _colormap(scale: Any) -> Any:
    """Return a scale of colours of Plotly, a name or pairs of place and colour, for Matplotlib."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap

    if scale is None or isinstance(scale, str):
        name = str(scale).lower()
        return name if name in colormaps else "viridis"
    return LinearSegmentedColormap.from_list("own", [(at, _color(c, TEXT)) for at, c in scale])


def _has_scale(trace: Mapping[str, Any]) -> bool:
    """Return whether a scale of colours stands beside a picture."""
    return trace["type"] in ("heatmap", "heatmapgl") and bool(trace.get("showscale", True))


def _title(of: Mapping[str, Any]) -> str:
    title = of.get("title") or {}
    return str(title.get("text", "") if isinstance(title, dict) else title)


def _dress(axes: Axes, layout: Mapping[str, Any], x: str, y: str) -> None:
    for name, axis in (("x", _axis(layout, x)), ("y", _axis(layout, y))):
        axes.set(**{f"{name}label": _plain(_title(axis))})
        logarithmic = axis.get("type") == "log"
        if logarithmic:
            axes.set(**{f"{name}scale": "log"})
        span = axis.get("range")
        if span is not None and all(isinstance(one, (int, float, np.number)) for one in span):
            limits = [10**one for one in span] if logarithmic else span
            axes.set(**{f"{name}lim": limits})
        elif axis.get("autorange") == "reversed":
            getattr(axes, f"invert_{name}axis")()
        ticks, texts = axis.get("tickvals"), axis.get("ticktext")
        if ticks is not None and texts is not None:
            getattr(axes, f"set_{name}ticks")(list(ticks), [_plain(one) for one in texts])
        if axis.get("showticklabels") is False:
            getattr(axes, f"{name}axis").set_tick_params(labelbottom=False, labelleft=False)
    if _axis(layout, y).get("scaleanchor") == x:
        axes.set_aspect("equal", adjustable="box")  # limits may be given
    axes.grid(color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=TEXT)
    axes.xaxis.label.set_fontsize(9)
    axes.yaxis.label.set_fontsize(9)
    for name in ("top", "right"):
        axes.spines[name].set_visible(False)


def _shapes(axes: Axes, layout: Mapping[str, Any], x: str, y: str) -> None:
    limits = axes.get_xlim(), axes.get_ylim()
    for shape in layout.get("shapes") or ():
        pair = str(shape.get("xref", "x")), str(shape.get("yref", "y"))
        if not (pair[0] in (x, "paper") and pair[1] in (y, "paper", f"{y} domain")):
            continue
        transform = _transform(axes, paper_x=pair[0] == "paper", paper_y=pair[1] != y)
        line = shape.get("line") or {}
        a, b, c, d = (shape[key] for key in ("x0", "x1", "y0", "y1"))
        if not all(isinstance(one, (int, float, np.number)) for one in (a, b, c, d)):
            continue
        if shape["type"] == "line":
            axes.plot([a, b], [c, d], color=_color(line.get("color"), TEXT), transform=transform,
                      linewidth=0.8 * line.get("width", 1),
                      linestyle=DASHES.get(str(line.get("dash", "solid")), "-"))  # fmt: skip
        elif shape["type"] == "rect":
            axes.fill([a, b, b, a], [c, c, d, d], color=_color(shape.get("fillcolor"), GRID),
                      linewidth=0, transform=transform, zorder=0,
                      alpha=shape.get("opacity"))  # fmt: skip
    axes.set(xlim=limits[0], ylim=limits[1])
    for note in layout.get("annotations") or ():
        if (str(note.get("xref", "x")), str(note.get("yref", "y"))) != (x, y):
            continue
        at: Any = [10 ** note[n] if _axis(layout, m).get("type") == "log" else note[n]
              for n, m in (("x", x), ("y", y))]  # fmt: skip
        lift = (0, 8) if note.get("showarrow", True) else (0, 0)
        axes.annotate(_plain(note["text"]), at, lift, textcoords="offset points", size=8,
                      ha="center", color=TEXT, annotation_clip=True)  # fmt: skip


def _transform(axes: Axes, *, paper_x: bool, paper_y: bool) -> Any:
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(
        axes.transAxes if paper_x else axes.transData, axes.transAxes if paper_y else axes.transData
    )


def _legend(axes: Mapping[Any, Axes]) -> None:
    handles, labels = [], []
    for one in axes.values():
        found = one.get_legend_handles_labels()
        handles += found[0]
        labels += found[1]
    if handles:
        first = next(iter(axes.values()))
        first.legend(handles, labels, fontsize=8, frameon=False, loc="best")


def _label(trace: Mapping[str, Any]) -> str | None:
    drawn = trace.get("x") is None or len(trace["x"]) > 0
    shown = drawn and trace.get("showlegend", True) and trace.get("name")
    return _plain(trace["name"]) if shown else None


def _plain(text: Any) -> str:
    """Return a text without the HTML that Plotly understands and signs of formulas."""
    return (
        re.sub(r"<br ?/?>", "\n", str(text))
        .replace("<b>", "")
        .replace("</b>", "")
        .replace("$", r"\$")
    )


def _numbers(values: Any) -> Any:
    array = np.asarray(values)
    return array.astype(float) if array.dtype.kind == "O" and _all_numbers(array) else array


def _all_numbers(array: Any) -> bool:
    return all(one is None or isinstance(one, (int, float, np.number)) for one in array.tolist())


def _color(color: Any, default: str) -> Any:
    """Return a colour of Plotly as Matplotlib takes it."""
    if not isinstance(color, str):
        return default
    found = RGBA.fullmatch(color.strip())
    if found is None:
        return color if color.startswith("#") or color.isalpha() else default
    red, green, blue, alpha = found.groups()
    return (float(red) / 255, float(green) / 255, float(blue) / 255, float(alpha or 1))
