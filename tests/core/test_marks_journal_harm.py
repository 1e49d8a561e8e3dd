"""What happens to a journal: cut at any byte, restored, full disk while compacting, odd lines."""

from __future__ import annotations

import errno
import json

import pytest

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks import markstore
from vital_widgets.core.marks.document import RecordingAnnotations
from vital_widgets.core.marks.operations import parsed
from vital_widgets.errors import FormatError, InvalidInputError, StoreError
from vital_widgets.runtime import linefile

WHOLE = {
    "n": 1, "time": "2026-01-01T00:00:00+00:00", "reader": "a", "layer": "a", "do": "create",
    "id": 1, "onset": 1, "text": "N",
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "r.edf.marks.jsonl"


def document(path):
    """Open a journal as another kernel would."""
    markstore._stores.clear()
    marks = RecordingAnnotations(Annotations(), path, None)
    marks.reader = "anna"
    return marks


def said(marks):
    return [(one.onset, one.text) for one in marks]


def test_a_kernel_that_is_killed_at_any_byte_leaves_whole_operations(path) -> None:
    marks = document(path)
    states = [[]]
    first = marks.add(1, "N")
    states.append(said(marks))
    marks.add(2, "müde 😴", channel="EEG")
    states.append(said(marks))
    marks.change(first, text="V", onset=3)
    states.append(said(marks))
    whole = path.read_bytes()
    ends = [k + 1 for k, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        kept = max(sum(end <= cut for end in ends) - 1, 0)
        again = document(path)
        assert said(again) == states[kept], cut
        again.add(9, "A")
        complete = cut + 1 in ends  # only its line break is missing
        expected = sorted([*states[kept + complete * (cut > ends[0])], (9, "A")])
        assert said(again) == expected, cut
        assert said(document(path)) == expected, cut
        assert all(isinstance(json.loads(line), dict) for line in path.read_bytes().splitlines())


def test_a_kernel_that_is_killed_at_any_byte_leaves_whole_actions(path) -> None:
    marks = document(path)
    ids = [marks.add(k, "N", layer=name).id for k, name in enumerate(("one", "two", "three"))]
    states = [said(marks)]
    actions = [
        lambda: marks.change(ids, text="V", onset=[10, 11, 12]),
        lambda: marks.delete(ids[:2]),
        marks.undo,
        marks.redo,
    ]
    begin = path.stat().st_size
    for act in actions:
        act()
        states.append(said(marks))
    whole = path.read_bytes()
    assert whole.count(b"\n") == 4 + len(actions), "one line for each action"
    ends = [k + 1 for k, byte in enumerate(whole) if byte == ord("\n") and k >= begin]
    for cut in range(begin, len(whole)):
        path.write_bytes(whole[:cut])
        again = document(path)
        assert said(again) == states[sum(end <= cut for end in ends)], cut
    path.write_bytes(whole)
    again = document(path)
    for state in (states[1], states[0]):
        assert again.undo()
        assert said(again) == state, "an action is one step of undo, also after a restore"


def test_a_journal_with_a_line_for_each_operation_of_an_action(path) -> None:
    more = [{"layer": "b", "id": 2}, {"do": "change", "text": "V"}]
    changed = [{"layer": "a", "id": 1}, {"layer": "b", "id": 2}]
    operations = [
        WHOLE,
        WHOLE | more[0],
        *(WHOLE | more[1] | one | {"group": 3} for one in changed),
    ]
    lines = [{"marks": 1}, *(one | {"n": n} for n, one in enumerate(operations, start=1))]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    marks = document(path)
    marks.reader = "a"
    assert said(marks) == [(1, "V"), (1, "V")]
    assert marks.undo()
    assert said(marks) == [(1, "N"), (1, "N")]
    assert marks.notes == []
    assert said(document(path)) == [(1, "N"), (1, "N")]


def test_a_journal_that_was_restored_in_place_is_read_again(path) -> None:
    marks = document(path)
    marks.add(1, "N")
    before = path.read_bytes()
    marks.add(2, "V")
    other = document(path.with_name("other.jsonl"))
    for k in range(5):
        other.add(10 + k, "A")
    inode = path.stat().st_ino
    with path.open("r+b") as file:  # the same file with other, longer content
        file.truncate(0)
        file.write(other.path.read_bytes())
    assert path.stat().st_ino == inode
    assert said(marks) == [(10 + k, "A") for k in range(5)]
    path.write_bytes(before)
    assert said(marks) == [(1, "N")]
    marks.add(3, "V")
    assert said(document(path)) == [(1, "N"), (3, "V")]


@pytest.mark.parametrize("step", ["fsync", "link and write"])
def test_a_disk_that_is_full_while_a_journal_is_compacted(path, monkeypatch, step) -> None:
    marks = document(path)
    marks.add(1, "N")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if step == "fsync":
            patch.setattr(linefile.os, "fsync", full)
        else:
            patch.setattr(linefile.os, "link", full)
            patch.setattr(type(path), "write_bytes", full)
        with pytest.raises(StoreError, match="free space on the disk"):
            marks.compact()
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    marks.add(2, "V")
    assert said(document(path)) == [(1, "N"), (2, "V")]


def test_a_mark_is_added_although_the_journal_cannot_be_compacted(path, monkeypatch) -> None:
    marks = document(path)
    monkeypatch.setattr(markstore, "NEVER_COMPACTED_BYTES", 0)
    monkeypatch.setattr(markstore, "BYTES_OF_A_MARK", 0)
    tried = []

    def full(*_: object) -> None:
        tried.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(linefile.LineWriter, "replace", full)
    heard = []
    marks.parts.listen(lambda: heard.append(1))
    marks.add(1, "N")
    marks.add(2, "V")
    assert said(marks) == said(document(path)) == [(1, "N"), (2, "V")]
    assert (len(tried), len(heard)) == (1, 2)
    (note,) = marks.notes
    assert "All marks are kept" in note
    assert "No space left" in note


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": "9999-12-31T23:59:59-23:00"}, {"changed": 1e300}, {"changed": -1e12},
        {"duration": -5}, {"duration": -0.5}, {"text": "\ud800"}, {"reader": "a\udc80"},
        {"text": ["\ud800"]}, {"onset": [1e400]},
    ],
)  # fmt: skip
def test_operations_that_nothing_could_show(wrong) -> None:
    with pytest.raises(FormatError):
        parsed(json.dumps(WHOLE | wrong).encode())


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"n":' * 100_000, b"1" * 100_000])
def test_lines_that_no_program_can_read_are_left_out(path, line) -> None:
    marks = document(path)
    marks.add(1, "N")
    with path.open("ab") as file:
        file.write(line + b"\n" + line)
    marks.add(2, "V")
    marks = document(path)
    assert said(marks) == [(1, "N"), (2, "V")]
    assert "1 lines of r.edf.marks.jsonl cannot be read" in marks.notes[0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "\ud800"}, "contains half a character"),
        ({"comment": "\udc80"}, "contains half a character"),
        ({"onset": 1e300}, r"onset=1e\+300 is not a finite number of seconds, at most 1e\+12"),
        ({"duration": 1e300}, "is not a finite number of seconds, 0 or more, at most"),
    ],
)
def test_marks_that_could_not_be_read_again_are_refused(path, fields, message) -> None:
    marks = document(path)
    with pytest.raises(InvalidInputError, match=message):
        marks.add(**({"onset": 1, "text": "N"} | fields))
    assert not path.exists()


def test_beats_of_other_programs_are_compared(path) -> None:
    lines = [
        {"marks": 1},
        *(
            WHOLE | {"n": k, "id": k, "layer": layer, "text": text, "extra": extra, "onset": onset}
            for k, (layer, text, extra, onset) in enumerate(
                [
                    ("a", "N", "", 1e308),
                    ("a", "~", "no JSON", 2.0),
                    ("a", "~", "[1]", 3.0),
                    ("b", "N", "", 5.0),
                ],
                start=1,
            )
        ),
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    table = document(path).beat_agreement("a", "b").table
    assert table.sum() == 2
    assert (table[0, 5], table[5, 0]) == (1, 1)
