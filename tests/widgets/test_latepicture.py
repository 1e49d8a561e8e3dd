"""The picture for a saved notebook is drawn while the kernel answers other messages."""

from __future__ import annotations

import threading
import weakref
from contextvars import ContextVar

import pytest

import vital_widgets as vw
from vital_widgets.runtime.pool import URGENT
from vital_widgets.widgets import keeping
from vital_widgets.widgets.latepicture import LatePictures
from vital_widgets.widgets.lifetime import close_unused
from waiting import until

SHELL: ContextVar[str] = ContextVar("shell", default="main")


class Slow:
    """Draws when it is told to, as on a machine that is busy."""

    def __init__(self, plain) -> None:
        self.plain, self.begun, self.go_on = plain, threading.Event(), threading.Event()

    def __call__(self, *args):
        self.begun.set()
        self.go_on.wait()
        return self.plain(*args)


@pytest.fixture
def slow(monkeypatch):
    made = Slow(keeping._drawn)
    monkeypatch.setattr(keeping, "_drawn", made)
    yield made
    made.go_on.set()
    assert until(lambda: URGENT.idle)


def ask(viewer):
    viewer._pages.display()
    viewer._handle_custom_msg({"kind": "keep"}, [])


def test_the_viewer_answers_while_its_picture_is_drawn(recording, slow):
    viewer, sent = vw.Viewer(recording, t_range=(0, 10)), []
    viewer.send = sent.append
    ask(viewer)
    assert slow.begun.wait()
    viewer.t_range = (5, 15)
    assert sent == []
    slow.go_on.set()
    assert until(lambda: sent)
    assert (sent[0]["kind"], sent[0]["model"]) == ("kept", viewer.model_id)
    viewer.close()


def test_a_picture_that_is_drawn_keeps_no_viewer_alive(recording, slow, collected, caplog):
    viewer = vw.Viewer(recording, t_range=(0, 10))
    ask(viewer)
    assert slow.begun.wait()
    held = weakref.ref(viewer)
    viewer._pages.report({"tab": "1", "page": "1", "model": "1", "count": 0})  # its output is gone
    del viewer
    close_unused()
    assert held() is None, "closed at once, without garbage collection"
    slow.go_on.set()
    assert until(lambda: URGENT.idle)
    assert caplog.text == ""


def test_a_viewer_that_is_closed_meanwhile_reports_nothing(recording, slow, caplog):
    viewer, sent = vw.Viewer(recording, t_range=(0, 10)), []
    viewer.send = sent.append
    ask(viewer)
    assert slow.begun.wait()
    slow.plain = lambda *_: 1 / 0
    viewer.close()
    slow.go_on.set()
    assert until(lambda: URGENT.idle)
    assert sent == []
    assert caplog.text == ""
    ask(viewer)
    assert sent == []


def test_a_picture_that_fails_is_logged_and_not_sent(recording, monkeypatch, caplog):
    viewer, sent = vw.Viewer(recording, t_range=(0, 10)), []
    viewer.send = sent.append
    monkeypatch.setattr(keeping, "_drawn", lambda *_: 1 / 0)
    ask(viewer)
    assert until(lambda: URGENT.idle)
    assert sent == []
    assert "for the saved notebook" in caplog.text
    viewer.close()


def test_no_picture_is_sent_after_a_newer_one():
    late, first, sent = LatePictures(), Slow(lambda: {"of": "first"}), []
    late.ask(first, sent.append)
    assert first.begun.wait()
    late.ask(lambda: {"of": "second"}, sent.append)
    assert until(lambda: sent)
    first.go_on.set()
    assert until(lambda: URGENT.idle)
    assert sent == [{"of": "second"}]


def test_the_answer_belongs_to_the_shell_that_was_asked():
    late, shells = LatePictures(), []
    SHELL.set("of messages")
    late.ask(dict, lambda _: shells.append(SHELL.get()))
    assert until(lambda: shells == ["of messages"])
