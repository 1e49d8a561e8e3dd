"""The journal of marks: beside the recording, whole after a crash, shared by kernels."""

from __future__ import annotations

import errno
import gc
import json
import subprocess
import sys

import pytest

import vital_widgets as vw
from small_files import write_edf_plus
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks.journal import journal_in_cache
from vital_widgets.core.marks.operations import parsed
from vital_widgets.errors import FormatError, StoreError
from vital_widgets.runtime import linefile

ADDS_MANY = """
import sys, vital_widgets as vw
marks = vw.open(sys.argv[1]).annotations
marks.reader = sys.argv[2]
for k in range(int(sys.argv[3])):
    marks.add(k, "x" * 300)
    print(k, flush=True)
"""


def said(marks):
    return [(m.onset, m.text) for m in marks]


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("VITAL_WIDGETS_READER", "anna")
    return write_edf_plus(tmp_path)


def opened(path):
    """Open the recording as another kernel would: nothing of the present one is used."""
    gc.collect()
    return vw.open(path).annotations


def lines(path):
    return path.read_text().splitlines()


def test_reopening_brings_marks_back(path):
    content = path.read_bytes()
    marks = vw.open(path).annotations
    assert not marks.path.exists(), "nothing is written before there is a mark"
    a = marks.add(1.25, "spike", 0.5, comment="Überlagerung")
    marks.extend(Annotations([2, 3], ["N", "V"]), layer="beats")
    marks.change(a, text="sharp wave")
    marks.undo()
    before = marks.to_frame()
    del marks
    again = opened(path)
    assert again.to_frame().equals(before)
    assert again.path == path.with_name("told.edf.marks.jsonl")
    assert again.undo(), "undo goes on"
    assert again.undo()
    assert [info.name for info in again.layers] == ["file"]
    assert path.read_bytes() == content
    assert again.notes == []


def test_recordings_of_one_file_share_their_marks(path):
    one, two = vw.open(path), vw.open(path)
    one.annotations.add(1, "N")
    assert said(two.annotations.layer("anna")) == [(1, "N")]


def test_the_journal_is_plain_text(path):
    marks = vw.open(path).annotations
    marks.add(1.5, "N", 0, "ECG")
    head, operation = map(json.loads, lines(marks.path))
    assert head["recording"]["bytes"] == path.stat().st_size
    assert {k: v for k, v in operation.items() if k not in ("time", "id")} == {
        "n": 1, "reader": "anna", "layer": "anna", "do": "create", "onset": 1.5, "text": "N",
        "channel": "ECG",
    }  # fmt: skip


def test_a_killed_kernel_loses_nothing_that_was_done(path):
    with subprocess.Popen(
        [sys.executable, "-c", ADDS_MANY, str(path), "ben", "100000"], stdout=subprocess.PIPE
    ) as kernel:
        done = [int(kernel.stdout.readline()) for _ in range(20)]
        kernel.kill()
        done += [int(line) for line in kernel.stdout.read().split(b"\n")[:-1]]
    marks = opened(path)
    kept = marks.layer("ben").onset.tolist()
    assert kept[: len(done)] == done
    assert len(kept) <= len(done) + 1
    marks.add(5, "N")
    assert said(opened(path).layer("anna")) == [(5, "N")]


def test_two_kernels_write_whole_lines(path):
    arguments = [sys.executable, "-c", ADDS_MANY, str(path)]
    kernels = [subprocess.Popen([*arguments, name, "40"]) for name in ("ben", "eva")]
    marks = vw.open(path).annotations
    for k in range(40):
        marks.add(k, "y")
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    assert [marks.layer(name).onset.tolist() for name in ("anna", "ben", "eva")] == [
        [*range(40)]
    ] * 3
    assert [parsed(line.encode())[0].n for line in lines(marks.path)[1:]] == [*range(1, 121)]


@pytest.mark.parametrize("cut", [1, 20, 90])
def test_an_incomplete_last_line_is_left_out_with_a_note(path, cut):
    marks = vw.open(path).annotations
    journal = marks.path
    marks.add(1, "N")
    marks.add(2, "V")
    del marks
    journal.write_bytes(journal.read_bytes()[:-cut])
    marks = opened(path)
    marks.add(3, "A")
    expected = [(1, "N"), (3, "A")] if cut > 1 else [(1, "N"), (2, "V"), (3, "A")]
    assert said(marks.layer("anna")) == expected
    assert said(opened(path).layer("anna")) == expected
    assert any("was incomplete" in note for note in marks.notes) == (cut > 1)


def test_damaged_lines_are_left_out_with_a_note(path):
    marks = vw.open(path).annotations
    journal = marks.path
    for k in range(3):
        marks.add(k, "N")
    del marks
    text = lines(journal)
    text[2] = "\0" * 80
    journal.write_text("\n".join(text) + "\n")
    marks = opened(path)
    assert said(marks.layer("anna")) == [(0, "N"), (2, "N")]
    assert "1 lines of told.edf.marks.jsonl cannot be read (line 3:" in marks.notes[0]


