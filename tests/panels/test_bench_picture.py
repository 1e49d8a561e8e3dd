"""The picture of a workbench, for a notebook that is opened without a kernel."""

from __future__ import annotations

import base64
import io
import threading
import weakref

import numpy as np
import pytest
from PIL import Image

import vital_widgets as vw
from vital_widgets.analysis.engine import compute
from vital_widgets.panels import benchpicture, benchstill
from vital_widgets.panels.still import Still, told
from vital_widgets.panels.view import View
from vital_widgets.runtime.pool import POOL, URGENT
from vital_widgets.widgets import keptpicture
from waiting import until

WIDGET = "application/vnd.jupyter.widget-view+json"
LINE = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1]}


def opened(png):
    return Image.open(io.BytesIO(png)).convert("RGB")


def ink(picture):
    """Share of pixels that are not white."""
    return float((np.asarray(picture).min(axis=2) < 250).mean())


@pytest.fixture
def stills(monkeypatch):
    """What was drawn of panels, the latest last."""
    seen = []

    def drawn(viewer, given):
        seen.append(given)
        return benchpicture.bench_picture(viewer, given)

    monkeypatch.setattr(benchstill, "_drawn", drawn)
    return seen


def test_the_output_has_the_viewer_above_the_visible_panels(rec, stills) -> None:
    bench = vw.Workbench(rec, panels=["Spectrum", "Beats"], t_range=(10, 40), height=240)
    for panel in bench.panels:
        panel.wait()
    data, metadata = bench._repr_mimebundle_()
    assert data[WIDGET]["model_id"] == bench.model_id
    assert metadata["image/png"] == {"width": 960}
    assert 20_000 < len(data["image/png"]) < 300_000
    picture = opened(base64.b64decode(data["image/png"]))
    assert picture.width == 1440
    viewer, left, right = (
        picture.crop(box) for box in ((0, 0, 1440, 360), (0, 380, 720, 780), (720, 380, 1440, 780))
    )
    assert min(map(ink, (viewer, left, right))) > 0.01
    assert [one.title for one in stills[-1]] == ["Spectrum", "Beats"]
    before = np.asarray(picture)
    bench.viewer.t_range = (100, 130)
    for panel in bench.panels:
        panel.wait()
    assert (np.asarray(opened(bench.picture())) != before).any()
    bench.arrangement = "tabs"
    bench.front = bench.panels[0]
    bench.picture()
    assert [one.title for one in stills[-1]] == ["Spectrum"], "the one in front"
    bench.close()


def test_panels_that_are_not_finished_say_so_and_are_not_waited_for(
    rec, stills, monkeypatch
) -> None:
    begun, go_on, plain = threading.Event(), threading.Event(), compute._compute

    def gated(*given):
        begun.set()
        go_on.wait()
        return plain(*given)

    monkeypatch.setattr(compute, "_compute", gated)
    bench = vw.Workbench(rec, panels=[])
    panel = bench.add("Statistics", where="whole")
    begun.wait()
    assert panel.first_task is None
    data, _ = bench._repr_mimebundle_()
    assert "image/png" in data
    assert [one.view.text for one in stills[-1]] == ["not computed yet"]
    go_on.set()
    panel.wait()
    bench.picture()
    assert stills[-1][0].view.traces
    bench.close()


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("Spectrum", {"where": "selection"}, "nothing is selected"),
        ("Tasks", {}, "while it runs"),
        ("EDA", {"channel": "ECG"}, "not a conductance"),
    ],
)
def test_a_panel_without_a_plot_says_why(rec, stills, name, given, words) -> None:
    bench = vw.Workbench(rec, panels=[])
    panel = bench.add(name, **given)
    task = getattr(panel, "_latest", None) and panel._latest.task
    if task is not None:
        task.wait()
    bench.picture()
    assert words in stills[-1][0].view.text
    bench.close()


def test_what_is_told_of_a_result_so_far() -> None:
    shown = View([LINE], text="3 beats")
    assert told(shown, "done", "", 1.0).text == "3 beats"
    assert "from the first 25 %" in told(shown, "computing", "", 0.25).text
    assert "not computed yet" in told(shown, "computing", "", 1.0).text
    assert told(None, "computing", "", 0.0).text == "not computed yet"
    assert told(View(), "error", "no beats", 0.0).text == "no beats"


def test_many_panels_are_a_picture_of_limited_size() -> None:
    stills = [Still(f"Panel {k}", View([LINE]), 280) for k in range(30)]
    picture = opened(benchpicture.bench_picture(None, stills))
    assert picture.height < 2000
    assert opened(benchpicture.bench_picture(None, [])).width == 1440
    long = Still("Long", View(text="a word " * 100))
    assert opened(benchpicture.bench_picture(None, [long])).height > 150


def asked(keeper):
    """Let the page ask for a picture; return what it is sent."""
    sent = []
    keeper.send = sent.append
    keeper._handle_custom_msg({"kind": "keep"}, [])
    assert until(lambda: URGENT.idle)  # it is drawn in the background
    return sent


