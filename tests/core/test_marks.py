"""Marks of readers: added, changed, deleted, taken back; compared with a plain list of marks."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks.document import RecordingAnnotations
from vital_widgets.core.marks.mark import Mark
from vital_widgets.core.marks.table import MarkTable
from vital_widgets.errors import InvalidInputError


@pytest.fixture
def recording():
    marks = Annotations([1.0, 2.0, 9.0], ["N", "V", "N"], [0, 0, 3], ["", "ECG", ""])
    signals = {"ECG": np.zeros(1000), "PPG": np.zeros(1000)}
    recording = vw.Recording.from_arrays(signals, fs=100.0, annotations=marks)
    recording.annotations.reader = "anna"
    return recording


def said(marks):
    return [(m.onset, m.text) for m in marks]


def test_marks_join_those_of_the_file(recording):
    mark = recording.annotations.add(1.5, "artefact", 2, "PPG", comment="cough")
    assert (mark.layer, mark.reader, mark.end) == ("anna", "anna", 3.5)
    assert recording.annotations.onset.tolist() == [1.0, 1.5, 2.0, 9.0]
    assert recording.annotations.text.tolist() == ["N", "artefact", "V", "N"]
    assert recording.annotations.layer("anna")[0] == mark
    assert [(i.name, i.count, i.read_only) for i in recording.annotations.layers] == [
        ("file", 3, True),
        ("anna", 1, False),
    ]
    frame = recording.annotations.to_frame()
    assert frame.loc[1, ["comment", "reader", "channel"]].tolist() == ["cough", "anna", "PPG"]


def test_change_and_delete(recording):
    marks = recording.annotations
    a, b = marks.add(3, "N"), marks.add(4, "V")
    marks.change(a, onset=5.5, text="S")
    assert said(marks.layer("anna")) == [(4.0, "V"), (5.5, "S")]
    assert marks.layer("anna")[1].id == a.id
    marks.change([a, b.id], text="Q", duration=[1, 2])
    assert [(m.text, m.duration) for m in marks.layer("anna")] == [("Q", 2.0), ("Q", 1.0)]
    marks.delete([a.id, b])
    assert len(marks.layer("anna")) == 0
    for _ in range(3):
        assert marks.undo()
    assert said(marks.layer("anna")) == [(3.0, "N"), (4.0, "V")]


def test_many_marks_are_one_step(recording):
    marks = recording.annotations
    ids = marks.extend(Annotations([7, 3, 5], ["a", "b", "c"], [0, 1, 0]))
    assert len(set(ids.tolist())) == 3
    assert said(marks.layer("anna")) == [(3, "b"), (5, "c"), (7, "a")]
    assert marks.undo()
    assert len(marks.layer("anna")) == 0
    assert not marks.undo()
    assert marks.redo()
    assert sorted(marks.layer("anna").id.tolist()) == sorted(ids.tolist())
    assert not marks.redo()


def test_marks_of_several_layers_are_changed_and_taken_back_together(recording):
    marks = recording.annotations
    a, b = marks.add(1, "N"), marks.add(2, "arousal", 3, layer="sleep")
    marks.delete([a, b])
    assert [info.name for info in marks.layers] == ["file"]
    assert marks.undo()
    assert said(marks.select(layers=["anna", "sleep"])) == [(1, "N"), (2, "arousal")]
    assert marks.redo()
    assert [info.name for info in marks.layers] == ["file"]


def test_readers_change_their_own_marks_only(recording):
    marks = recording.annotations
    marks.add(1, "V", reader="ben")
    ben = marks.layer("ben")[0]
    with pytest.raises(InvalidInputError, match=r"'ben' is that of the reader 'ben'.*copy\('ben'"):
        marks.delete(ben)
    with pytest.raises(InvalidInputError, match="belongs to the reader 'ben'"):
        marks.add(2, "V", layer="ben")
    with pytest.raises(InvalidInputError, match=r"'file' is read-only.*copy\('file'"):
        marks.change(marks.layer("file")[0], text="V")
    assert not marks.undo()  # of anna, who did nothing
    assert marks.copy("file", layer="corrected", texts="N") == 2
    marks.change(marks.layer("corrected")[0], text="A")
    assert said(marks.layer("corrected")) == [(1, "A"), (9, "N")]
    assert said(marks.layer("file")) == [(1, "N"), (2, "V"), (9, "N")]


def test_blind_readers_see_their_own_marks_only(recording):
    marks = recording.annotations
    marks.add(1, "V", reader="ben")
    marks.add(4, "A")
    marks.blind = True
    assert said(marks) == [(4, "A")]
    assert [info.name for info in marks.layers] == ["anna"]
    assert {entry.reader for entry in marks.log} == {"anna"}
    with pytest.raises(InvalidInputError, match="no layer 'ben'; layers: 'anna'"):
        marks.copy("ben")
    marks.blind = False
    assert len(marks) == 5


def test_results_are_layers_that_cannot_be_changed(recording):
    marks = recording.annotations
    marks.add_result(Annotations([2.5], ["N"]), "detector", channel="ECG")
    marks.add_result(vw.analysis.Stretches([1, 4], [2, 6]), "usable")
    assert said(marks.layer("detector")) == [(2.5, "N")]
    assert marks.layer("detector").channel.tolist() == ["ECG"]
    assert marks.layer("usable").text.tolist() == ["usable", "usable"]
    assert len(marks) == 3, "analyses do not see the results of others"
    with pytest.raises(InvalidInputError, match="read-only"):
        marks.delete(marks.layer("detector")[0])
    with pytest.raises(InvalidInputError, match="cannot be changed"):
        marks.add(1, "N", layer="detector")
    marks.add_result(Annotations([3.5], ["V"]), "detector")
    assert said(marks.layer("detector")) == [(3.5, "V")]
    marks.remove_result("detector")
    assert [info.name for info in marks.layers] == ["file", "usable"]
    with pytest.raises(InvalidInputError, match="int cannot be shown as marks"):
        marks.add_result(5, "five")
    with pytest.raises(InvalidInputError, match="no result named 'six'; results: 'usable'"):
        marks.remove_result("six")


def test_select_and_step(recording):
    marks = recording.annotations
    marks.add(4, "A", 2, "ECG")
    assert said(marks.select(texts="N")) == [(1, "N"), (9, "N")]
    assert said(marks.select(t_range=(1.5, 5), channel="PPG")) == []
    assert said(marks.select(t_range=(5, 9.5), channel="ECG")) == [(4, "A"), (9, "N")]
    assert marks.next(1).text == "V"
    assert marks.next(1, texts=["N"]).onset == 9
    assert marks.previous(9).text == "A"
    assert marks.previous(9, layers="file", texts="N").onset == 1
    assert marks.next(9) is None
    assert marks.previous(1) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"onset": float("nan")}, "onset=nan is not a finite number of seconds"),
        ({"onset": "early"}, "onset='early' is not a number of seconds"),
        ({"duration": -1}, r"duration=-1\.0 is not a finite number of seconds, 0 or more"),
        ({"text": " "}, "text is empty"),
        ({"text": 5}, "text=5 is not a text"),
        ({"channel": "EEG"}, "channel='EEG' is not a channel of the recording; channels: 'ECG'"),
        ({"reader": ""}, "reader='' is not a name"),
        ({"layer": "a\nb"}, r"layer='a\\nb' is not a name"),
        ({"layer": "file"}, r"the layer 'file' cannot be changed.*layer='anna'"),
    ],
)
def test_marks_that_cannot_be(recording, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        recording.annotations.add(**{"onset": 1.0, "text": "N"} | arguments)
    assert len(recording.annotations.log) == 0


def test_marks_that_are_not_there(recording):
    marks = recording.annotations
    mark = marks.add(1, "N")
    marks.delete(mark)
    with pytest.raises(InvalidInputError, match=f"no mark with the id {mark.id}"):
        marks.change(mark, text="V")
    with pytest.raises(InvalidInputError, match="'x' is not a mark"):
        marks.delete(["x"])
    with pytest.raises(InvalidInputError, match="nothing to change"):
        marks.change([], reader="anna")
    with pytest.raises(InvalidInputError, match="onset has 2 values for 1 marks"):
        marks.change(marks.add(1, "N"), onset=[1, 2])


def test_the_log_says_who_did_what(recording):
    marks = recording.annotations
    marks.add(3, "N")
    marks.add(4, "V", reader="ben")
    marks.undo()
    frame = marks.log.to_frame()
    assert frame["what"].tolist() == ["create", "create", "undo: delete"]
    assert frame["reader"].tolist() == ["anna", "ben", "anna"]
    assert frame["time"].is_monotonic_increasing
    assert frame["onset"].tolist()[:2] == [3, 4]
    assert "3 operations" in repr(marks.log)


def test_copies_have_the_marks_but_no_journal(recording):
    recording.annotations.add(3, "A")
    copied = pickle.loads(pickle.dumps(recording))
    assert said(copied.annotations) == said(recording.annotations)
    copied.annotations.add(5, "B")
    assert len(recording.annotations) == 4


def test_recordings_made_of_channels_share_the_marks(recording):
    part = vw.Recording("part", [recording["PPG"]])
    part.annotations.add(3, "A", channel="PPG")
    assert said(recording.annotations.select(texts="A")) == [(3, "A")]


def test_listeners_hear_of_every_change_until_they_stop(recording):
    parts, heard = recording.annotations.parts, []
    stop = parts.listen(lambda: heard.append(parts.revision))
    recording.annotations.add(3, "A")
    recording.annotations.undo()
    recording.annotations.add_result(Annotations([1], ["x"]), "r")
    stop()
    recording.annotations.redo()
    assert len(heard) == 3
    assert heard == sorted(set(heard))


SPANS = st.tuples(st.integers(0, 50), st.sampled_from([0, 0, 1, 7, 60]))


@settings(max_examples=30, stateful_step_count=30)
class MarksAsAList(RuleBasedStateMachine):
    """Two readers add, change, delete, undo and redo; a list of copies is what should be there."""

    def __init__(self):
        super().__init__()
        self.marks = RecordingAnnotations(Annotations())
        self.plain: dict[int, Mark] = {}
        self.past = {"anna": [], "ben": []}
        self.future = {"anna": [], "ben": []}

    def of(self, reader):
        return {k: m for k, m in self.plain.items() if m.reader == reader}

    def did(self, reader, before):
        self.past[reader].append(before)
        self.future[reader].clear()

    @rule(reader=st.sampled_from(["anna", "ben"]), span=SPANS, text=st.sampled_from("NV"))
    def add(self, reader, span, text):
        before = self.of(reader)
        mark = self.marks.add(span[0], text, span[1], reader=reader)
        self.plain[mark.id] = mark
        self.did(reader, before)

    @precondition(lambda self: self.plain)
    @rule(data=st.data(), onset=st.integers(0, 50), text=st.sampled_from("NVA"))
    def change(self, data, onset, text):
        mark = data.draw(st.sampled_from(list(self.plain.values())))
        before = self.of(mark.reader)
        self.marks.change(mark, onset=onset, text=text, reader=mark.reader)
        self.plain[mark.id] = replace(mark, onset=float(onset), text=text)
        self.did(mark.reader, before)

    @precondition(lambda self: self.plain)
    @rule(data=st.data())
    def delete(self, data):
        mark = data.draw(st.sampled_from(list(self.plain.values())))
        before = self.of(mark.reader)
        self.marks.delete(mark, reader=mark.reader)
        del self.plain[mark.id]
        self.did(mark.reader, before)

    @rule(reader=st.sampled_from(["anna", "ben"]), back=st.booleans())
    def undo_or_redo(self, reader, back):
        come, go = (self.past, self.future) if back else (self.future, self.past)
        happened = (self.marks.undo if back else self.marks.redo)(reader)
        assert happened == bool(come[reader])
        if happened:
            go[reader].append(self.of(reader))
            others = {k: m for k, m in self.plain.items() if m.reader != reader}
            self.plain = others | come[reader].pop()

    @invariant()
    def the_same(self):
        found = {(m.id, m.reader, m.onset, m.duration, m.text) for m in self.marks.select()}
        assert found == {(m.id, m.reader, m.onset, m.duration, m.text) for m in self.plain.values()}
        assert np.all(np.diff(self.marks.onset) >= 0)

    @invariant()
    def windows(self):
        found = {m.id for m in self.marks.select(t_range=(10, 20))}
        assert found == {
            m.id for m in self.plain.values() if m.onset < 20 and (m.onset >= 10 or m.end > 10)
        }


TestMarksAsAList = MarksAsAList.TestCase


@pytest.mark.parametrize("seed", range(5))
def test_windows_of_many_marks(seed):
    rng = np.random.default_rng(seed)
    n = 5000
    onset = np.sort(rng.uniform(0, 1000, n))
    duration = rng.exponential(1, n) * (rng.random(n) < 0.5)
    duration[rng.integers(0, n, 3)] = 500
    table = MarkTable.of({"id": np.arange(n), "onset": onset, "duration": duration})
    for t0 in rng.uniform(-10, 1010, 40):
        t1 = t0 + rng.exponential(20)
        inside = (onset < t1) & ((onset >= t0) | (onset + duration > t0))
        assert table.between(t0, t1).tolist() == np.flatnonzero(inside).tolist()


def test_what_changed_since_an_operation(recording):
    marks, store = recording.annotations, recording.annotations.parts.store
    kept = marks.add(1, "N", layer="beats")
    a, b = marks.add(3, "N", layer="beats"), marks.add(4, "V", layer="beats")
    seen = store.newest
    assert store.changed_since(seen, "beats") == (seen, {})
    marks.change(a, text="S")
    marks.delete(b)
    marks.add(8, "elsewhere")
    last, found = store.changed_since(seen, "beats")
    assert found == {a.id: (3.0, 0.0, "S"), b.id: None}
    assert (last, kept.id in found) == (store.newest, False)
    marks.undo()
    marks.undo()
    assert store.changed_since(last, "beats")[1] == {b.id: (4.0, 0.0, "V")}
    assert store.changed_since(seen, "no layer")[1] == {}
