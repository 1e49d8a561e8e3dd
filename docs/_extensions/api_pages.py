"""Write the API reference: pages of topics, with every public name in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from inspect import isbuiltin, isclass, isfunction, ismethoddescriptor, ismodule
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vital_widgets
from vital_widgets import analysis, errors, montage, panels, report, simulate, testing
from vital_widgets.panels import parameters
from vital_widgets.panels.registry import CATALOG, INSTRUMENTS

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

FOLDER = "api"
PACKAGE = "vital_widgets"
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
FIGURES = {
    "plotwidget": ["PlotWidget"],
    "serieswidget": ["SeriesWidget"],
    "recordingfigure": ["RecordingFigure", "figure"],
    "images": ["save_image"],
}
KERNEL = {
    "runtime.tasks": ["Task", "TaskState"],
    "runtime.caches": ["memory_use", "release_caches", "MemoryUse", "CacheUse"],
    "runtime.monitor": ["Monitor", "Times"],
    "widgets.progress": ["TaskView"],
    "config": ["settings", "Settings"],
}
PARAMETERS = (
    "Each of these can be given when a panel is made, and set later: "
    "``panel = vw.panels.Spectrum(rec, window_s=8)``, ``panel.window_s = 4``."
)
NOT_OURS = ("widgets", "widget_types")  # registries of ipywidgets, deprecated
MOST = 40  # values of a constant


@dataclass(frozen=True)
class Page:
    """A page of the reference.

    Attributes
    ----------
    title : str
        Its heading.
    names : tuple of str
        Full names of functions, classes and constants.
    text : str
        What is above them.
    """

    title: str
    names: tuple[str, ...]
    text: str = ""

    def source(self) -> str:
        """Return the page as reStructuredText."""
        parts = [_title(self.title), f"{self.text}\n"] if self.text else [_title(self.title)]
        found = {name: found_at(name) for name in self.names}
        functions = [name for name, one in found.items() if isfunction(one)]
        classes = [name for name, one in found.items() if isclass(one)]
        for heading, members in (("Functions", functions), ("Classes", classes)):
            if members:
                parts.append(f"{heading}\n{'-' * len(heading)}\n")
                parts.append(".. autosummary::\n   :toctree: generated\n   :nosignatures:\n")
                ordered = sorted(members, key=lambda name: name.rpartition(".")[2])
                parts.append("\n".join(f"   ~{name}" for name in ordered) + "\n")
        constants = [name for name in self.names if name not in {*functions, *classes}]
        if constants:
            parts.append("Constants\n---------\n")
            parts += [f"* {_constant(name, found[name])}" for name in constants]
            parts.append("")
        return "\n".join(parts)


def _constant(name: str, value: Any) -> str:
    """Return a constant with its values, or the keys of a dictionary, if they are few."""
    short = name.removeprefix(f"{PACKAGE}.")
    several = isinstance(value, Iterable) and not isinstance(value, str)
    values = list(value) if several else [value]
    listed = ", ".join(f"``{one!r}``" for one in values[:MOST])
    return f"``{short}``: {listed}" + (", ..." if len(values) > MOST else "")


def found_at(name: str) -> Any:
    """Return what has a full name."""
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)


def room_of(name: str) -> str:
    """Return the room of the analysis that a public name lives in."""
    return str(analysis._HOME[name]).partition(".")[0]  # noqa: SLF001 - where names are looked up


def pages() -> dict[str, Page]:
    """Return the pages of the reference by name."""
    made = {"top": Page(PACKAGE, _of("", vital_widgets.__all__))}
    catalog = _of("panels", [*CATALOG, *INSTRUMENTS])
    base = _of("panels", panels.__all__) + _of("panels.parameters", parameters.__all__)
    own = ("panels.panelplaces.Place", "panels.script.Step", "panels.parameters.Parameter")
    made["panels"] = Page("Panels", catalog, PARAMETERS)
    made["own_panels"] = Page(
        "Panels of your own",
        (*base, *(f"{PACKAGE}.{name}" for name in own)),
    )
    made["figures"] = Page("Figures", _by_module("figures", FIGURES))
    for room, title in ROOMS.items():
        names = [name for name in analysis.__all__ if room_of(name) == room]
        if names:
            made[room] = Page(title, _of("analysis", names))
    made["montage"] = Page("Montages", _of("montage", montage.__all__))
    made["report"] = Page("Reports", _of("report", report.__all__))
    made["simulate"] = Page("Simulated signals", _by_module("simulate", simulate.PUBLIC))
    made["kernel"] = Page("Tasks, memory and settings", _by_module("", KERNEL))
    made["testing"] = Page("Testing readers", _of("testing", testing.__all__))
    known = [name for name, one in vars(errors).items() if isclass(one)]
    made["errors"] = Page("Errors", _of("errors", sorted(known)))
    return made


def _of(module: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the full names of some names of a module, without those of modules in it."""
    path = f"{PACKAGE}.{module}".rstrip(".")
    full = [f"{path}.{name}" for name in names if not name.startswith("__")]
    return tuple(name for name in full if not ismodule(found_at(name)))


