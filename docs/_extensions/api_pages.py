"""Write the API reference: a page a room of the analysis, with every public name in it."""

from __future__ import annotations

from importlib import import_module
from inspect import isclass, isfunction
from pathlib import Path
from typing import TYPE_CHECKING

import vital_widgets
from vital_widgets import analysis, report

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

FOLDER = "api"
ROOMS = {
    "engine": "Running an analysis",
    "beats": "Beats and intervals",
    "signal": "Signals: filters, spectra, statistics, complexity, windows",
    "ecg": "ECG",
    "ppg": "PPG",
    "hrv": "Heart rate variability",
    "respiration": "Respiration",
    "eda": "Electrodermal activity",
    "emg": "EMG",
    "sleep": "Sleep",
    "quality": "Signal quality",
    "compare": "Comparison",
}


def room_of(name: str) -> str:
    """Return the room of the analysis that a public name lives in."""
    return str(analysis._HOME[name]).partition(".")[0]  # noqa: SLF001 - where names are looked up


def api_pages() -> dict[str, str]:
    """Return the pages of the reference by name, as reStructuredText."""
    pages = {"top": _page("vital_widgets", "vital_widgets", list(vital_widgets.__all__))}
    for room, title in ROOMS.items():
        names = [name for name in analysis.__all__ if room_of(name) == room]
        if names:
            pages[room] = _page(title, "vital_widgets.analysis", names)
    pages["report"] = _page("Reports", "vital_widgets.report", list(report.__all__))
    listed = "\n".join(f"   {name}" for name in pages)
    pages["index"] = f"{_title('API reference')}\n.. toctree::\n   :maxdepth: 1\n\n{listed}\n"
    return pages


def _title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n"


def _page(title: str, module: str, names: list[str]) -> str:
    found = import_module(module)
    shown = [name for name in names if not name.startswith("__")]
    functions = sorted(name for name in shown if isfunction(getattr(found, name)))
    classes = sorted(name for name in shown if isclass(getattr(found, name)))
    parts = [_title(title), f".. currentmodule:: {module}\n"]
    for heading, members in (("Functions", functions), ("Classes", classes)):
        if members:
            parts.append(f"{heading}\n{'-' * len(heading)}\n")
            parts.append(".. autosummary::\n   :toctree: generated\n   :nosignatures:\n")
            parts.append("\n".join(f"   {name}" for name in members) + "\n")
    return "\n".join(parts)


def write_pages(app: Sphinx, _: Config) -> None:
    """Write the pages before Sphinx looks for files; those that do not change are left alone."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, text in api_pages().items():
        path = folder / f"{name}.rst"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("config-inited", write_pages)
    return {"parallel_read_safe": True}
