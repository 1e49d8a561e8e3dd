"""Changes of marks from the browser: several at once, and at the sample that was pointed at."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from serve.test_marks import ask, refused, window
from vital_widgets.serve.session import Session


@pytest.fixture
def recording():
    recording = vw.Recording.from_arrays({"ECG": np.zeros(1000)}, fs=10.0)
    recording.annotations.reader = "anna"
    return recording


@pytest.fixture
def session(recording):
    session = Session(recording)
    yield session
    session.close()


def test_a_beat_is_placed_at_the_sample_that_was_pointed_at() -> None:
    signal = np.zeros(100_000, np.int16)
    signal[[41_237, 60_000]], signal[41_390], signal[41_000] = 900, -700, 1200
    channels = {"ECG": signal, "other": np.zeros(1000)}
    recording = vw.Recording.from_arrays(channels, fs={"ECG": 1000.0, "other": 10.0})
    recording.annotations.reader = "anna"
    session = Session(recording)

    def made(onset, **near):
        mark = {"onset": onset, "text": "N"}
        if near:
            mark["near"] = {"signal": 0, "within": 0.2, "extremum": 0, **near}
        ask(session, "mark", do="create", marks=[mark])
        return recording.annotations.log[-1].onset

    assert made(41.3) == 41.3
    assert made(41.3004) == 41.3004
    assert made(41.3, extremum=1) == 41.237
    assert made(41.3, extremum=-1) == 41.39
    assert made(41.30041, extremum=0) == 41.3
    assert made(41.3, extremum=1, within=0.5) == 41.0
    assert made(20.0304, extremum=1) == 20.03, "of equal samples the nearest one"
    assert made(41.34, extremum=0, signal=1) == 41.3
    assert made(250.0, extremum=1) == 250.0, "there is no sample"
    for near in (5, {}, {"signal": 2, "within": 1, "extremum": 1}, {"signal": 0, "extremum": 1}):
        marks = [{"onset": 1, "text": "N", "near": near}]
        refused(session, "mark", do="create", marks=marks)
    session.close()


def test_several_edits_are_one_action(recording, session):
    first = recording.annotations.add(1, "W", 30)
    other = recording.annotations.add(2, "N", layer="beats")
    gone = recording.annotations.add(3, "N", layer="beats")
    before = window(session)[0]
    edits = [
        {"do": "change", "ids": [other.id, first.id], "to": {"text": ["V", "N2"]}},
        {"do": "create", "marks": [{"onset": 31, "text": "N2"}, {"onset": 61, "text": "N2"}]},
        {"do": "delete", "ids": [gone.id]},
    ]
    reply, data = ask(session, "mark", do="several", edits=edits)
    ids = np.frombuffer(data, "<f8", reply["count"], reply["at"]).tolist()
    after = window(session, layers=["anna", "beats"])[0]
    assert [m[:3] for m in after] == [(1, 30, "N2"), (2, 0, "V"), (31, 0, "N2"), (61, 0, "N2")]
    assert ids == [other.id, first.id, after[2][5], after[3][5], gone.id]
    assert reply["undo"] == 4
    reply, _ = ask(session, "mark", do="undo")
    assert (reply["count"], reply["undo"], reply["redo"]) == (5, 3, 1)
    assert window(session)[0] == before
    ask(session, "mark", do="redo")
    assert window(session, layers=["anna", "beats"])[0] == after
    ask(session, "mark", do="undo")
    edits[0]["ids"] = [gone.id, first.id]
    assert "occurs twice" in refused(session, "mark", do="several", edits=edits)
    edits[0]["ids"] = [12345, first.id]
    assert "no mark with the id 12345" in refused(session, "mark", do="several", edits=edits)
    assert window(session)[0] == before, "all or none"
    assert ask(session, "mark", do="several", edits=[])[0]["count"] == 0
