"""Panels of others that fail: each says so in words, and the rest of the workbench goes on."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint

import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import Panel, View, call, parameters, registry

GROUP = registry.ENTRY_POINTS


class Mean(Panel):
    title = "Mean"
    channel = parameters.channel("ECG", "Channel")

    def script(self, place, chosen):
        return call(analysis.signal_statistics, place.channel(chosen.channel), name="mean")

    def draw(self, result, chosen):
        return View(text=f"{result.mean:.3g}")


def broken(signal):
    raise ZeroDivisionError("of a mean")


class BadScript(Mean):
    def script(self, place, chosen):
        raise KeyError("mistake")


class BadCompute(Mean):
    def script(self, place, chosen):
        return call(broken, place.channel(chosen.channel), name="mean")


class BadDraw(Mean):
    def draw(self, result, chosen):
        return {"text": "no view"}


class NoSteps(Mean):
    def script(self, place, chosen):
        return 3


class NoScript(Panel):
    title = "None"


@pytest.fixture
def bench(rec):
    made = vw.Workbench(rec, panels=["Statistics"])
    yield made
    made.close()


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        (BadScript, KeyError, r"failed \(KeyError: 'mistake'; \S*test_failing_panels, line \d+\)"),
        (
            BadCompute,
            ZeroDivisionError,
            r"ZeroDivisionError: of a mean; \S*test_failing_panels, line",
        ),
        (BadDraw, TypeError, r"BadDraw.draw returned dict; return a View"),
        (NoSteps, TypeError, r"a script is int; return what call\(...\) gives"),
        (NoScript, TypeError, r"NoScript needs a method script"),
    ],
)
def test_what_fails_is_named_and_the_others_go_on(bench, kind, error, said):
    panel = bench.add(kind)
    with pytest.raises(error):
        panel.wait()
    assert panel.state == "error"
    assert panel.message.startswith(f"the panel {kind.__name__} failed (")
    assert re.search(said, panel.message), panel.message
    assert panel.result is None
    panel.where = "whole"
    with pytest.raises(error):
        panel.wait()
    other = bench.add("Spectrum")
    assert other.wait().enough
    assert bench.panels[0].wait().enough


def test_a_panel_that_is_corrected_computes(rec):
    class Sometimes(Mean):
        wrong = True

        def script(self, place, chosen):
            if self.wrong:
                raise ValueError("not yet")
            return super().script(place, chosen)

    panel = Sometimes(rec)
    assert panel.state == "error"
    panel.wrong = False
    panel.update()
    assert panel.wait().enough
    assert panel.state == "done"
    panel.close()


@pytest.mark.parametrize(
    "made",
    [
        lambda: parameters.number(5, 10, 20, "Length", unit="s"),
        lambda: parameters.choice("c", ("a", "b"), "Choice"),
        lambda: parameters.several(("c",), ("a", "b"), "Several"),
        lambda: parameters.number(None, 10, 20, "Length"),
        lambda: parameters.bands({"alpha": (13, 8)}),
        lambda: parameters.switch("yes", "Switch"),
    ],
)
def test_a_default_that_is_not_accepted_is_named(bench, made, widgets_left):
    before = widgets_left()
    wrong = type("Wrong", (Mean,), {"length": made()})
    with pytest.raises(InvalidInputError, match="panel Wrong gives its parameter 'length' a def"):
        bench.add(wrong)
    assert len(bench.panels) == 1
    assert widgets_left() == before


@pytest.fixture
def registered(tmp_path, monkeypatch):
    """Register panels as other packages do."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "panels_that_fail.py").write_text("import a_module_that_is_missing\n")
    (tmp_path / "panels_of_others.py").write_text("number = 3\nclass Plain: pass\n")
    values = {
        "NotImported": "panels_that_fail:Panel",
        "NotThere": "panels_of_others:Nothing",
        "NoClass": "panels_of_others:number",
        "NoPanel": "panels_of_others:Plain",
        "Mean": f"{__name__}:Mean",
    }
    points = {name: EntryPoint(name, value, GROUP) for name, value in values.items()}
    monkeypatch.setattr(registry, "_others", lambda: points)
    return points


