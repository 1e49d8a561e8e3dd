"""Panels and workbenches that nobody sees and nobody uses are closed, and leave nothing."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from ipywidgets.widgets import widget as registry

import vital_widgets as vw
from panel_entries import ENTRIES
from vital_widgets.panels import CATALOG, Panel, panel_class
from vital_widgets.panels.frame import Frame
from vital_widgets.panels.plot import Plot
from vital_widgets.panels.script import call
from vital_widgets.panels.timemark import hub_of
from vital_widgets.panels.view import View
from vital_widgets.runtime.pool import POOL, URGENT
from vital_widgets.runtime.tasklog import TASKS
from vital_widgets.widgets.lifetime import close_unused
from waiting import until

PAGE = {"kind": "views", "tab": "tab", "page": "first", "model": "model"}
SYSTEM = ("Tasks", "Memory", "Performance")
BENCH = "vw.Workbench(rec, panels=['Spectrum', 'Beats', 'HRV', 'Tasks', 'Memory'])"


@pytest.fixture
def shell(cells, rec):
    """IPython, in which a cell is run with ``shell(code)``; `rec` is the recording."""
    cells.space |= {"vw": vw, "rec": rec}
    return cells


def of_class(kind):
    return [one for one in registry._instances.values() if isinstance(one, kind)]


def report(widget, count, **where):
    """What a page says of a panel or a workbench, by the part that reports."""
    parts = {"Workbench": "_presence"}.get(type(widget).__name__)
    reporting = getattr(widget, parts) if parts else widget._frame.actions
    return lambda: reporting.comm.handle_msg(message(count, **where))


def message(count, **where):
    content = {**PAGE, **where, "count": count}
    return {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}


def rest():
    """Wait until no task runs: while it publishes, it holds its panel."""
    return until(lambda: POOL.idle and URGENT.idle)


@pytest.mark.parametrize("code", [BENCH, "vw.panels.Spectrum(rec)", "vw.panels.HRV(rec)"])
def test_a_cell_that_runs_again_leaves_nothing(shell, collected, widgets_left, code):
    kind = vw.Workbench if "Workbench" in code else Panel
    for _ in range(4):
        shell(code)
        rest()
        (made,) = of_class(kind)
        shown, gone = report(made, 1), report(made, 0)
        reference, frame = weakref.ref(made), weakref.ref(made.children[0])
        del made
        shown()
        shell("pass")
        assert len(of_class(kind)) == 1
        gone()
        shell("pass")
        assert reference() is None
        assert frame() is None or frame().comm is None
        assert widgets_left() == []
    assert not any(isinstance(one, (Panel, vw.Workbench)) for one in shell.space["Out"].values())


def test_what_was_dropped_is_closed_and_what_is_held_stays(shell, collected, widgets_left):
    shell("for _ in range(5): vw.panels.Statistics(rec)")
    shell("kept = [vw.Workbench(rec, panels=['Statistics'])]\nkept[0]")
    rest()
    shell("pass")
    (bench,) = of_class(vw.Workbench)
    report(bench, 1)()
    report(bench, 0)()
    del bench
    shell("pass")
    (bench,) = of_class(vw.Workbench)
    assert of_class(Panel) == bench.panels
    assert bench.viewer.comm is not None
    assert any(one is bench for one in shell.space["Out"].values())
    bench.panels[0].window  # noqa: B018 - it lives
    del bench
    shell("kept[0].close()\ndel kept")
    assert of_class(vw.Workbench) == []
    assert not any(isinstance(one, vw.Workbench) for one in shell.space["Out"].values())
    assert widgets_left() == []


def test_two_views_of_one_output(shell, collected):
    shell(BENCH)
    rest()
    (bench,) = of_class(vw.Workbench)
    one, two = report(bench, 2), report(bench, 1, tab="other")
    first_gone, second_gone = report(bench, 0), report(bench, 0, tab="other")
    del bench
    one()
    two()
    first_gone()
    shell("pass")
    assert len(of_class(vw.Workbench)) == 1
    second_gone()
    shell("pass")
    assert of_class(vw.Workbench) == []


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_no_panel_is_kept_alive(name, rec, shell, collected, widgets_left):
    entry = ENTRIES[name]
    recording = entry.recording(rec) if entry.recording else rec
    viewer = vw.Viewer(recording, t_range=entry.window)
    panel = panel_class(name)(viewer, **entry.parameters)
    panel.wait()
    if entry.changed is not None:
        setattr(panel, *entry.changed)
        panel.wait()
        panel.undo()
    rest()
    reference = weakref.ref(panel)
    del panel
    close_unused()
    assert reference() is None
    viewer.close()
    assert widgets_left() == []


class Broken(Panel):
    """A panel whose picture fails."""

    title = "Broken"

    def script(self, place, chosen):
        return call(vw.analysis.signal_statistics, place.channel("ECG"))

    def draw(self, result, chosen) -> View:
        raise RuntimeError("no picture")


def test_a_panel_that_fails_or_is_slow_is_not_kept_alive(rec, shell, collected, monkeypatch):
    panel = Broken(rec)
    with pytest.raises(RuntimeError):
        panel.wait()
    rest()
    assert "no picture" in panel.message
    reference = weakref.ref(panel)
    del panel
    shell("pass")
    assert reference() is None
    # A computation that goes on holds nothing, and is cancelled.
    from vital_widgets.analysis.engine import compute

    begun, go_on, plain = threading.Event(), threading.Event(), compute._compute

    def gated(*given):
        begun.set()
        go_on.wait()
        return plain(*given)

    monkeypatch.setattr(compute, "_compute", gated)
    panel = vw.panels.Statistics(rec, where="whole")
    begun.wait()
    reference, task = weakref.ref(panel), panel._latest.task
    del panel
    shell("pass")
    assert reference() is None
    assert task.cancel_requested
    go_on.set()
    rest()


def test_fifty_workbenches_leave_nothing(rec, widgets_left):
    names = ["HRV", "Beats", "Spectrum", "Spectrogram", *SYSTEM]
    viewer = vw.Viewer(rec)
    start = None
    for k in range(51):
        bench = vw.Workbench(viewer if k % 2 else rec, panels=names, arrangement="tabs")
        bench.front = bench.panels[k % 4]
        bench.add("Statistics", where="annotations", texts=["N"])
        bench.remove(bench.panels[0])
        if k % 10 == 0:
            bench.panels[0].wait()
        bench.close()
        if k == 0:  # what the first one leaves is shared: the front end, the pyramid
            start = state(rec, viewer)
    del bench
    assert state(rec, viewer) == start
    assert [one for one in gc.get_objects() if type(one) in (Frame, Plot, vw.Workbench)] == []
    assert not any(issubclass(type(one), Panel) for one in gc.get_objects())
    viewer.close()
    assert widgets_left() == []


def state(recording, viewer):
    """How many widgets, threads and listeners there are."""
    rest()
    passing = ("vital-widgets-status", "vital-widgets-watch")  # they end when nothing is left to do
    assert until(lambda: not any(name.startswith(passing) for name in threads()))
    gc.collect()
    return {
        "widgets": len(registry._instances),
        "threads": threads(),
        "tasks": len(TASKS._listeners),
        "viewer": sum(
            len(listeners)
            for kinds in viewer._trait_notifiers.values()
            for listeners in kinds.values()
        ),
        "hub": [len(hub_of(one)._panels) for one in (recording, viewer)],
        "marks": len(recording.annotations.parts._listeners),
    }


def threads():
    """Names of the threads but those of IPython."""
    names = (one.name for one in threading.enumerate())
    return sorted(name for name in names if not name.startswith("IPython"))