def _by_module(folder: str, modules: Any) -> tuple[str, ...]:
    return tuple(
        name
        for module, names in modules.items()
        for name in _of(f"{folder}.{module}".strip("."), names)
    )


def api_pages() -> dict[str, str]:
    """Return the pages of the reference by name, as reStructuredText."""
    found = {name: page.source() for name, page in pages().items()}
    listed = "\n".join(f"   {name}" for name in found)
    found["index"] = f"{_title('API reference')}\n.. toctree::\n   :maxdepth: 1\n\n{listed}\n"
    return found


def _title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n"


def write_pages(app: Sphinx, _: Config) -> None:
    """Write the pages before Sphinx looks for files; those that do not change are left alone."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, text in api_pages().items():
        path = folder / f"{name}.rst"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def is_foreign(member: Any) -> bool:
    """Whether a member of a class comes from another package, such as ipywidgets."""
    one = getattr(member, "fget", None) or getattr(member, "__func__", None) or member
    module = getattr(getattr(one, "this_class", None), "__module__", None)  # of a trait
    if isbuiltin(one) or ismethoddescriptor(one):  # of str and the like
        return True
    module = module or getattr(one, "__module__", None)
    return isinstance(module, str) and module.partition(".")[0] != PACKAGE


def skip(_: Sphinx, kind: str, name: str, member: Any, *rest: Any) -> bool | None:
    """Leave out members of classes that are not described here."""
    del kind, rest  # the kind is that of the member
    return True if name in NOT_OURS or is_foreign(member) else None


def parameter_lines(panel: Any) -> list[str]:
    """Return a table of the parameters of a panel: default, unit, limits, choices, source."""
    found = {
        name: (trait, parameter)
        for name, trait in panel.class_traits().items()
        if (parameter := parameters.parameter_of(trait)) is not None
    }
    if not found:
        return []
    lines = ["", ".. rubric:: Values of the parameters", "", ".. list-table::"]
    lines += ["   :header-rows: 1", "", "   * - parameter", "     - default", "     - accepted"]
    lines += ["     - about"]
    for name, (trait, parameter) in found.items():
        lines += [f"   * - ``{name}``", f"     - {_default(trait, parameter)}"]
        lines += [f"     - {_accepted(parameter)}", f"     - {_plain(parameter.tip)}"]
    return [*lines, ""]


def _default(trait: Any, parameter: Any) -> str:
    if parameter.form in ("channel", "channels") and not parameter.empty:
        return "as the recording suggests"
    value = trait.default_value
    unit = f" {parameter.unit}" if parameter.unit and value is not None else ""
    return f"``{value!r}``{unit}"


def _accepted(parameter: Any) -> str:
    if parameter.options:
        return ", ".join(f"``{value!r}``" for value in parameter.options.values())
    if parameter.form in ("number", "whole"):
        low, high = f"{parameter.low:g}", f"{parameter.high:g}"
        none = ", or ``None``" if parameter.empty else ""
        return f"{low} to {high} {parameter.unit}".strip() + none
    words = {"switch": "``True``, ``False``", "bands": "dict of name to (low, high) in Hz"}
    return words.get(parameter.form, "str")


def _plain(text: str) -> str:
    for sign in ("\\", "*", "`", "|", "_"):
        text = text.replace(sign, f"\\{sign}")
    return text


def describe(_: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Add the table of parameters to the description of a panel.

    The class describes what ``__init__`` takes; a text that it inherits is of other packages.
    """
    del options
    if what == "method" and name.endswith(".__init__"):
        lines.clear()
    if what == "class" and isclass(found) and issubclass(found, panels.Panel):
        lines += parameter_lines(found)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("config-inited", write_pages)
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-docstring", describe, priority=900)  # after numpydoc
    return {"parallel_read_safe": True}
