"""Calls on threads of their own: errors end nothing, and mean nothing once all is closed."""

from __future__ import annotations

import threading

import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.panels import Panel, View, call, frame
from vital_widgets.panels.later import call_later
from vital_widgets.panels.parameters import channel
from vital_widgets.panels.statusline import StatusLine, Throttled
from waiting import until


def joined():
    """Wait for the threads of calls."""
    for one in threading.enumerate():
        if one.name in ("vital-widgets-status", "vital-widgets-progress", "test of calls"):
            one.join()


def fail():
    raise RuntimeError("no way to the page")


@pytest.mark.parametrize("closed", [False, True])
def test_an_error_is_logged_unless_all_is_closed(caplog, closed):
    call_later(0.0, fail, "test of calls", lambda: closed)
    joined()
    assert ("no way to the page" in caplog.text) == (not closed)


def test_a_call_that_is_cancelled_does_not_come():
    calls = []
    call_later(60.0, lambda: calls.append(1), "test of calls", lambda: False).cancel()
    joined()
    assert calls == []


def test_after_a_failed_call_the_next_request_calls_again(caplog):
    calls = []

    def once():
        calls.append(1)
        if len(calls) == 1:
            fail()

    throttled = Throttled(once, 0.0)
    for _ in range(2):
        throttled.ask()
        joined()
    assert len(calls) == 2
    assert "no way to the page" in caplog.text
    throttled.close()


def test_a_line_that_is_closed_while_it_is_made_reports_nothing(monkeypatch, caplog):
    line = StatusLine()
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait()
        fail()  # as when the way to the page goes away between the question for it and its use

    monkeypatch.setattr(line, "update", slow)
    line._throttled.ask()
    assert begun.wait()
    line.close()
    go_on.set()
    joined()
    assert caplog.text == ""


def test_a_panel_that_is_closed_while_it_says_that_it_computes_reports_nothing(
    rec, monkeypatch, caplog
):
    panel = vw.panels.Statistics(rec)
    panel.wait()
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait()
        fail()

    monkeypatch.setattr(panel._frame, "_tell_late", slow)
    monkeypatch.setattr(frame, "PATIENCE", 0.0)
    panel.logarithmic = not panel.logarithmic
    panel.update()
    assert begun.wait()
    panel.close()
    go_on.set()
    joined()
    assert caplog.text == ""


@pytest.mark.parametrize(("patience", "said"), [(1000.0, False), (0.0, True)])
def test_only_of_a_slow_computation_it_is_said_that_it_goes_on(rec, monkeypatch, patience, said):
    monkeypatch.setattr(frame, "PATIENCE", patience)
    entered, hold = threading.Event(), threading.Event()

    class Slow(Panel):
        channel = channel("ECG")

        def script(self, place, chosen):
            return call(slow, place.channel(chosen.channel), name="mean")

        def draw(self, result, chosen):
            return View()

    def slow(signal):
        entered.set()
        hold.wait()
        return analysis.signal_statistics(signal)

    panel = Slow(rec, window=(0, 10))
    words = panel._frame._told
    entered.wait()
    assert panel.state == "computing"
    if said:
        assert until(lambda: "computing …" in words.value)
    else:
        assert words.value == ""
    hold.set()
    panel.wait()
    assert until(lambda: panel.state == "done" and words.value == "")