@pytest.mark.parametrize("name", ["NotImported", "NotThere", "NoClass", "NoPanel"])
def test_a_registered_panel_that_cannot_be_loaded_is_named(bench, registered, name):
    assert name in vw.panels.available()
    said = f"the panel '{name}' cannot be loaded from '{registered[name].value}'"
    with pytest.raises(InvalidInputError, match=said):
        bench.add(name)
    chooser = bench._bar.children[0]
    chooser.options = [(one, one) for one in ("", *vw.panels.available())]
    chooser.value = name
    assert "cannot be loaded" in bench._told.value
    chooser.value = "Mean"
    assert bench._told.value == ""
    assert bench.panels[-1].title == "Mean"


def test_an_error_while_a_chosen_panel_is_made_is_told(bench, registered, monkeypatch):
    def fail(self, *args, **kwargs):
        raise RuntimeError("no memory")

    monkeypatch.setattr(Mean, "__init__", fail)
    chooser = bench._bar.children[0]
    chooser.options = [("", ""), ("Mean", "Mean")]
    chooser.value = "Mean"
    assert "RuntimeError: no memory" in bench._told.value


def test_what_is_no_panel_of_the_workbench_is_refused(bench, rec):
    other = vw.panels.Statistics(rec)
    for value in (3, "Statistics", other):
        with pytest.raises(InvalidInputError, match="not a panel of this workbench"):
            bench.front = value
        with pytest.raises(InvalidInputError, match="not a panel of this workbench"):
            bench.remove(value)
    assert bench.front is bench.panels[0]
    for value in (None, 3, object, other, ["Spectrum"], b"Spectrum", vw.Viewer):
        with pytest.raises(InvalidInputError, match="panel"):
            bench.add(value)
    with pytest.raises(InvalidInputError, match="leave source out"):
        bench.add("Spectrum", source=rec)
    with pytest.raises(InvalidInputError, match="time='soon' is not a time"):
        bench.panels[0].goto("soon")
    assert [one.title for one in bench.panels] == ["Statistics"]


def test_the_first_panels_may_be_a_name_or_classes(rec):
    assert [one.title for one in vw.Workbench(rec, panels="Spectrum").panels] == ["Spectrum"]
    assert [one.title for one in vw.Workbench(rec, panels=[Mean]).panels] == ["Mean"]
    for value in (None, 3):
        with pytest.raises(InvalidInputError, match="no list of panels"):
            vw.Workbench(rec, panels=value)


def test_a_panel_that_is_closed_leaves_its_workbench(bench):
    spectrum, tasks = bench.add("Spectrum"), bench.add("Tasks")
    tasks.close()
    assert bench.front is spectrum
    spectrum.close()
    assert bench.front is bench.panels[0]
    assert [one["panel"] for one in bench.settings["panels"]] == ["Statistics"]


def test_the_same_panel_twice_computes_twice(bench):
    bench.arrangement = "tabs"
    one, two = bench.add("Spectrum"), bench.add("Spectrum", where="whole")
    assert (one.active, two.active) == (False, True)
    assert two.wait().enough
    bench.front = one
    assert one.wait().enough


def test_what_is_closed_is_refused(rec):
    viewer = vw.Viewer(rec)
    bench = vw.Workbench(rec)
    viewer.close()
    bench.close()
    for make in (vw.Workbench, vw.panels.Statistics):
        with pytest.raises(InvalidInputError, match="this viewer is closed"):
            make(viewer)
    with pytest.raises(InvalidInputError, match="this workbench is closed"):
        bench.add("Spectrum")


@pytest.mark.parametrize("path", [None, 3])
def test_what_is_no_path_is_refused(bench, path):
    bench.panels[0].wait()
    for save in (bench.save, bench.panels[0].save, vw.Workbench.load):
        with pytest.raises(InvalidInputError, match="is not the path of a file"):
            save(path)
