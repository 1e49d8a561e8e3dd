"""Open, show and analyse physiological recordings of any size in JupyterLab."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vital_widgets._version import __version__

if TYPE_CHECKING:
    from vital_widgets import analysis, montage, panels, report, simulate
    from vital_widgets.core.annotations import Annotations
    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.export.sharing import to_html
    from vital_widgets.figures.recordingfigure import figure
    from vital_widgets.io.annotationfiles import read_annotations, write_annotations
    from vital_widgets.io.reader import open_recording as open  # noqa: A004
    from vital_widgets.panels.workbench import Workbench
    from vital_widgets.widgets.link import link
    from vital_widgets.widgets.progress import TaskView
    from vital_widgets.widgets.sample import sample
    from vital_widgets.widgets.viewer import Viewer

_LAZY = {
    "Annotations": ("vital_widgets.core.annotations", "Annotations"),
    "Channel": ("vital_widgets.core.channel", "Channel"),
    "Recording": ("vital_widgets.core.recording", "Recording"),
    "TaskView": ("vital_widgets.widgets.progress", "TaskView"),
    "Viewer": ("vital_widgets.widgets.viewer", "Viewer"),
    "Workbench": ("vital_widgets.panels.workbench", "Workbench"),
    "analysis": ("vital_widgets.analysis", ""),
    "figure": ("vital_widgets.figures.recordingfigure", "figure"),
    "link": ("vital_widgets.widgets.link", "link"),
    "montage": ("vital_widgets.montage", ""),
    "panels": ("vital_widgets.panels", ""),
    "open": ("vital_widgets.io.reader", "open_recording"),
    "read_annotations": ("vital_widgets.io.annotationfiles", "read_annotations"),
    "report": ("vital_widgets.report", ""),
    "simulate": ("vital_widgets.simulate", ""),
    "sample": ("vital_widgets.widgets.sample", "sample"),
    "write_annotations": ("vital_widgets.io.annotationfiles", "write_annotations"),
    "to_html": ("vital_widgets.export.sharing", "to_html"),
}

__all__ = [
    "Annotations",
    "Channel",
    "Recording",
    "TaskView",
    "Viewer",
    "Workbench",
    "__version__",
    "analysis",
    "figure",
    "link",
    "montage",
    "open",
    "panels",
    "read_annotations",
    "report",
    "sample",
    "simulate",
    "to_html",
    "write_annotations",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    module, attribute = _LAZY[name]
    found = import_module(module)
    value = getattr(found, attribute) if attribute else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
