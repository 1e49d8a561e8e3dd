from __future__ import annotations

import numpy as np
import pytest
from ipywidgets import Widget

import vital_widgets as vw
from vital_widgets.runtime import staticfiles
from vital_widgets.widgets import frontend as frontend_module


@pytest.fixture(autouse=True)
def built_front_end(tmp_path_factory, monkeypatch):
    """A stand-in for the built files, so that these tests need no node."""
    folder = tmp_path_factory.mktemp("static")
    for name in ("main.js", "main.css", "loader.js", "page.js"):
        (folder / name).write_text(f"/* {name} */")
    monkeypatch.setattr(staticfiles, "STATIC", folder)
    monkeypatch.setattr(frontend_module, "_shared", [])  # one of another module's tests
    staticfiles.static_text.cache_clear()
    yield folder
    staticfiles.static_text.cache_clear()
    Widget.close_all()


@pytest.fixture
def recording():
    t = np.arange(60_000) / 100
    return vw.Recording.from_arrays(
        {"ECG": np.sin(t), "PPG": np.cos(t)}, fs=100.0, units={"ECG": "mV", "PPG": ""}
    )
