"""Annotations are written only where nothing else is lost, and only if they can be read again."""

from __future__ import annotations

import json
import math
import shutil
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import FormatError, InvalidInputError

MARKS = Annotations([1.0], ["N"])
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.fixture
def night(tmp_path):
    path = tmp_path / "night.edf"
    shutil.copy(vw.sample(60, seed=1).path, path)
    return path


def test_a_recording_is_not_overwritten_by_its_annotations(night) -> None:
    before = night.read_bytes()
    with pytest.raises(InvalidInputError, match=r"is a recording of 7 channels, which would be"):
        vw.write_annotations(night, vw.open(night))
    assert night.read_bytes() == before
    vw.write_annotations(night.with_name("marks.edf"), MARKS)
    vw.write_annotations(night.with_name("marks.edf"), vw.open(night))  # of annotations only


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.hea", b"r 1 250 100\n", "does not end as a file of annotations does; give r.atr or"),
        ("r.dat", b"\1\2\3\4", "does not end as a file of annotations"),
        ("r.mat", b"", "does not end as a file of annotations"),
        ("r.xyz", b"some text that is no annotations", "is no file of annotations, which would"),
        ("r.edf.marks.jsonl", b'{"marks":1}\n', "is no file of annotations"),
        ("r.csv", b"time,ECG\n0,1.5\n", "is no table of annotations, which would be lost"),
        ("r.tsv", b"participant_id\tage\nsub-01\t34\n", "is no table of annotations"),
        ("r.edf", b"no EDF", r"is no EDF\+ file of annotations"),
    ],
)
def test_files_of_other_kinds_are_not_overwritten(tmp_path, name, content, message) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=message):
        vw.write_annotations(path, MARKS, fs=250)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.edf", "a.atr"])
def test_annotations_are_written_again(tmp_path, name) -> None:
    path = tmp_path / name
    path.touch()
    vw.write_annotations(path, MARKS, fs=250)
    vw.write_annotations(path, Annotations([2.0, 3.0], ["V", "N"]), fs=250)
    assert vw.read_annotations(path).onset.tolist() == [2, 3]
    assert {one.suffix for one in tmp_path.iterdir()} <= {path.suffix, ".json"}


def test_a_description_of_bids_keeps_what_it_says(tmp_path) -> None:
    path = tmp_path / "sub-01_events.tsv"
    about = {"trial_type": {"Levels": {"N": "normal"}}, "StimulusPresentation": {"OS": "none"}}
    path.with_suffix(".json").write_text(json.dumps(about))
    vw.write_annotations(path, MARKS)
    described = json.loads(path.with_suffix(".json").read_text())
    assert about.items() <= described.items()
    assert set(described) == {*about, "onset", "duration"}
    path.with_suffix(".json").write_text("no JSON")
    with pytest.raises(InvalidInputError, match="is no JSON that describes columns"):
        vw.write_annotations(path, MARKS)
    assert path.with_suffix(".json").read_text() == "no JSON"


@settings(max_examples=40)
@given(text=ANY_TEXT, channel=ANY_TEXT, comment=ANY_TEXT, ending=st.sampled_from(["csv", "tsv"]))
def test_tables_give_back_any_text_or_refuse_it(
    text, channel, comment, ending, tmp_path_factory
) -> None:
    path = tmp_path_factory.mktemp("m") / f"marks.{ending}"
    marks = Annotations([1.25], [text], [0.5], [channel], comment=[comment])
    try:
        vw.write_annotations(path, marks)
    except InvalidInputError:
        assert ending == "tsv"
        assert "n/a" in (text, channel, comment) or control(text + channel + comment)
        assert not path.exists()
        return
    again = vw.read_annotations(path)
    assert (again.onset[0], again.duration[0]) == (1.25, 0.5)
    assert (again.text[0], again.channel[0], again.comment[0]) == (text, channel, comment)


def control(text):
    return any(unicodedata.category(one) in ("Cc", "Zl", "Zp") and one != "\t" for one in text)


@settings(max_examples=40)
@given(text=ANY_TEXT, channel=ANY_TEXT)
def test_edf_plus_gives_back_any_text_and_channel_or_refuses_them(
    text, channel, tmp_path_factory
) -> None:
    path = tmp_path_factory.mktemp("m") / "marks.edf"
    marks = Annotations([1.25, 2], [text, "a@@b"], [0, 1], [channel, ""])
    try:
        vw.write_annotations(path, marks)
    except InvalidInputError:
        assert not (text or channel) or {"\0", "\x14", "\x15"} & {*text, *channel}
        return
    again = vw.read_annotations(path)
    if "@@" not in channel and not (text + channel).endswith("@"):
        assert [(one.text, one.channel) for one in again] == [(text, channel), ("a@@b", "")]


@pytest.mark.parametrize(
    ("given_marks", "message"),
    [
        (lambda: Annotations([math.nan], ["N"]), r"onset\[0\]=nan is not a number of seconds"),
        (lambda: Annotations([1], ["N"], [math.nan]), r"duration\[0\]=nan .* give 0 for a moment"),
        (lambda: Annotations([1, 2], ["N", "V"], [0, -1]), r"duration\[1\]=-1.0 is below 0"),
        (lambda: Annotations(["soon"], ["N"]), r"onset=\['soon'\] is not a list of numbers"),
        (lambda: Annotations([[1.0]], ["N"]), "is not a list of numbers of seconds"),
        (lambda: Annotations([1], [5]), r"text\[0\]=5 is not a text; give for example 'N'"),
        (lambda: Annotations([1], ["N"], channel=[None]), r"channel\[0\]=None is not a text"),
        (lambda: Annotations([1], ["\ud800"]), "contains half a character"),
        (lambda: Annotations([1], "N"), "text='N' is not a list of texts"),
    ],
)
def test_annotations_that_no_file_could_hold(given_marks, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        given_marks()


def test_what_edf_plus_cannot_show_is_refused(tmp_path) -> None:
    with pytest.raises(InvalidInputError, match=r"the mark at 1 s says nothing and has no durati"):
        vw.write_annotations(tmp_path / "a.edf", Annotations([1.0], [""]))
    vw.write_annotations(tmp_path / "a.edf", Annotations([1.0], [""], [2]))
    assert vw.read_annotations(tmp_path / "a.edf").duration.tolist() == [2]


def test_a_table_with_an_endless_cell_is_no_table(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("onset,text\n1," + "x" * 200_000)
    with pytest.raises(FormatError, match="is not a table in CSV"):
        vw.read_annotations(tmp_path / "a.csv")


def test_a_time_beyond_wfdb_is_refused_without_a_warning(tmp_path) -> None:
    with pytest.raises(InvalidInputError, match=r"a mark at 1e\+300 s cannot be stored"):
        vw.write_annotations(tmp_path / "a.atr", Annotations(np.array([1e300]), ["N"]), fs=250)


def test_pages_and_montages_take_the_place_of_no_recording(night) -> None:
    before, recording = night.read_bytes(), vw.open(night)
    with pytest.raises(InvalidInputError, match=r"does not end in \.html"):
        vw.to_html(recording, night)
    with pytest.raises(InvalidInputError, match=r"does not end in \.json"):
        vw.montage.Montage("mine", ["ECG"]).save(night)
    assert night.read_bytes() == before
