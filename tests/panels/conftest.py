from __future__ import annotations

import pytest
from ipywidgets import Widget
from ipywidgets.widgets import widget as registry

import vital_widgets as vw
from vital_widgets.runtime.pool import POOL
from vital_widgets.widgets import frontend as frontend_module
from waiting import until


@pytest.fixture(autouse=True)
def built_front_end(stand_in_front_end, monkeypatch):
    """Put a stand-in where the built files are, and close what a test opened."""
    monkeypatch.setattr(frontend_module, "_shared", [])  # one of another module's tests
    yield stand_in_front_end
    Widget.close_all()
    assert until(lambda: POOL.idle)


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory):
    """Ten minutes of ECG, PPG, respiration and acceleration with a gap and known beats."""
    path = tmp_path_factory.mktemp("sample") / "sample.edf"
    vw.sample(600, path=path, progress=False).close()
    return path


@pytest.fixture
def rec(sample_file):
    recording = vw.open(sample_file)
    yield recording
    recording.close()


@pytest.fixture
def widgets_left():
    """How many widgets exist beside the shared front end that did not before the test."""
    before = set(registry._instances)

    def left():
        new = [one for key, one in registry._instances.items() if key not in before]
        return sorted(type(one).__name__ for one in new if type(one).__name__ != "Frontend")

    return left
