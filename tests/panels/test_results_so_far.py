"""Results that grow take little time: what takes long follows at the end, and the panel says so."""

from __future__ import annotations

import sys
import threading

import pytest

import vital_widgets as vw
from vital_widgets.analysis.engine import compute, growth
from vital_widgets.analysis.engine.growth import Growth
from vital_widgets.panels import computing, frame
from vital_widgets.panels.computing import computed
from vital_widgets.panels.script import call, code_of, constant
from vital_widgets.runtime.tasks import Task
from waiting import until


@pytest.fixture
def always(monkeypatch):
    """Show each result so far."""
    monkeypatch.setattr(Growth.__init__, "__defaults__", (0.0,))
    monkeypatch.setattr(growth, "SHARE", 1e9)
    monkeypatch.setattr(compute, "PIECE_SAMPLES", 20_000)
    monkeypatch.setattr(computing, "PATIENCE", -1.0)


def measured(value, measures=("quick", "slow")):
    return value, measures


def test_arguments_of_results_so_far_take_the_place_of_others(always):
    value = constant(3, "value")
    step = call(measured, value, name="made", so_far={"measures": ("quick",)})
    shown = []
    result = computed(step, Task(print), lambda made, share: shown.append((made, share)))
    assert result == (3, ("quick", "slow"))
    assert shown == [((3, ("quick",)), computing.ALMOST)]
    assert "measures" not in code_of(step)


def test_non_linear_measures_follow_at_the_end(always, rec):
    panel = vw.panels.HRV(rec)
    panel.wait()
    seen = []

    def look(change):
        seen.append((panel.share, change.new.nonlinear is not None, panel.plot.view.text))

    panel.observe(look, "result")
    panel.where = "whole"
    result = panel.wait()
    *partial, last = seen
    assert len(partial) > 2
    assert not any(nonlinear for _, nonlinear, _ in partial)
    assert all("non-linear measures follow at the end" in text for *_, text in partial)
    assert last[:2] == (1.0, True)
    assert "follow" not in last[2]
    assert result.nonlinear is not None
    assert "domains" not in panel.code()


def test_only_non_linear_measures_are_chosen(always, rec):
    panel = vw.panels.HRV(rec, domains=("nonlinear",), where="whole")
    result = panel.wait()
    assert result.measures == {}
    assert result.nonlinear is not None


class ComputedAgainError(Exception):
    """What the panel had computed was computed once more."""


def test_a_report_takes_over_what_the_panel_computed(rec, tmp_path, monkeypatch):
    panel = vw.panels.HRV(rec, show="conventions", where="whole")
    panel.wait()
    corrected = panel.results["corrected"]
    expected = vw.report.hrv_report(corrected, rec).to_html()

    def refuse(*args, **kwargs):
        raise ComputedAgainError

    for name in ("hrv", "hrv_conventions"):
        monkeypatch.setattr(sys.modules["vital_widgets.report.hrv_report"], name, refuse)
    panel.save(tmp_path / "my.report.html")
    assert (tmp_path / "my.report.html").read_text() == expected
    with pytest.raises(ComputedAgainError):
        vw.report.hrv_report(corrected, rec)
    panel.domains = ("time",)
    panel.wait()
    with pytest.raises(ComputedAgainError):
        panel.report(tmp_path / "report.html")


def test_what_is_shown_of_earlier_settings_is_dimmed_until_there_is_more(rec, monkeypatch):
    monkeypatch.setattr(frame, "PATIENCE", 0.0)
    panel = vw.panels.Statistics(rec, window=(10, 40))
    panel.wait()

    def dimmed():
        return "vital-panel-outdated" in panel._dom_classes

    assert not dimmed()
    entered, hold = threading.Event(), threading.Event()
    draw = panel.draw

    def slow(result, chosen):
        entered.set()
        hold.wait()
        return draw(result, chosen)

    panel.draw = slow
    panel.window = (1.0, 2.0)
    assert entered.wait()
    assert until(dimmed)
    hold.set()
    panel.wait()
    assert not dimmed()
    panel.close()
