"""Requests about marks: windows with densities, the list, next and previous, changes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session

DURATION = 100.0


@pytest.fixture
def recording():
    marks = Annotations([1.0, 2.0, 9.0, 9.5], ["N", "V", "N", "rhythm"], [0, 0, 0, 50])
    signals = {"ECG": np.zeros(1000), "PPG": np.zeros(1000)}
    recording = vw.Recording.from_arrays(signals, fs=10.0, annotations=marks)
    recording.annotations.reader = "anna"
    return recording


@pytest.fixture
def session(recording):
    session = Session(recording)
    yield session
    session.close()


NUMBERS = itertools.count(1)  # each request has another identifier


def ask(session, kind, **content):
    envelope = {"v": 1, "kind": kind, "request": f"t:{next(NUMBERS)}", "seq": 1}
    reply, buffers = dispatch(session, envelope | content)
    assert reply["kind"] == kind, reply
    assert reply.get("pending") is not True
    return reply, buffers[0] if buffers else b""


def refused(session, kind, **content):
    envelope = {"v": 1, "kind": kind, "request": f"t:{next(NUMBERS)}", "seq": 1}
    reply, _ = dispatch(session, envelope | content)
    assert reply["kind"] == "error", reply
    return reply["error"]


def window(session, t0=0.0, t1=DURATION, limit=100, **more):
    """Return the marks of a window as tuples, and the reply."""
    reply, data = ask(session, "annotations", t0=t0, t1=t1, limit=limit, **more)
    n, at = reply["count"], reply["at"]
    onset = np.frombuffer(data, "<f8", n, at)
    duration = np.frombuffer(data, "<f8", n, at + 8 * n)
    text = np.frombuffer(data, "<i4", n, at + 16 * n)
    channel = np.frombuffer(data, "<i4", n, at + 20 * n)
    layer = np.frombuffer(data, "<i4", n, reply["layer_at"])
    ids = np.frombuffer(data, "<f8", n, reply["id_at"])
    marks = [
        (o, d, reply["texts"][t], c, reply["layers"][k]["name"], int(i))
        for o, d, t, c, k, i in zip(onset, duration, text, channel, layer, ids, strict=True)
    ]
    return marks, reply, data


def rows(session, count=100, **more):
    reply, data = ask(session, "list", count=count, **more)
    n, at = reply["count"], reply["at"]
    ids, onset, duration, changed = np.frombuffer(data, "<f8", 4 * n, at).reshape(4, n)
    text, comment, channel, layer = np.frombuffer(data, "<i4", 4 * n, at + 32 * n).reshape(4, n)
    del duration, changed
    found = [
        (o, reply["texts"][t], reply["texts"][m], c, reply["layers"][k]["name"], int(i))
        for o, t, m, c, k, i in zip(onset, text, comment, channel, layer, ids, strict=True)
    ]
    return found, reply


def test_a_window_has_layer_and_id_of_each_mark(recording, session):
    mark = recording.annotations.add(5, "A", 2, "PPG")
    marks, reply, _ = window(session)
    assert [m[:5] for m in marks] == [
        (1, 0, "N", -1, "file"), (2, 0, "V", -1, "file"), (5, 2, "A", 1, "anna"),
        (9, 0, "N", -1, "file"), (9.5, 50, "rhythm", -1, "file"),
    ]  # fmt: skip
    assert marks[2][5] == mark.id
    assert len({m[5] for m in marks}) == 5
    assert reply["layers"] == [
        {"name": "file", "reader": "", "read_only": True},
        {"name": "anna", "reader": "anna", "read_only": False},
    ]
    assert [m[2] for m in window(session, 30, 40)[0]] == ["rhythm"]
    assert [m[2] for m in window(session, layers=["anna"])[0]] == ["A"]
    assert [m[2] for m in window(session, texts=["N", "A"], layers=["file"])[0]] == ["N", "N"]
    assert window(session, layers=[])[0] == []
    assert [m[2] for m in window(session, without=["N", "rhythm"])[0]] == ["V", "A"]
    assert [m[2] for m in window(session, channels=[1])[0]] == ["A"]
    assert [m[2] for m in window(session, channels=[-1], texts=["V", "A"])[0]] == ["V"]


def test_a_description_says_how_many_layers_of_marks_there_are(recording, session):
    assert session.description()[0]["mark_layers"] == 1
    empty = vw.Recording.from_arrays({"ECG": np.zeros(10)}, fs=10.0)
    other = Session(empty)
    assert other.description()[0]["mark_layers"] == 0
    empty.annotations.add(0.5, "N")
    assert other.description()[0]["mark_layers"] == 1
    other.close()


@given(
    st.lists(
        st.tuples(
            st.floats(0, 99),
            st.sampled_from("NNNNNV"),
            st.sampled_from(["a", "b"]),
            st.sampled_from(["", "", "ECG", "nowhere"]),
        ),
        min_size=1,
        max_size=200,
    ),
    st.integers(1, 40),
    st.integers(1, 17),
)
def test_densities_count_every_mark_that_is_not_sent(spans, limit, columns):
    recording = vw.Recording.from_arrays({"ECG": np.zeros(1000)}, fs=10.0)
    for name in "ab":
        own = [(t, text, 0, channel) for t, text, layer, channel in spans if layer == name]
        recording.annotations.add_result(
            Annotations(*zip(*own, strict=True)) if own else Annotations(), name
        )
    session = Session(recording)
    marks, reply, data = window(session, limit=limit, columns=columns)
    session.close()
    assert reply["total"] == len(spans)
    assert len(marks) == min(limit, len(spans))
    assert [m[0] for m in marks] == sorted(m[0] for m in marks)
    spans = [(t, (layer, text, 0 if channel == "ECG" else -1)) for t, text, layer, channel in spans]
    sent = [(m[4], m[2], m[3]) for m in marks]
    dense = {
        (reply["layers"][d["layer"]]["name"], d["text"], d["channel"]): d
        for d in reply["densities"]
    }
    for group in {group for _, group in spans}:
        onsets = [t for t, of in spans if of == group]
        if group not in dense:
            assert sent.count(group) == len(onsets)
            continue
        expected = np.bincount([int(t * (columns / DURATION)) for t in onsets], minlength=columns)
        counts = np.frombuffer(data, "<u4", columns, dense[group]["at"])
        assert counts.tolist() == expected.tolist()
        assert dense[group]["total"] == len(onsets)


def test_the_first_picture_has_marks_that_need_not_be_read(recording, session):
    recording.annotations.add(5, "A", 2, "PPG")
    picture, data = session.first_picture([0, 1], 2.0, 8.0)
    marks = picture["marks"]
    assert (marks["t0"], marks["t1"], marks["count"], marks["texts"]) == (
        0,
        11,
        5,
        ["A", "N", "V", "rhythm"],
    )
    assert np.frombuffer(data, "<f8", 5, marks["at"]).tolist() == [1, 2, 5, 9, 9.5]
    many = Annotations(np.arange(1000) / 100, [f"{k} is a long text " * 3 for k in range(1000)])
    recording.annotations.add_result(many, "texts")
    assert session.first_picture([0, 1], 2.0, 8.0)[0]["marks"] is None


def test_a_rare_mark_and_the_frequent_ones_are_both_there(recording, session):
    beats = Annotations(np.arange(0, 100, 0.01), ["N"] * 10_000)
    recording.annotations.add_result(beats, "beats")
    marks, reply, data = window(session, limit=50, columns=10)
    assert {m[2] for m in marks} == {"N", "V", "rhythm"}
    (density,) = reply["densities"]
    assert reply["layers"][density["layer"]]["name"] == "beats"
    assert np.frombuffer(data, "<u4", 10, density["at"]).tolist() == [1000] * 10


def test_the_list_is_sorted_searched_and_paged(recording, session):
    recording.annotations.add(5, "a", 2, "PPG", comment="Cough")
    recording.annotations.add(7, "cough")
    found, reply = rows(session)
    assert [m[0] for m in found] == [1, 2, 5, 7, 9, 9.5]
    assert reply["total"] == 6
    assert [m[0] for m in rows(session, 2, first=1, descending=True)[0]] == [9, 7]
    assert [m[1] for m in rows(session, sort="text")[0]] == ["a", "cough", "N", "N", "rhythm", "V"]
    assert [m[0] for m in rows(session, sort="duration", descending=True)[0]][:2] == [9.5, 5]
    assert [m[4] for m in rows(session, sort="layer")[0]] == ["anna"] * 2 + ["file"] * 4
    assert [m[0] for m in rows(session, search="COUGH")[0]] == [5, 7]
    assert [m[0] for m in rows(session, search="anna", texts=["a"])[0]] == [5]
    assert [m[0] for m in rows(session, search="ppg")[0]] == [5]
    assert [m[0] for m in rows(session, channels=[1])[0]] == [5]
    assert [m[0] for m in rows(session, without=["N", "V", "a"])[0]] == [7, 9.5]
    assert rows(session, first=100)[0] == []
    assert rows(session, search="nothing")[1]["total"] == 0
    assert rows(session, sort="channel")[0][-1][3] == 1


def test_next_and_previous(session):
    def find(t, *, forwards, **more):
        return ask(session, "find", t=t, forwards=forwards, **more)[0]["mark"]

    assert find(1, forwards=True)["text"] == "V"
    assert find(1, forwards=True, texts=["N"])["onset"] == 9
    assert find(9, forwards=False)["text"] == "V"
    assert find(1, forwards=False) is None
    assert find(0, forwards=True, layers=["anna"]) is None
    assert find(1, forwards=True, without=["V"])["onset"] == 9
    assert find(1, forwards=True, channels=[0]) is None
    assert find(1, forwards=True, search="n")["onset"] == 9
    assert find(-1, forwards=True, search="FILE")["text"] == find(-1, forwards=True)["text"]
    assert find(-1, forwards=True, search="nothing") is None


def test_marks_are_created_changed_deleted_and_undone(recording, session):
    other = Session(recording)
    seen = []
    other.mark_service.on_change(seen.append)
    reply, data = ask(
        session, "mark", do="create",
        marks=[{"onset": 3, "text": "A"}, {"onset": 4, "text": "B", "channel": 1, "duration": 2}],
    )  # fmt: skip
    ids = [int(one) for one in np.frombuffer(data, "<f8", reply["count"], reply["at"])]
    assert (reply["undo"], reply["redo"], reply["reader"]) == (1, 0, "anna")
    assert [m[2:4] for m in window(other, layers=["anna"])[0]] == [("A", -1), ("B", 1)]
    ask(session, "mark", do="change", ids=ids, to={"text": "C", "onset": [6, 5], "channel": -1})
    assert [(m[0], m[2], m[3]) for m in window(other, layers=["anna"])[0]] == [
        (5, "C", -1),
        (6, "C", -1),
    ]
    ask(session, "mark", do="delete", ids=ids[:1])
    assert [m[5] for m in window(other, layers=["anna"])[0]] == ids[1:]
    reply, _ = ask(session, "mark", do="undo")
    assert (reply["count"], reply["undo"], reply["redo"]) == (1, 2, 1)
    reply, _ = ask(session, "mark", do="redo")
    assert (reply["count"], reply["undo"], reply["redo"]) == (1, 3, 0)
    assert ask(session, "mark", do="redo")[0]["count"] == 0
    assert len(seen) == 5
    assert seen == sorted(set(seen))
    ask(session, "mark", do="copy", source="file", layer="mine", texts=["V"])
    assert [m[2] for m in window(session, layers=["mine"])[0]] == ["V"]
    legend, _ = ask(session, "legend")
    entries = legend["layers"]
    assert [(e["name"], e["count"], e["everywhere"], e["texts"]) for e in entries] == [
        ("file", 4, 4, [["N", 2], ["V", 1], ["rhythm", 1]]),
        ("anna", 1, 1, [["C", 1]]),
        ("mine", 1, 1, [["V", 1]]),
    ]
    assert (legend["reader"], legend["undo"]) == ("anna", 4)
    other.close()
    ask(session, "mark", do="undo")
    assert len(seen) == 6, "a closed session follows no more"


def test_a_viewer_may_have_another_reader_and_be_blind(recording, session):
    other = Session(recording)
    other.marked(None).reader, other.mark_service.blind = "ben", True
    ask(session, "mark", do="create", marks=[{"onset": 3, "text": "A"}])
    assert window(other)[0] == []
    assert rows(other)[0] == []
    ask(other, "mark", do="create", marks=[{"onset": 4, "text": "B"}])
    assert [m[2:5] for m in window(other)[0]] == [("B", -1, "ben")]
    assert [e["name"] for e in ask(other, "legend")[0]["layers"]] == ["ben"]
    assert "no layer 'anna'" in refused(other, "mark", do="copy", source="anna")
    other.mark_service.blind = False
    assert len(window(other)[0]) == 6
    anna = window(other, layers=["anna"])[0][0][5]
    assert "'anna' is that of the reader 'anna'" in refused(other, "mark", do="delete", ids=[anna])
    other.close()


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("mark", {"do": "paint"}, "do='paint' is none of create"),
        ("mark", {"do": "create", "marks": [{"onset": 1}]}, "each needs onset and text"),
        ("mark", {"do": "create", "marks": [{"onset": "x", "text": "N"}]}, "not a number of sec"),
        ("mark", {"do": "create", "marks": [{"onset": 1, "text": 5}]}, "is not a text"),
        ("mark", {"do": "create", "marks": [{"onset": 1, "text": "N", "id": 5}]}, "unknown field"),
        ("mark", {"do": "create", "marks": [{"onset": 1, "text": "N", "channel": 2}]}, "channel=2"),
        ("mark", {"do": "create", "marks": 5}, "marks=5 is not a list"),
        ("mark", {"do": "create", "marks": [], "layer": 3}, "layer=3 is not a text"),
        ("mark", {"do": "change", "ids": [1], "to": {}}, "does not say what to change"),
        ("mark", {"do": "change", "ids": [1], "to": {"text": "N"}}, "no mark with the id 1"),
        ("mark", {"do": "delete", "ids": ["1"]}, "is not a list of int"),
        ("mark", {"do": "several", "edits": 5}, "edits=5 is not a list"),
        ("mark", {"do": "several", "edits": [{"do": "undo"}]}, "do='undo' is none of create"),
        ("mark", {"do": "delete", "ids": [True]}, "is not a list of int"),
        ("list", {"count": 0}, "count=0 is not a number from 1 to 1000"),
        ("list", {"count": 5, "sort": "size"}, "sort='size' is none of onset"),
        ("list", {"count": 5, "search": None}, "search=None is not a text"),
        ("find", {"t": "x", "forwards": True}, "t='x' is not a finite number"),
        ("find", {"t": 1, "forwards": 1}, "forwards=1 is not true or false"),
        ("annotations", {"t0": 0, "t1": 1, "limit": 5, "layers": "x"}, "layers=x is not a list"),
        ("annotations", {"t0": 0, "t1": 1, "limit": 5, "columns": -1}, "columns=-1 is not"),
        ("list", {"count": 5, "channels": [2]}, "channel=2 is not an index"),
        ("list", {"count": 5, "without": "N"}, "without=N is not a list"),
    ],
)
def test_wrong_requests(session, kind, content, message):
    assert message in refused(session, kind, **content)
    assert ask(session, "legend")[0]["undo"] == 0


def score(recording, reader, stages):
    onset = 30.0 * np.arange(len(stages))
    recording.annotations.extend(
        Annotations(onset, list(stages), [30.0] * len(stages)), reader=reader
    )


def test_a_comparison_gives_a_queue_of_disagreements_and_the_majority():
    recording = vw.Recording.from_arrays({"EEG": np.zeros(1800)}, fs=10.0)
    recording.annotations.reader = "carl"
    for reader, stages in {"anna": "WWR", "ben": "WRR", "carl": "WWW"}.items():
        score(recording, reader, stages)
    session = Session(recording)
    layers = ["anna", "ben", "carl"]
    reply, _ = ask(session, "compare", by="epochs", layers=layers, epoch_s=30, consensus="final")
    marks = recording.annotations
    expected = marks.epoch_agreement(layers, epoch_s=30)
    queue = [(m.onset, m.text) for m in marks.layer("disagreements")]
    assert queue == [(30, "W / R / W"), (60, "R / R / W")]
    assert (reply["name"], reply["count"], reply["consensus"]) == ("disagreements", 2, 3)
    assert f"kappa {expected.fleiss_kappa:.3f}" in reply["text"]
    final = [(m.onset, m.text, m.layer, m.reader) for m in marks.layer("final")]
    assert final == [
        (0, "W", "final", "carl"),
        (30, "W", "final", "carl"),
        (60, "R", "final", "carl"),
    ]
    session.close()


def test_a_comparison_of_events_and_of_beats(recording, session):
    marks = recording.annotations
    marks.add(5, "A", 2)
    marks.add(5.1, "A", 2, reader="ben")
    marks.add(50, "A", 2, reader="ben")
    reply, _ = ask(session, "compare", by="events", layers=["anna", "ben"])
    assert [m.text for m in marks.layer("disagreements")] == ["- / A"]
    assert reply["text"] == "events: 1 in both, 0 only in 'anna', 1 only in 'ben'; F1 0.667"
    ask(session, "compare", by="beats", layers=["file", "anna"])
    assert [m.text for m in marks.layer("disagreements")] == ["No", "Vo", "Os", "No"]
    assert "two" in refused(session, "compare", by="events", layers=["anna"])
    assert "'epoch'" in refused(session, "compare", by="epoch", layers=["anna", "ben"])
    error = refused(session, "compare", by="beats", layers=["file", "anna"], consensus="c")
    assert "compare by epochs" in error


def test_a_blind_reader_compares_own_layers_only(recording, session):
    score(recording, "ben", "WW")
    score(recording, "anna", "WW")
    session.mark_service.blind = True
    error = refused(session, "compare", by="epochs", layers=["anna", "ben"], epoch_s=30)
    assert "no layer 'ben'" in error
