"""The panels without a signal: what the kernel does, answered when the page asks."""

from __future__ import annotations

import gc
import json
import threading
import weakref

import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import available, panel_class
from vital_widgets.panels.registry import INSTRUMENTS
from vital_widgets.runtime import tasks
from vital_widgets.runtime.budget import blocks
from vital_widgets.runtime.monitor import MONITOR
from vital_widgets.runtime.tasklog import TaskLog
from vital_widgets.runtime.tasks import Task, TaskState

WAIT = 300  # seconds until a test gives up; none waits so long
NAMES = sorted(INSTRUMENTS)


class Page:
    """What a page does with an instrument, and what it is answered."""

    def __init__(self, panel, monkeypatch):
        self.panel, self.answers = panel, []
        monkeypatch.setattr(panel, "send", lambda content, buffers=None: self._take(content))

    def _take(self, content):
        self.answers.append(json.loads(json.dumps(content, allow_nan=False)))

    def ask(self, **content):
        self.panel._handle_custom_msg(content, [])
        return self.answers[-1]

    def look(self):
        return self.ask(kind="look")["seen"]

    def act(self, action, argument=""):
        return self.ask(kind="act", action=action, argument=argument)["seen"]


@pytest.fixture
def page(request, monkeypatch):
    panel = panel_class(request.param)()
    yield Page(panel, monkeypatch)
    panel.close()


@pytest.fixture
def log(monkeypatch):
    """A log of its own for the tasks of a test."""
    from vital_widgets.panels.catalog import tasks_panel

    own = TaskLog()
    monkeypatch.setattr(tasks, "TASKS", own)
    monkeypatch.setattr(tasks_panel, "TASKS", own)
    return own


@pytest.mark.parametrize("name", NAMES)
def test_each_is_available_and_takes_a_source_like_all_panels(name, widgets_left) -> None:
    assert name in available()
    panel = getattr(vw.panels, name)("any source")
    assert panel.title == panel.heading == name
    assert panel.about
    assert panel.seen == json.loads(json.dumps(panel.seen, allow_nan=False))
    panel.close()
    panel.close()
    assert widgets_left() == []


@pytest.mark.parametrize("name", NAMES)
def test_no_thread_and_no_reference_belongs_to_one(name) -> None:
    threads = threading.active_count()
    panel = panel_class(name)()
    panel.look()
    assert threading.active_count() == threads
    panel.close()
    gone = weakref.ref(panel)
    del panel
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("page", NAMES, indirect=True)
def test_each_question_has_one_answer_and_nothing_is_sent_unasked(page) -> None:
    task = Task(lambda task: task.report(0.5))
    task.run()
    assert page.answers == []
    page.look()
    page.look()
    assert [one["kind"] for one in page.answers] == ["seen", "seen"]
    page.panel._handle_custom_msg({"kind": "views", "tab": "t", "page": "p", "count": 1}, [])
    page.panel._handle_custom_msg("nonsense", [])
    assert len(page.answers) == 2


@pytest.mark.parametrize("page", NAMES, indirect=True)
def test_an_unknown_action_says_what_is_known(page) -> None:
    with pytest.raises(InvalidInputError, match="unknown action 'explode'"):
        page.panel.act("explode")


@pytest.mark.parametrize("page", ["Tasks"], indirect=True)
def test_tasks_are_listed_and_cancelled(log, page) -> None:
    del log
    begun = threading.Event()

    def work(task):
        task.report(0.5, "half way", bytes_done=10, bytes_total=20)
        begun.set()
        while True:
            task.wait_cancelled(WAIT)

    assert page.look() == {"tasks": []}
    assert not page.answers[-1]["busy"]
    task = Task(work, "long").start()
    assert begun.wait(WAIT)
    (seen,) = page.look()["tasks"]
    assert page.answers[-1]["busy"]
    assert (seen["title"], seen["state"], seen["progress"]) == ("long", "running", 0.5)
    assert (seen["message"], seen["bytes_done"], seen["bytes_total"]) == ("half way", 10, 20)
    page.act("cancel", "no number")
    page.act("cancel", -1)
    page.act("cancel", seen["number"])
    assert task.wait(WAIT)
    assert task.state is TaskState.CANCELLED
    (seen,) = page.look()["tasks"]
    assert seen["state"] == "cancelled"
    assert page.act("clear") == {"tasks": []}


@pytest.mark.parametrize("page", ["Memory"], indirect=True)
def test_memory_is_shown_and_released(page) -> None:
    blocks().put(("test of the panel", 0), b"", 1_500_000, "test of the panel")
    seen = page.look()
    held = {one["name"]: one["held_bytes"] for one in seen["holders"] if one["in_budget"]}
    assert held["test of the panel"] == 1_500_000
    assert seen["held_bytes"] == sum(held.values()) <= seen["budget_bytes"]
    seen = page.act("release")
    assert seen["held_bytes"] == 0
    assert seen["told"].endswith("MB released")


@pytest.mark.parametrize("page", ["Performance"], indirect=True)
def test_times_are_measured_between_start_and_stop(page) -> None:
    MONITOR.stop()
    assert page.act("start")["on"]
    Task(lambda task: task.report(0.5), "working").run()
    rows = {(one["kind"], one["name"]): one["count"] for one in page.look()["rows"]}
    assert rows["task", "working"] == 1
    seen = page.act("stop")
    assert not seen["on"]
    assert not MONITOR.on
    assert "task working" in seen["text"]
    assert f"vital-widgets {vw.__version__}" in seen["text"]


@pytest.mark.parametrize("name", NAMES)
def test_a_workbench_shows_saves_and_closes_one(name, rec, tmp_path, widgets_left) -> None:
    bench = vw.Workbench(rec, panels=["Statistics", name], arrangement="tabs")
    assert [one.title for one in bench.panels] == ["Statistics", name]
    path = bench.save(tmp_path / "bench.json")
    again = vw.Workbench.load(path, rec)
    assert [one.title for one in again.panels] == ["Statistics", name]
    panel = again.panels[1]
    panel._handle_custom_msg({"kind": "act", "action": "close"}, [])
    assert [one.title for one in again.panels] == ["Statistics"]
    assert panel.comm is None
    with pytest.raises(InvalidInputError, match="not settings of the panel"):
        bench.panels[1].settings = {"panel": "Statistics"}
    again.close()
    bench.close()
    assert widgets_left() == []
