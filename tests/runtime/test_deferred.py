"""Modules that are loaded at their first use."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from vital_widgets.runtime.deferred import defer


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Name of a module that is not loaded yet, and notes in a list when it is."""
    name, loaded = "one_to_defer", []
    (tmp_path / f"{name}.py").write_text("import sys\nsys.modules['loads'].append(1)\nvalue = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "loads", loaded)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    yield name, loaded
    sys.modules.pop(name, None)


def test_a_module_is_loaded_at_its_first_use(module) -> None:
    name, loaded = module
    finders = [*sys.meta_path]
    defer(name)
    found = importlib.import_module(name)
    assert loaded == []
    assert sys.meta_path == finders
    assert found.value == 3
    assert loaded == [1]
    assert importlib.import_module(name) is found
    defer(name)  # it is loaded
    assert sys.meta_path == finders
    assert loaded == [1]


def test_other_modules_and_missing_ones_are_as_before(module) -> None:
    name, loaded = module
    defer("no_such_module_at_all")
    assert importlib.import_module(name).value == 3
    assert loaded == [1]
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        importlib.import_module("no_such_module_at_all")


def test_a_figure_loads_no_schemas_and_plotly_still_finds_nbformat() -> None:
    code = """
import sys
from vital_widgets.figures.serieswidget import SeriesWidget
figure = SeriesWidget()
assert "jsonschema" not in sys.modules
from plotly.io import _renderers
assert _renderers.nbformat.__version__ >= "4.2"
import nbformat
nbformat.validate(nbformat.v4.new_notebook())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
