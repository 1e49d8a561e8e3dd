"""Annotations written and read again: exact to the sample, and read by other libraries too."""

from __future__ import annotations

import json
from datetime import datetime

import mne
import numpy as np
import pandas as pd
import pyedflib
import pytest
import wfdb
from edfio import read_edf
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import FormatError, InvalidInputError, StoreError
from vital_widgets.io.wfdb.marks import SYMBOLS, decode
from vital_widgets.io.wfdb.markwriter import encode

FS = 360.0
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)
KINDS = st.one_of(st.sampled_from([*SYMBOLS.values(), "(AFIB", "[42]", "sleep stage N2"]), WORDS)
REMARKS = st.one_of(st.just(""), WORDS)


def columns(marks):
    return [
        (round(o * FS), d, t, c, r)
        for o, d, t, c, r in zip(
            marks.onset, marks.duration, marks.text, marks.channel, marks.comment, strict=True
        )
    ]


@st.composite
def many_marks(draw, *, durations=True, comments=True):
    samples = sorted(draw(st.lists(st.integers(0, 10**8), max_size=12, unique=True)))
    n = len(samples)
    rows = st.lists
    lasting = draw(rows(st.integers(0, 10**6), min_size=n, max_size=n))
    return Annotations(
        np.array(samples) / FS,
        draw(rows(KINDS, min_size=n, max_size=n)),
        np.array(lasting) / FS if durations else None,
        draw(rows(st.sampled_from(["", "ECG", "EEG Fpz-Cz"]), min_size=n, max_size=n)),
        comment=draw(rows(REMARKS, min_size=n, max_size=n)) if comments else None,
    )


@settings(max_examples=25)
@given(marks=many_marks())
def test_csv_is_exact(marks, tmp_path_factory):
    path = tmp_path_factory.mktemp("m") / "marks.csv"
    vw.write_annotations(path, marks)
    again = vw.read_annotations(path)
    assert again.onset.tolist() == marks.onset.tolist()
    assert columns(again) == columns(marks)
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    assert [float(one) for one in frame["onset"]] == marks.onset.tolist()
    assert frame["text"].tolist() == marks.text.tolist()


@settings(max_examples=25)
@given(marks=many_marks())
def test_bids_is_exact(marks, tmp_path_factory):
    path = tmp_path_factory.mktemp("m") / "sub-01_events.tsv"
    vw.write_annotations(path, marks, fs=FS)
    again = vw.read_annotations(path)
    assert again.onset.tolist() == marks.onset.tolist()
    assert columns(again) == columns(marks)
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, quoting=3)
    assert list(frame.columns[:2]) == ["onset", "duration"]
    assert [int(one) for one in frame["sample"]] == [row[0] for row in columns(marks)]
    assert set(json.loads(path.with_suffix(".json").read_text())) == set(frame.columns)


def test_bids_marks_texts_as_its_standard_says(tmp_path):
    texts = ["", "a\tb", '"quoted"', '5" wide', '"', '"\t"', "N"]
    path = tmp_path / "sub-01_events.tsv"
    vw.write_annotations(path, Annotations(range(7), texts, comment=texts[::-1]))
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    assert frame["trial_type"].tolist() == ["n/a", *texts[1:]]
    assert frame["comment"].tolist() == [*texts[:0:-1], "n/a"]
    again = vw.read_annotations(path)
    assert again.text.tolist() == texts
    assert again.comment.tolist() == texts[::-1]


@settings(max_examples=25)
@given(marks=many_marks(comments=False))
def test_edf_plus_is_exact_to_the_sample(marks, tmp_path_factory):
    path = tmp_path_factory.mktemp("m") / "marks.edf"
    vw.write_annotations(path, marks, start=datetime(2024, 3, 1, 22, 10, 0, 250_000))
    again = vw.read_annotations(path)
    assert [row[0] for row in columns(again)] == [row[0] for row in columns(marks)]
    assert np.allclose(again.duration, marks.duration, atol=1e-6)
    assert list(again.text) == list(marks.text)
    assert list(again.channel) == list(marks.channel)


@settings(max_examples=25)
@given(marks=many_marks(durations=False))
def test_wfdb_is_exact(marks, tmp_path_factory):
    path = tmp_path_factory.mktemp("m") / "r.atr"
    recording = vw.Recording.from_arrays({"ECG": np.zeros(9), "EEG Fpz-Cz": np.zeros(9)}, fs=FS)
    written = [len(f"{t}{r}".encode()) for t, r in zip(marks.text, marks.comment, strict=True)]
    assert max(written, default=0) < 255
    vw.write_annotations(path, marks, recording=recording)
    again = vw.read_annotations(path, recording=recording)
    assert again.onset.tolist() == marks.onset.tolist()
    for row, expected in zip(columns(again), columns(marks), strict=True):
        assert row[2] == expected[2]
        if expected[2] in SYMBOLS.values() and not (expected[4] and expected[2] in '+"sT@='):
            assert row[4] == expected[4], "a comment of a beat code is its note"
    if len(set(marks.channel)) == 3:
        assert list(again.channel) == [c or "ECG" for c in marks.channel]
    vw.write_annotations(path.with_suffix(".two"), again, recording=recording)
    assert path.with_suffix(".two").read_bytes() == path.read_bytes()