def test_the_page_is_told_of_changes_and_gets_the_picture_when_it_asks(rec, monkeypatch) -> None:
    bench = vw.Workbench(rec, panels=["Spectrum"], t_range=(10, 40))
    keeper, (panel,) = bench._presence, bench.panels
    panel.wait()
    bench.viewer.t_range = (20, 50)
    assert keeper.turn == 0, "nothing is asked for what is in no output"
    panel.wait()
    data, _ = bench._repr_mimebundle_()
    bench.viewer.t_range = (60, 90)
    panel.wait()
    assert keeper.turn == 1, "once until it asks"
    assert asked(keeper) == [], "it may still be changing"
    assert keeper.turn == 2
    monkeypatch.setattr(keptpicture, "REST_SECONDS", 0)
    (kept,) = asked(keeper)
    assert (kept["model"], kept["width"]) == (bench.model_id, 960)
    assert kept["picture"] != data["image/png"]
    for change in (
        lambda: setattr(panel, "methods", ("multitaper",)),
        lambda: setattr(bench, "arrangement", "tabs"),
        lambda: setattr(bench.viewer, "channels", ["ECG"]),
        lambda: bench.add("Tasks"),
    ):
        panel.wait()
        asked(keeper)
        before = keeper.turn
        change()
        panel.wait()
        assert keeper.turn == before + 1
    bench.close()
    assert asked(keeper) == []


def test_a_panel_that_is_displayed_by_itself_is_followed_too(rec, monkeypatch) -> None:
    monkeypatch.setattr(keptpicture, "REST_SECONDS", 0)
    panel = vw.panels.Statistics(rec)
    panel.wait()
    data, _ = panel._repr_mimebundle_()
    panel.logarithmic = True
    panel.wait()
    keeper = panel._frame.actions
    assert keeper.turn == 1
    (kept,) = asked(keeper)
    assert (kept["model"], kept["width"]) == (panel.model_id, 768)
    assert kept["picture"] != data["image/png"]
    panel.close()


def test_the_kernel_answers_while_the_picture_is_drawn(rec, monkeypatch) -> None:
    monkeypatch.setattr(keptpicture, "REST_SECONDS", 0)
    panel = vw.panels.Statistics(rec)
    panel.wait()
    panel._repr_mimebundle_()
    keeper, sent, go_on, plain = panel._frame.actions, [], threading.Event(), panel.picture

    def slow():
        go_on.wait()
        return plain()

    panel.picture = slow
    keeper.send = sent.append
    keeper._handle_custom_msg({"kind": "keep"}, [])
    assert sent == []  # and this line is reached
    go_on.set()
    assert until(lambda: sent)
    panel.close()


def test_a_viewer_in_a_workbench_draws_no_picture_of_its_own(rec) -> None:
    bench = vw.Workbench(rec, panels=[])
    assert asked(bench.viewer) == []
    bench.viewer._repr_mimebundle_()
    assert [one["kind"] for one in asked(bench.viewer)] == ["kept"]
    bench.close()


def test_a_picture_that_fails_leaves_the_live_view(rec, monkeypatch, caplog) -> None:
    bench = vw.Workbench(rec, panels=["Statistics"])
    monkeypatch.setattr(benchstill, "_drawn", lambda *_: 1 / 0)
    data = bench._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert WIDGET in data
    assert "image/png" not in data
    assert "no picture of the workbench" in caplog.text
    bench.close()
    caplog.clear()


def test_a_displayed_workbench_that_is_closed_leaves_nothing(rec, collected, widgets_left) -> None:
    bench = vw.Workbench(rec, panels=["Spectrum", "Tasks"])
    bench.panels[0].wait()
    bench._repr_mimebundle_()
    shown = [bool(one._pages) for one in (bench, bench.viewer, *bench.panels)]
    assert shown == [True, False, False, False], "only the workbench waits for its page"
    reference = weakref.ref(bench)
    bench.close()
    assert widgets_left() == []
    del bench
    assert until(lambda: POOL.idle and URGENT.idle)
    assert reference() is None


def test_displaying_does_not_walk_over_figures_that_tasks_change(rec, monkeypatch) -> None:
    def walked(figure):
        raise AssertionError("the display reads a figure as a whole")

    bench = vw.Workbench(rec, panels=["Statistics", "HRV", "Tasks"])
    panel = bench.panels[0]
    monkeypatch.setattr(type(panel.plot.widget), "to_dict", walked)
    assert repr(bench) == "Workbench('sample', panels=['Statistics', 'HRV', 'Tasks'])"
    assert repr(panel) == "Statistics('sample', where='window')"
    for one in (bench, *bench.panels):
        data = one._repr_mimebundle_()
        data = data[0] if isinstance(data, tuple) else data
        assert data["text/plain"] == repr(one)
    bench.close()
