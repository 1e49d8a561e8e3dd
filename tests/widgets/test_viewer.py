from __future__ import annotations

import errno
import gc
import json
import threading
import weakref

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.io.stored_table import TableWriter
from vital_widgets.runtime.tasks import Task
from vital_widgets.widgets import viewer as viewer_module
from waiting import until


def test_a_viewer_opens_on_the_first_ten_seconds_with_all_channels(recording) -> None:
    viewer = vw.Viewer(recording)
    assert viewer.t_range == (0.0, 10.0)
    assert viewer.channels == ["ECG", "PPG"]
    assert viewer.selection is None
    assert viewer.recording is recording
    assert "ECG" in json.dumps(viewer.get_state()["_description"])


def test_a_short_recording_is_shown_whole() -> None:
    recording = vw.Recording.from_arrays({"ECG": np.zeros(700)}, fs=100.0)
    assert vw.Viewer(recording).t_range == (0.0, 7.0)


def test_the_first_picture_is_part_of_the_state(recording) -> None:
    viewer = vw.Viewer(recording, t_range=(20, 30))
    parts = viewer._first["window"]["parts"]
    assert [part["channel"] for part in parts] == [0, 1]
    assert len(viewer._first_data) >= 2 * 1000 * 8


def test_the_saved_state_is_small_and_the_bundle_is_in_it_once(recording) -> None:
    vw.Viewer(recording)
    vw.Viewer(recording)
    state = Widget.get_manager_state()["state"]
    bundles = [m for m in state.values() if "main.js" in json.dumps(m["state"])]
    assert len(bundles) == 1
    assert len(json.dumps(state)) < 200_000


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"t_range": (5, 5)}, InvalidInputError, "t0 < t1"),
        ({"t_range": (5, float("nan"))}, InvalidInputError, "t0 < t1"),
        ({"t_range": (1000, 2000)}, InvalidInputError, "outside the recording"),
        ({"t_range": 3}, InvalidInputError, "not a pair"),
        ({"t_range": (1, 2, 3)}, InvalidInputError, "not a pair"),
        ({"channels": ["EEG"]}, UnknownChannelError, "'ECG', 'PPG'"),
        ({"channels": ["ECG", "ECG"]}, InvalidInputError, "twice"),
        ({"height": 5}, InvalidInputError, "120"),
    ],
)
def test_bad_input_is_refused_and_the_message_says_what_is_right(
    recording, options, error, says
) -> None:
    with pytest.raises(error, match=says):
        vw.Viewer(recording, **options)


def test_bad_values_of_traits_are_refused_and_nothing_changes(recording) -> None:
    viewer = vw.Viewer(recording)
    for name, value in [
        ("t_range", (3, 2)),
        ("channels", ["nope"]),
        ("selection", (2, 1)),
        ("height", -1),
    ]:
        before = getattr(viewer, name)
        with pytest.raises((InvalidInputError, UnknownChannelError, traitlets.TraitError)):
            setattr(viewer, name, value)
        assert getattr(viewer, name) == before


def test_something_that_is_no_recording_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="from_arrays"):
        vw.Viewer([1, 2, 3])


def test_a_closed_recording_is_refused(recording) -> None:
    recording.close()
    with pytest.raises(InvalidInputError, match="open it again"):
        vw.Viewer(recording)


def test_a_front_end_that_is_not_built_is_an_error_that_says_how(
    recording, built_front_end
) -> None:
    (built_front_end / "main.js").unlink()
    Widget.close_all()
    with pytest.raises(OSError, match="make bundle"):
        vw.Viewer(recording)


def test_requests_are_answered_on_the_wire(recording) -> None:
    viewer = vw.Viewer(recording)
    sent = []
    viewer._wire.send = lambda content, buffers=None: sent.append((content, buffers))
    request = {"v": 1, "kind": "window", "request": "a:1", "seq": 1}
    viewer._wire._handle_custom_msg(
        {**request, "channels": [1], "t0": 0, "t1": 1, "width": 100}, []
    )
    ((reply, buffers),) = sent
    assert reply["kind"] == "window"
    assert reply["request"] == "a:1"
    assert len(buffers[0]) >= 100 * 8


def test_many_viewers_opened_and_closed_leave_nothing_behind(recording) -> None:
    vw.Viewer(recording).close()
    gc.collect()
    widgets, threads = len(_instances), threading.active_count()
    gone = []
    for _ in range(25):
        viewer = vw.Viewer(recording)
        gone.append(weakref.ref(viewer))
        viewer.close()
    del viewer
    gc.collect()
    assert len(_instances) == widgets
    until(lambda: threading.active_count() <= threads)
    assert not [ref for ref in gone if ref() is not None]


def test_a_task_on_screen_follows_its_task_and_cancels_it() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(task: Task[str]) -> str:
        task.report(0.25, "a quarter")
        begun.set()
        while not go_on.wait(0.01):
            task.report(0.25)
        return "never"

    task = Task(work, "Counting")
    view = vw.TaskView(task)
    assert (view.state, view.title) == ("pending", "Counting")
    task.start()
    assert begun.wait(300)
    view._handle_custom_msg({"kind": "cancel"}, [])
    assert task.wait(300)
    assert view.state == "cancelled"
    assert view.progress == 0.25
    view.close()


def test_the_error_of_a_failed_task_is_shown() -> None:
    def work(task: Task[None]) -> None:
        raise ValueError("line 7: 'abc' is not a number")

    task = Task(work, "Reading x.csv").start()
    task.wait(300)
    view = vw.TaskView(task)
    assert view.state == "failed"
    assert "line 7" in view.error
    assert "ValueError" in view.error_traceback