@st.composite
def wfdb_marks(draw):
    """All that a file of WFDB says, as the library's own fields."""
    n = draw(st.integers(1, 12))
    rows = lambda one: draw(st.lists(one, min_size=n, max_size=n))  # noqa: E731
    steps = rows(st.integers(1, 5000))
    symbols = rows(st.sampled_from(sorted(SYMBOLS.values())))
    notes = rows(st.one_of(st.just(""), st.text("abc(N", min_size=1, max_size=9)))
    return {
        "sample": np.cumsum(steps),
        "symbol": symbols,
        "subtype": np.array(rows(st.integers(-128, 127))),
        "chan": np.array(rows(st.integers(0, 100))),
        "num": np.array(rows(st.integers(0, 127))),
        "aux_note": notes,
    }


@settings(max_examples=25)
@given(written=wfdb_marks())
def test_files_of_the_wfdb_library_keep_all_their_fields(written, tmp_path_factory):
    folder = tmp_path_factory.mktemp("m")
    wfdb.wrann("r", "atr", **written, fs=FS, write_dir=str(folder))
    marks = vw.read_annotations(folder / "r.atr")
    assert np.rint(marks.onset * FS).astype(int).tolist() == written["sample"].tolist()
    vw.write_annotations(folder / "r.new", marks, fs=FS)
    before, after = (decode((folder / f"r.{name}").read_bytes()) for name in ("atr", "new"))
    for name in ("sample", "code", "channel", "subtype", "number"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist(), name
    assert after.aux == before.aux
    theirs = wfdb.rdann(str(folder / "r"), "new")
    assert theirs.fs == FS
    shown = theirs.sample > 0
    assert theirs.sample[shown].tolist() == written["sample"].tolist()
    assert [s for s, k in zip(theirs.symbol, shown, strict=True) if k] == written["symbol"]
    assert theirs.chan[shown].tolist() == written["chan"].tolist()
    assert theirs.subtype[shown].tolist() == written["subtype"].tolist()
    assert theirs.num[shown].tolist() == written["num"].tolist()


@pytest.mark.parametrize("record", ["100", "sel853", "sele0111"])
def test_real_annotations_are_written_as_they_were(shared_data, record, tmp_path):
    files = sorted(shared_data.rglob(f"{record}.atr"))
    if not files:
        pytest.skip("the record is not there")
    marks = vw.read_annotations(files[0], fs=FS)
    vw.write_annotations(tmp_path / "new.atr", marks, fs=FS)
    before, after = decode(files[0].read_bytes()), decode((tmp_path / "new.atr").read_bytes())
    for name in ("sample", "code", "channel", "subtype", "number"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist(), name
    assert after.aux == before.aux


def test_symbols_that_a_file_defines_are_kept(tmp_path):
    own = pd.DataFrame({"label_store": [45], "symbol": ["X"], "description": ["a spike"]})
    wfdb.wrann(
        "r", "atr", np.array([5, 9]), symbol=["X", "N"], custom_labels=own, fs=FS,
        write_dir=str(tmp_path),
    )  # fmt: skip
    marks = vw.read_annotations(tmp_path / "r.atr")
    assert list(marks.text) == ["X", "N"]
    vw.write_annotations(tmp_path / "r.new", marks, fs=FS)
    again = decode((tmp_path / "r.new").read_bytes())
    assert (again.code.tolist(), again.symbols[45]) == ([45, 1], "X")
    assert wfdb.rdann(str(tmp_path / "r"), "new").symbol[-2:] == ["X", "N"]


def test_other_libraries_read_edf_annotations(tmp_path):
    marks = Annotations([0.5, 90.25, 3600], ["lights off", "N2", "arousal"], [0, 30, 3.5])
    path = vw.write_annotations(tmp_path / "marks.edf", marks, start=datetime(2024, 3, 1, 22, 10))
    onsets, durations, texts = pyedflib.EdfReader(str(path)).readAnnotations()
    assert onsets.tolist() == marks.onset.tolist()
    assert list(texts) == list(marks.text)
    assert durations.tolist()[1:] == [30, 3.5]
    found = [(a.onset, a.duration or 0, a.text) for a in read_edf(path).annotations]
    assert found == [(m.onset, m.duration, m.text) for m in marks]
    theirs = mne.read_annotations(path)
    assert theirs.onset.tolist() == marks.onset.tolist()
    assert theirs.description.tolist() == list(marks.text)


def test_many_annotations_in_edf(tmp_path):
    marks = Annotations(np.arange(30_000) / 4, ["N"] * 30_000)
    path = vw.write_annotations(tmp_path / "marks.edf", marks)
    again = vw.read_annotations(path)
    assert again.onset.tolist() == marks.onset.tolist()
    assert len(read_edf(path).annotations) == 30_000


def test_marks_of_readers_are_written_with_their_readers(tmp_path):
    recording = vw.Recording.from_arrays({"ECG": np.zeros(1000)}, fs=FS)
    recording.annotations.reader = "anna"
    recording.annotations.add(1, "V", channel="ECG", comment="wide")
    recording.annotations.add(2, "N", 0.5, reader="ben")
    frame = pd.read_csv(vw.write_annotations(tmp_path / "m.csv", recording))
    assert frame[["text", "layer", "reader"]].to_numpy().tolist() == [
        ["V", "anna", "anna"],
        ["N", "ben", "ben"],
    ]
    recording.annotations.extend(vw.read_annotations(tmp_path / "m.csv"), layer="copy")
    assert recording.annotations.layer("copy").comment.tolist() == ["wide", ""]


def test_what_a_format_cannot_hold(tmp_path):
    lasting = Annotations([1], ["N"], [2])
    with pytest.raises(InvalidInputError, match=r"1 marks have a duration.*onsets_only=True"):
        vw.write_annotations(tmp_path / "a.atr", lasting, fs=FS)
    vw.write_annotations(tmp_path / "a.atr", lasting, fs=FS, onsets_only=True)
    with pytest.raises(InvalidInputError, match="give fs= in Hz, or recording="):
        vw.write_annotations(tmp_path / "a.atr", Annotations([1], ["N"]))
    with pytest.raises(InvalidInputError, match=r"a mark at -1 s cannot be stored at 360 Hz"):
        vw.write_annotations(tmp_path / "a.atr", Annotations([-1], ["N"]), fs=FS)
    with pytest.raises(InvalidInputError, match="has 300 bytes; a WFDB annotation holds at most"):
        encode(Annotations([1], ["x" * 300]), FS)
    with pytest.raises(InvalidInputError, match=r"no ending; give for example a\.atr"):
        vw.write_annotations(tmp_path / "a", Annotations([1], ["N"]), fs=FS)
    with pytest.raises(InvalidInputError, match=r"cannot be stored in events\.tsv"):
        vw.write_annotations(tmp_path / "a.tsv", Annotations([1], ["a\nb"]))
    with pytest.raises(InvalidInputError, match=r"text='n/a' cannot be stored.*means no value"):
        vw.write_annotations(tmp_path / "a.tsv", Annotations([1], ["n/a"]))
    with pytest.raises(InvalidInputError, match="must be Annotations or a Recording, not list"):
        vw.write_annotations(tmp_path / "a.csv", [1, 2])
    with pytest.warns(UserWarning, match=r"EDF\+ has no place for comments: 1 are not written"):
        vw.write_annotations(tmp_path / "a.edf", Annotations([1], ["N"], comment=["wide"]))
    with pytest.raises(
        StoreError, match=r"cannot write .* \(No such file or directory\); give another"
    ):
        vw.write_annotations(tmp_path / "no" / "a.csv", Annotations([1], ["N"]))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "time,text\n1,N\n", "has the columns time, text; a table of annotations needs"),
        ("a.csv", "onset,text\nsoon,N\n", "row 1: onset is 'soon'; give seconds"),
        ("a.tsv", "onset\tduration\ttrial_type\n1\tinf\tN\n", "row 1: duration is 'inf'"),
        ("a.csv", b"onset,text\n1,\xff\n", "is not UTF-8 text"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FormatError, match=message):
        vw.read_annotations(path)


def test_tables_of_other_programs(tmp_path):
    path = tmp_path / "events.tsv"
    path.write_text("onset\tduration\ttrial_type\tresponse\n1.5\tn/a\tblink\t3\n\n2\t1\tn/a\t4\n")
    marks = vw.read_annotations(path)
    assert [(m.onset, m.duration, m.text) for m in marks] == [(1.5, 0, "blink"), (2, 1, "")]
    recording = vw.Recording.from_arrays({"ECG": np.zeros(9)}, fs=FS)
    recording.annotations.extend(marks, layer="BIDS")
    recording.annotations.copy("BIDS", layer="copy")
    assert recording.annotations.layer("copy").text.tolist() == ["blink", ""]
    path.write_text(
        'onset\tduration\ttrial_type\tcomment\n1\t0\t"a\tb"\t"c""d"\n'
        '2\t0\t"e" f\t"g\n3\t0\t""\t\n4\t0\t5" h\t"n/a"\n'
    )
    marks = vw.read_annotations(path)
    assert marks.text.tolist() == ["a\tb", '"e" f', "", '5" h']
    assert marks.comment.tolist() == ['c"d', '"g', "", ""]
    (tmp_path / "r.atr").write_bytes(bytes([5, 4, 0, 0]))
    with pytest.raises(InvalidInputError, match="does not say its sampling rate; give fs="):
        vw.read_annotations(tmp_path / "r.atr")
