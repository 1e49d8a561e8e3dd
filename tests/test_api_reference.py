"""The reference of the API has every name that a user types, described in numpydoc's form."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType

import ipywidgets
import pytest

import vital_widgets as vw
from vital_widgets import analysis, montage, panels, report, simulate, testing
from vital_widgets.figures.plotwidget import PlotWidget
from vital_widgets.panels import parameters

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def reference():
    path = ROOT / "docs" / "_extensions" / "api_pages.py"
    spec = importlib.util.spec_from_file_location("api_pages", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["api_pages"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["api_pages"]


def names_of(module):
    return [f"{module.__name__}.{name}" for name in module.__all__]


def test_every_public_name_has_a_page(reference) -> None:
    pages = reference.pages()
    listed = {name for page in pages.values() for name in page.names}
    sources = "\n".join(reference.api_pages().values())
    wanted = [
        *names_of(vw),
        *names_of(analysis),
        *names_of(panels),
        *names_of(parameters),
        *names_of(report),
        *names_of(montage),
        *names_of(testing),
        *(f"vital_widgets.panels.{name}" for name in panels.available()),
        *(
            f"vital_widgets.simulate.{module}.{name}"
            for module, names in simulate.PUBLIC.items()
            for name in names
        ),
    ]
    for name in wanted:
        found = reference.found_at(name)
        if isinstance(found, ModuleType):
            assert any(one.startswith(name + ".") for one in listed), name
        elif inspect.isfunction(found) or inspect.isclass(found):
            assert name in listed, name
            assert f"   ~{name}\n" in sources
        elif not name.endswith("__version__"):
            assert f"``{name.removeprefix('vital_widgets.')}``: " in sources


def test_every_name_of_the_reference_is_described(reference) -> None:
    missing = []
    for page in reference.pages().values():
        for name in page.names:
            found = reference.found_at(name)
            if not (inspect.isfunction(found) or inspect.isclass(found)):
                continue
            text = inspect.getdoc(found) or ""
            assert text, name
            if inspect.isfunction(found):
                given = inspect.signature(found).parameters
                missing += [f"{name}: {one}" for one in given if one not in text]
    assert missing == []


def test_pages_leave_out_what_other_packages_define(reference) -> None:
    assert reference.is_foreign(ipywidgets.VBox.add_class)
    assert reference.is_foreign(vars(ipywidgets.Box)["children"])
    assert not reference.is_foreign(vw.Workbench.save)
    assert not reference.is_foreign(vw.Workbench.settings)
    assert not reference.is_foreign(vw.Workbench.arrangement)
    assert reference.is_foreign(str.maketrans)
    assert reference.is_foreign(vars(str)["maketrans"]), "a static method"
    assert reference.is_foreign(str.title)
    inherited = ["Construct a new FigureWidget object."]
    reference.describe(None, "method", "PlotWidget.__init__", PlotWidget.__init__, {}, inherited)
    assert inherited == []
    assert reference.skip(None, "method", "add_class", ipywidgets.VBox.add_class, False, {}) is True
    assert reference.skip(None, "method", "save", vw.Workbench.save, False, {}) is None
    assert reference.skip(None, "attribute", "widgets", {}, False, {}) is True


def test_the_page_of_a_panel_has_defaults_units_and_choices(reference) -> None:
    text = "\n".join(reference.parameter_lines(panels.Spectrum))
    assert "``window_s``" in text
    assert "``'welch'``, ``'multitaper'``, ``'periodogram'``" in text
    assert "as the recording suggests" in text
    for name in panels.CATALOG:
        for one in reference.parameter_lines(panels.panel_class(name)):
            assert "object at 0x" not in one, name
    lines = ["Spectrum."]
    reference.describe(None, "class", "Spectrum", panels.Spectrum, {}, lines)
    assert len(lines) > 10
    lines = ["Viewer."]
    reference.describe(None, "class", "Viewer", vw.Viewer, {}, lines)
    assert lines == ["Viewer."]


def test_parameters_of_panels_are_described(reference) -> None:
    for name in panels.CATALOG:
        panel = panels.panel_class(name)
        known = [
            one
            for one, trait in panel.class_traits().items()
            if parameters.parameter_of(trait) is not None
        ]
        for one in known:
            assert one in (panel.__doc__ or ""), f"{name} does not describe {one!r}"