def test_a_view_that_is_gone_is_not_held_by_its_task() -> None:
    stop = threading.Event()
    task = Task(lambda _: stop.wait(300), "Waiting").start()
    view = vw.TaskView(task)
    gone = weakref.ref(view)
    view.close()
    del view
    gc.collect()
    assert gone() is None
    stop.set()
    task.wait(300)


@pytest.fixture
def held_csv(tmp_path, monkeypatch):
    """A CSV file of 40 s, and the event on which its reading waits."""
    go = threading.Event()
    append = TableWriter.append

    def held(self, columns):
        assert go.wait(300)
        append(self, columns)

    monkeypatch.setattr(TableWriter, "append", held)
    monkeypatch.setattr(viewer_module, "MAX_WAIT_SECONDS", 0.0)
    path = tmp_path / "night.csv"
    path.write_text("time,a\n" + "".join(f"{i / 100:.2f},{i % 7}\n" for i in range(4000)))
    yield path, go
    go.set()


def test_a_file_that_is_being_read_in_is_described_anew_at_the_end(held_csv) -> None:
    path, go = held_csv
    viewer = vw.Viewer(path)
    task = viewer.recording.task
    assert viewer._description["channels"][0]["n_samples"] == 0
    assert viewer._description["duration"] == pytest.approx(40.0)  # as its last line promises
    assert viewer.t_range == (0.0, 10.0)
    assert viewer._first["overview"] is None
    assert viewer._progress.state in {"pending", "running"}
    viewer.t_range = (20, 40)  # what is not read yet can be gone to
    before = viewer._description["revision"]
    go.set()
    assert task.wait(300)
    assert viewer._session.task.wait(300)
    assert viewer._description["revision"] > before
    assert viewer._description["channels"][0]["n_samples"] == 4000
    # Who waits for a task may be faster than who listens to it.
    until(lambda: viewer._first["overview"] is not None and viewer._progress.state == "done")
    assert viewer._first["window"]["complete"]  # the saved picture is that of the whole
    assert viewer._first["window"]["t0"] == 20
    assert viewer._first["overview"] is not None
    assert viewer._progress.state == "done"
    viewer.close()
    viewer.recording.close()


def test_a_viewer_closed_while_its_file_is_read_in_is_told_nothing_more(held_csv) -> None:
    path, go = held_csv
    viewer = vw.Viewer(path)
    recording, told = viewer.recording, viewer._description["revision"]
    viewer.close()
    go.set()
    assert recording.task.wait(300)
    assert recording.task.state == "done"  # the recording is still open
    assert viewer._description["revision"] == told
    viewer.close()
    recording.close()


def test_a_reading_that_fails_is_shown_and_requests_say_why(held_csv, monkeypatch) -> None:
    path, _go = held_csv

    def full(self, columns):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TableWriter, "append", full)
    viewer = vw.Viewer(path)
    until(lambda: viewer._progress.state == "failed")
    assert "disk is full" in viewer._progress.error
    sent = []
    monkeypatch.setattr(viewer._wire, "send", lambda content, buffers: sent.append(content))
    request = {"v": 1, "kind": "window", "request": "r", "t0": 0, "t1": 9, "width": 9}
    viewer._wire._handle_custom_msg({**request, "channels": [0]}, [])
    assert sent[0]["kind"] == "error"
    assert "disk is full" in sent[0]["error"]
    viewer.close()


def test_a_path_is_opened_and_told_in_a_few_words(held_csv) -> None:
    path, go = held_csv
    go.set()
    viewer = vw.Viewer(str(path), channels="a", t_range=(1, 2))
    assert repr(viewer) == "Viewer('night.csv', 1 channels, 1 to 2 s)"
    viewer.close()


def test_a_wire_that_is_closed_answers_nothing(recording, monkeypatch) -> None:
    viewer = vw.Viewer(recording)
    wire = viewer._wire
    viewer.close()
    monkeypatch.setattr(wire, "send", lambda *_: pytest.fail("nobody listens"))
    wire._handle_custom_msg({"v": 1, "kind": "window"}, [])


def test_a_viewer_that_could_not_be_made_leaves_nothing_behind(recording, monkeypatch) -> None:
    before = len(_instances)
    closed = []
    close = viewer_module.Session.close
    monkeypatch.setattr(
        viewer_module.Session, "close", lambda self: (closed.append(self), close(self))
    )
    monkeypatch.setattr(
        viewer_module.Session, "first_picture", lambda *_: (_ for _ in ()).throw(OSError("gone"))
    )
    with pytest.raises(OSError, match="gone"):
        vw.Viewer(recording)
    gc.collect()
    assert len(closed) == 1
    assert len(_instances) == before


def test_a_channel_or_a_result_is_refused_with_what_to_give(recording) -> None:
    with pytest.raises(InvalidInputError, match=r"give its recording and channels=\['ECG'\]"):
        vw.Viewer(recording["ECG"])
    with pytest.raises(InvalidInputError, match=r"store\(function, channel\)"):
        vw.Viewer(vw.analysis.lowpass(recording["ECG"], highcut=20))


@pytest.mark.parametrize("given", [None, "hrv", 5])
def test_a_task_view_of_something_else_is_refused(given) -> None:
    before = len(_instances)
    with pytest.raises(InvalidInputError, match=r"give the task that run\(\.\.\.\)"):
        vw.TaskView(given)
    gc.collect()
    assert len(_instances) == before
