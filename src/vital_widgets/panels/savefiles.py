"""Files of a result: tables, JSON with the recipe, and pictures."""

from __future__ import annotations

import io
import json
from html import escape
from typing import TYPE_CHECKING, Any

from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.picture import picture_of
from vital_widgets.panels.plot import TIME_MARK
from vital_widgets.panels.timelabels import starts_of
from vital_widgets.panels.view import EMPTY
from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.runtime.wholefile import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from vital_widgets.panels.plot import Plot

FORMATS = ("csv", "parquet", "json", "png", "svg", "html")


def save_result(
    result: Any, plot: Plot, path: Path, code: str, title: str, share: float = 1.0
) -> Path:
    """Write a result or its figure to a file; the ending decides how."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        listed = ", ".join(f".{one}" for one in FORMATS)
        raise InvalidInputError(f"{path.name!r} ends in no known format; available: {listed}")
    if not path.parent.is_dir():
        raise InvalidInputError(f"there is no folder {str(path.parent)!r}; make it first")
    if form == "html":
        content = _page(plot, title)
    elif form in ("png", "svg"):
        content = picture_of(plot.view or EMPTY, title, plot.height, form)
    elif form == "json":
        content = json.dumps(as_json(result, code, share), indent=1).encode()
    else:
        table = _table(result)
        content = table.to_csv(index=False).encode() if form == "csv" else _parquet(table)
    write_whole(path, content)
    return path


def _table(result: Any) -> Any:
    """Return the table of a result, with what its rows are, such as times, as a column."""
    import pandas as pd

    table = result.to_frame()
    if isinstance(table.index, pd.RangeIndex):
        return table
    table.columns = table.columns.map(str)  # some are frequencies
    return table.rename_axis(index=table.index.name or "measure").reset_index()


def as_json(result: Any, code: str, share: float) -> dict[str, Any]:
    """Return a result as plain values: its table, how it was made, what it rests on."""
    recipe = getattr(result, "recipe", None)
    return {
        "table": json.loads(
            _table(result).to_json(orient="records", double_precision=15, date_format="iso")
        ),
        "recipe": recipe.to_dict() if recipe is not None else None,
        "notes": list(getattr(result, "notes", ())),
        "share": share,
        "code": code,
    }


def _parquet(table: Any) -> bytes:
    buffer = io.BytesIO()
    table.to_parquet(buffer)
    return buffer.getvalue()


def _page(plot: Plot, title: str) -> bytes:
    """Return the figure as a page with the title and the sentence of the panel."""
    import plotly.graph_objects as go

    figure = go.Figure(plot.widget.to_dict())
    figure.update_layout(template="plotly_white", paper_bgcolor="white", plot_bgcolor="white")
    figure.layout.shapes = [one for one in figure.layout.shapes if one.name != TIME_MARK]
    said = escape(plot.view.text if plot.view is not None else "")
    labels = f"{static_text('timeaxes.js')}\nvitalTimeAxes('{{plot_id}}');"
    script = labels if plot.view is not None and starts_of(plot.view.layout) else None
    drawn = figure.to_html(include_plotlyjs=True, full_html=False, post_script=script)
    page = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f'<body style="font-family: sans-serif"><h1 style="font-size: 18px">{escape(title)}</h1>'
        f"<p>{said}</p>{drawn}</body></html>"
    )
    return page.encode()
