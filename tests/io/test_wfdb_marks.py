"""Annotation files: the marks they hold, and what is wrong with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.errors import FormatError, InvalidInputError, RecordingNotFoundError
from vital_widgets.io.reader import open_recording
from vital_widgets.io.wfdb.marks import SYMBOLS, decode, plausible

END = b"\0\0"
NOTE, SKIP, NUM, SUB, CHN, AUX = 22, 59, 60, 61, 62, 63


def word(code, number):
    return (code << 10 | number).to_bytes(2, "little")


def aux(text):
    raw = text.encode("latin-1")
    return word(AUX, len(raw)) + raw + bytes(len(raw) % 2)


def skip(samples):
    raw = (samples % (1 << 32)).to_bytes(4, "big")
    return word(SKIP, 0) + raw[1::-1] + raw[:1:-1]


def note_at_0(*texts):
    return b"".join(word(NOTE, 0) + aux(text) for text in texts)


def record(folder, marks, name="rec.atr"):
    (folder / "rec.hea").write_text("rec 1 100 1000\nrec.dat 16 200 16 0 0 0 0 ECG\n")
    (folder / "rec.dat").write_bytes(bytes(2000))
    (folder / name).write_bytes(marks)
    return folder / "rec.hea"


def shown(path, **options):
    with open_recording(path, **options) as recording:
        marks = [(round(m.onset * 100), m.text) for m in recording.annotations]
        return marks, list(recording.notes)


@pytest.mark.parametrize(
    "comments",
    [
        ["## annotated by JD"],
        ["## time resolution: 100", "## time resolution: 100"],
        ["## time resolution: 0"],
        ["## annotation type definitions"],
        ["## annotation type definitions", "nonsense", "## end of definitions"],
        ["## end of definitions"],
        ["a comment", "## annotated by JD"],
    ],
)
def test_any_comments_at_time_0_leave_the_beats_readable(tmp_path, comments):
    marks, _ = shown(record(tmp_path, note_at_0(*comments) + word(1, 50) + word(1, 50) + END))
    assert marks[-2:] == [(50, "N"), (100, "N")]


def test_comments_at_time_0_that_define_nothing_are_marks(tmp_path):
    marks, _ = shown(record(tmp_path, note_at_0("## by JD", "start") + word(1, 5) + END))
    assert marks == [(0, "## by JD"), (0, "start"), (5, "N")]


def test_the_times_count_at_the_rate_that_the_file_gives(tmp_path):
    data = note_at_0("## time resolution: 1000", "## time resolution: 50") + word(1, 500) + END
    marks, notes = shown(record(tmp_path, data))
    assert marks == [(50, "N")]
    assert any("two time resolutions" in note for note in notes)


def test_codes_that_the_file_defines_have_its_symbols(tmp_path):
    data = note_at_0("## annotation type definitions", "42 xx odd beat", "## end of definitions")
    marks, notes = shown(record(tmp_path, data + word(42, 7) + word(43, 1) + END))
    assert (marks, notes) == ([(7, "xx"), (8, "[43]")], [])


@pytest.mark.parametrize("name", ["rec.atr", "rec.qrs", "rec.man", "rec.pu0"])
def test_a_file_without_its_end_mark_shows_its_marks_and_says_so(tmp_path, name):
    marks, notes = shown(record(tmp_path, word(1, 10) * 3, name))
    assert marks == [(10, "N"), (20, "N"), (30, "N")]
    assert [f"{name} has no end mark" in note for note in notes] == [True]


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_file_cut_anywhere_shows_the_marks_before_the_cut(tmp_path, cut):
    whole = word(1, 10) + word(5, 20) + skip(300) + word(28, 0) + aux("(AFIB") + word(1, 4)
    marks, notes = shown(record(tmp_path, whole[:cut]))
    known = [(10, "N"), (30, "V"), (330, "(AFIB"[: max(cut - 14, 0)] or "+")]
    assert marks == [mark for mark, end in zip(known, (2, 4, 12), strict=True) if end <= cut]
    assert any("rec.atr" in note for note in notes)


def test_bytes_after_the_end_mark_are_left_out_with_a_note(tmp_path):
    marks, notes = shown(record(tmp_path, word(1, 10) + END + word(1, 10) + END))
    assert marks == [(10, "N")]
    assert "has 4 bytes after its end mark" in notes[0]
    assert shown(record(tmp_path, word(1, 10) + bytes(100))) == ([(10, "N")], [])


def test_long_steps_go_both_ways_and_may_carry_no_mark(tmp_path):
    data = skip(70_000) + word(1, 5) + skip(-5) + word(0, 0) + word(5, 1) + END
    assert shown(record(tmp_path, data))[0] == [(70_001, "V"), (70_005, "N")]


def test_a_text_before_any_mark_is_said_to_be_left_out(tmp_path):
    marks, notes = shown(record(tmp_path, aux("lost") + word(1, 5) + END))
    assert marks == [(5, "N")]
    assert any("before the first mark" in note for note in notes)


def test_texts_of_one_mark_are_joined_and_empty_ones_are_none(tmp_path):
    data = aux("") + word(1, 5) + aux("a") + aux("") + aux("bc") + word(22, 5) + aux("") + END
    marks = decode(data)
    assert (marks.aux, marks.notes) == (["a bc", ""], [])


COSTLY = {
    "empty texts": aux(""),
    "texts of one mark": aux("ab"),
    "marks with texts": word(1, 3) + aux("ab"),
    "long steps": skip(0),
    "notes at time 0": word(22, 0) + aux("ab"),
    "wrong time resolutions": word(22, 0) + aux("## time resolution: 0"),
}


@pytest.mark.parametrize("kind", COSTLY)
def test_a_file_of_nothing_but_one_field_is_read_to_its_end(kind):
    n = 100_000
    marks = decode(word(1, 0) + COSTLY[kind] * n + word(5, 1) + END)
    assert marks.code[-1] == 5
    assert len(marks.notes) <= 1
    assert sum(map(len, marks.aux)) <= 3 * n


def test_wrong_definitions_are_one_note(tmp_path):
    data = note_at_0("## annotation type definitions", *["what is this"] * 100) + END
    marks = decode(data)
    assert [
        "100 definitions of marks" in note and "what is this" in note for note in marks.notes
    ] == [True]


def test_what_is_no_annotation_file_is_a_note_or_an_error_when_asked_for(tmp_path):
    path = record(tmp_path, np.random.default_rng(0).bytes(999))
    marks, notes = shown(path)
    assert marks == []
    assert any("rec.atr is not a readable annotation file" in note for note in notes)
    with pytest.raises(FormatError, match=r"rec\.atr is not a readable"):
        shown(path, annotations=["atr"])
    assert shown(record(tmp_path, b"some text\n", "rec.atr"))[0] == []


def test_other_files_beside_a_header_are_not_taken_for_annotations(tmp_path):
    path = record(tmp_path, END)
    (tmp_path / "rec.xyz").write_bytes(np.random.default_rng(0).bytes(999))
    (tmp_path / "rec.notes").write_text("what was seen in the night\n")
    with open_recording(path) as recording:
        assert recording.metadata["annotators"] == ["atr"]


@pytest.mark.parametrize("name", ["../secret", "a/b", "a\\b", "", ".", "/etc/passwd", "a\0b"])
def test_an_extension_with_a_folder_is_refused(tmp_path, name):
    with pytest.raises(InvalidInputError, match="not a file extension"):
        open_recording(record(tmp_path, END), annotations=[name])


def test_an_extension_too_long_for_any_file_is_not_found(tmp_path):
    with pytest.raises(RecordingNotFoundError, match="no annotation file"):
        open_recording(record(tmp_path, END), annotations=["a" * 3000])


# ---------------------------------------------------------------- against the wfdb library

FILES = [
    *("wfdb/100.atr", "wfdb/100.qrs", "hrv/cliffordlab/nsr001.ecg"),
    *(f"mitdb/{n}.atr" for n in (104, 106, 113, 208, 223)),
    *(f"qtdb/{n}.atr" for n in "sel853 sel213 sel14046 sele0111 sel103 sel310".split()),  # noqa: SIM905
]


@pytest.mark.parametrize("name", FILES)
def test_real_files_hold_what_the_wfdb_library_reads(shared_data, name):
    path = shared_data / name
    if not path.is_file():
        pytest.skip(f"no {name} in the folder of recordings")
    compare(path)


one_mark = st.tuples(
    st.integers(-(1 << 31), (1 << 31) - 1) | st.integers(0, 1023),
    st.sampled_from(sorted(SYMBOLS)),
    st.none() | st.integers(0, 255),
    st.none() | st.integers(0, 255),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)


@given(marks=st.lists(one_mark, min_size=1, max_size=30))
def test_any_marks_are_read_as_the_wfdb_library_does(tmp_path, marks):
    data = word(1, 1)  # not at time 0, where comments may be definitions
    for step, code, channel, number, text in marks:
        data += word(code, step) if 0 <= step < 1024 else skip(step) + word(code, 0)
        data += b"" if channel is None else word(CHN, channel)
        data += b"" if number is None else word(NUM, number) + word(SUB, number)
        data += aux(text) if text else b""
    (tmp_path / "rec.atr").write_bytes(data + END)
    compare(tmp_path / "rec.atr")


def compare(path):
    import wfdb

    known = wfdb.rdann(
        str(path.with_suffix("")), path.suffix[1:], return_label_elements=["label_store"]
    )
    found = decode(path.read_bytes())
    assert found.whole
    keep = ~((found.sample == 0) & (found.code == NOTE))  # the library drops these
    np.testing.assert_array_equal(found.sample[keep], known.sample)
    np.testing.assert_array_equal(found.code[keep], known.label_store)
    np.testing.assert_array_equal(found.channel[keep], known.chan)
    texts = [(text or "").strip("\0 ") for text in known.aux_note]
    assert [found.aux[i] for i in np.flatnonzero(keep)] == texts


@given(data=st.binary(max_size=200))
def test_random_bytes_are_marks_or_an_error(data):
    try:
        marks = decode(data)
    except FormatError:
        assert not plausible(data)
        return
    assert len(marks.sample) == len(marks.code) == len(marks.channel) == len(marks.aux)
    assert len(marks.sample) <= len(data) // 2
