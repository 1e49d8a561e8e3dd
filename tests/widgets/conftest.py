from __future__ import annotations

import numpy as np
import pytest
from ipywidgets import Widget

import vital_widgets as vw
from vital_widgets.widgets import frontend as frontend_module


@pytest.fixture(autouse=True)
def built_front_end(stand_in_front_end, monkeypatch):
    """Put a stand-in where the built files are, and close what a test opened."""
    monkeypatch.setattr(frontend_module, "_shared", [])  # one of another module's tests
    yield stand_in_front_end
    Widget.close_all()


@pytest.fixture
def recording():
    t = np.arange(60_000) / 100
    return vw.Recording.from_arrays(
        {"ECG": np.sin(t), "PPG": np.cos(t)}, fs=100.0, units={"ECG": "mV", "PPG": ""}
    )