WHOLE = {
    "n": 1, "time": "2026-01-01T00:00:00+00:00", "reader": "a", "layer": "a", "do": "create",
    "id": 1, "onset": 1, "text": "N",
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"do": "explode"}, {"time": "soon"}, {"n": "x"}, {"reader": 5}, {"id": -1}, {"id": True},
        {"id": []}, {"id": [1, 1]}, {"id": 2**53}, {"id": 1.5}, {"id": "1"}, {"onset": None},
        {"id": {"first": 1, "count": 1e300}}, {"id": {"first": 1}}, {"onset": [1, 2]},
        {"onset": float("nan")}, {"onset": True}, {"text": 5}, {"text": []}, {"duration": "1"},
    ],
)  # fmt: skip
def test_lines_that_are_no_operations(wrong):
    assert [one.ids for one in parsed(json.dumps(WHOLE).encode())] == [[1]]
    with pytest.raises(FormatError):
        parsed(json.dumps(WHOLE | wrong).encode())


STEP = {name: WHOLE[name] for name in ("layer", "do", "id", "onset", "text")}
ACTION = {name: WHOLE[name] for name in ("n", "time", "reader")} | {"steps": [STEP, STEP]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []}, {"steps": 5}, {"steps": [5]}, {"steps": [STEP, {}]}, {"steps": {"a": STEP}},
        {"steps": [STEP, STEP | {"id": 0}]}, {"n": None}, {"time": "soon"},
    ],
)  # fmt: skip
def test_actions_with_a_step_that_is_no_operation(wrong):
    assert [(one.n, one.group) for one in parsed(json.dumps(ACTION).encode())] == [(1, 1), (2, 1)]
    with pytest.raises(FormatError):
        parsed(json.dumps(ACTION | wrong).encode())


@pytest.mark.parametrize("line", [b"", b"[]", b"5", b"{}", b"\xff", b'{"n":'])
def test_lines_that_are_no_objects(line):
    with pytest.raises(FormatError):
        parsed(line)


def test_a_changed_recording_is_reported(path):
    recording = vw.open(path)
    recording.annotations.add(1, "N")
    del recording
    path.write_bytes(path.read_bytes() + bytes(1000))
    assert "told.edf was changed since it was marked (it had" in opened(path).notes[0]


def test_a_moved_recording_is_not_a_changed_one(path, tmp_path):
    marks = vw.open(path).annotations
    marks.add(1, "N")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    marks.path.rename(folder / marks.path.name)
    moved = path.rename(folder / path.name)
    again = opened(moved)
    assert said(again.layer("anna")) == [(1, "N")]
    assert again.notes == []


def refuse(monkeypatch, folder, code):
    """Let the system refuse to open files of a folder for writing, also to root."""
    real = linefile.os.open

    def refusing(name, flags, *mode):
        if flags & linefile.os.O_RDWR and str(name).startswith(str(folder)):
            raise OSError(code, "no")
        return real(name, flags, *mode)

    monkeypatch.setattr(linefile.os, "open", refusing)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_folder_that_cannot_be_written(path, monkeypatch, code):
    vw.open(path).annotations.add(1, "N")
    with monkeypatch.context() as patch:
        refuse(patch, path.parent, code)
        marks = opened(path)
        marks.add(2, "V")
        in_cache = journal_in_cache(path.with_name("told.edf.marks.jsonl"))
        assert marks.path == in_cache
        assert f"the marks are kept in {in_cache}" in marks.notes[0]
        del marks
        marks = opened(path)
        assert said(marks.layer("anna")) == [(1, "N"), (2, "V")]
        assert marks.notes == [f"The marks are kept in {in_cache}."]


def test_a_full_disk_is_an_error_and_changes_nothing(path, monkeypatch):
    marks = vw.open(path).annotations
    marks.add(1, "N")
    real = linefile.os.write

    def half(handle, data):
        if len(data) < 60:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(linefile.os, "write", half)
        with pytest.raises(StoreError, match=r"told\.edf\.marks\.jsonl: No space.*free space"):
            marks.add(2, "V")
    assert said(marks.layer("anna")) == [(1, "N")]
    marks.add(3, "V")
    assert said(opened(path).layer("anna")) == [(1, "N"), (3, "V")]


def test_compacting_keeps_the_marks_and_the_old_journal(path):
    marks = vw.open(path).annotations
    other = vw.open(path.with_name("told.edf")).annotations
    for k in range(20):
        marks.change(marks.add(k, "N"), text="V")
    marks.delete(marks.layer("anna").id[5:])
    before = marks.to_frame()
    kept = marks.compact()
    assert len(lines(marks.path)) == 2
    assert len(lines(kept)) == 42
    assert not marks.undo()
    assert marks.to_frame().equals(before)
    assert other.to_frame().equals(before)
    assert [entry.what for entry in marks.log] == ["compact"]
    marks.add(1, "A")
    assert opened(path).undo()


def test_another_kernel_compacts(path):
    marks = vw.open(path).annotations
    marks.add(1, "N")
    code = (
        "import sys, vital_widgets as vw; m = vw.open(sys.argv[1]).annotations; "
        "m.add(2, 'V'); m.compact()"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert said(marks.layer("anna")) == [(1, "N"), (2, "V")]
    marks.add(3, "A")
    assert said(opened(path).layer("anna")) == [(1, "N"), (2, "V"), (3, "A")]


def test_a_journal_of_a_later_version(path):
    journal = path.with_name("told.edf.marks.jsonl")
    journal.write_text('{"marks":2}\n')
    with pytest.raises(StoreError, match="has version 2, this release of vital_widgets reads"):
        vw.open(path).annotations.add(1, "N")


def test_a_recording_in_memory_has_no_journal():
    recording = vw.Recording.from_arrays({"ECG": [0.0, 1.0]}, fs=1.0)
    recording.annotations.add(1, "N")
    assert recording.annotations.path is None
    assert recording.annotations.compact() is None
