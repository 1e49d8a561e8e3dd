from __future__ import annotations

import threading

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.onlyonce import MOST_HELD, OnlyOnce
from vital_widgets.serve.session import Session


def test_a_request_that_comes_twice_is_done_once() -> None:
    once = OnlyOnce()
    done: list[int] = []
    assert once.do("a:1", lambda: done.append(1) or len(done)) == 1
    assert once.do("a:1", lambda: done.append(2) or len(done)) == 1
    assert once.do("a:2", lambda: done.append(3) or len(done)) == 2
    assert done == [1, 3]


def test_an_error_is_given_again() -> None:
    once = OnlyOnce()
    errors = []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as raised:
            once.do("a:1", lambda: 1 / 0)
        errors.append(raised.value)
    assert errors[0] is errors[1]


def test_a_request_waits_for_the_same_one_that_is_being_done() -> None:
    once = OnlyOnce()
    begun, go = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go.wait(120)
        return "done"

    results: list[str] = []
    first = threading.Thread(target=lambda: results.append(once.do("a:1", slow)))
    first.start()
    assert begun.wait(120)
    second = threading.Thread(target=lambda: results.append(once.do("a:1", lambda: "twice")))
    second.start()
    go.set()
    first.join(120)
    second.join(120)
    assert results == ["done", "done"]


def test_only_the_latest_results_are_held() -> None:
    once = OnlyOnce()
    for k in range(3 * MOST_HELD):
        once.do(f"a:{k}", lambda k=k: k)
    assert len(once._held) == MOST_HELD
    assert once.do(f"a:{3 * MOST_HELD - 1}", lambda: None) == 3 * MOST_HELD - 1


def test_a_mark_that_is_sent_again_after_a_lost_connection_is_made_once() -> None:
    recording = vw.Recording.from_arrays({"ECG": np.zeros(1000)}, fs=100.0)
    session = Session(recording)
    message = {
        "v": 1, "kind": "mark", "request": "page:7", "seq": 7, "do": "create", "layer": None,
        "marks": [{"onset": 2.0, "duration": 0.0, "text": "V", "channel": -1}],
    }  # fmt: skip
    replies = [dispatch(session, message) for _ in range(2)]
    assert replies[0] == replies[1]
    assert recording.annotations.select().onset.tolist() == [2.0]
    dispatch(session, {**message, "request": "page:8"})
    assert recording.annotations.select().onset.tolist() == [2.0, 2.0]
    # Undone once, too.
    undo = {"v": 1, "kind": "mark", "request": "page:9", "seq": 9, "do": "undo"}
    for _ in range(2):
        dispatch(session, undo)
    assert len(recording.annotations.select()) == 1
    refused = {**message, "request": "page:10", "marks": "none"}
    assert [dispatch(session, refused)[0]["kind"] for _ in range(2)] == ["error", "error"]
    session.close()
