"""WFDB headers that name their files with the folder they once lay in."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.errors import FormatError, RecordingNotFoundError
from vital_widgets.io.reader import open_recording
from vital_widgets.io.wfdb import wfdb_reader as reader

SIGNAL = "16 10(0)/mV 16 0 0 0 0"


def write(folder, header, **files):
    """Write a header and signal files of 20 samples that begin with a number."""
    folder.mkdir(exist_ok=True)
    for name, first in files.items():
        np.arange(first, first + 20, dtype="<i2").tofile(folder / f"{name}.dat")
    (folder / "m.hea").write_text(header)
    return folder / "m.hea"


def first_samples(path):
    with open_recording(path) as recording:
        found = {name: c.digital[0].compute().item() for name, c in recording.channels.items()}
        return found, recording.notes


@pytest.mark.parametrize("folder", ["med", "a/b", "..", "../..", "/data", "C:/data", "med/.."])
@pytest.mark.parametrize("slash", ["/", "\\"])
def test_a_file_that_is_named_in_a_folder_is_read_beside_the_header(tmp_path, folder, slash):
    name = f"{folder}/m.dat".replace("/", slash)
    path = write(tmp_path, f"med/m 1 500 20\n{name} {SIGNAL} I\n", m=7)
    found, notes = first_samples(path)
    assert found == {"I": 7}
    assert notes == [f"the header names files in the folder {folder!r}; those beside it are read"]
    with open_recording(path) as recording:
        assert recording["I"].details["file"] == name
        assert recording.name == "m"


def test_several_signals_of_files_in_one_folder_have_one_note(tmp_path):
    lines = f"med/m.dat {SIGNAL} I\nmed/m.dat {SIGNAL} II\nmed/n.dat {SIGNAL} III\n"
    found, notes = first_samples(write(tmp_path, f"med/m 3 500 10\n{lines}", m=7, n=50))
    assert found == {"I": 7, "II": 8, "III": 50}
    assert [note for note in notes if "folder" in note] == [
        "the header names files in the folder 'med'; those beside it are read"
    ]


def test_a_file_that_lies_where_the_header_says_is_read_there(tmp_path):
    write(tmp_path / "med", "", m=99)
    path = write(tmp_path, f"med/m 1 500 20\nmed/m.dat {SIGNAL} I\n", m=7)
    assert first_samples(path) == ({"I": 99}, [])


@pytest.mark.parametrize("name", ["../m.dat", "med/../../m.dat", "{top}/m.dat"])
def test_no_file_above_or_elsewhere_is_read(tmp_path, name):
    write(tmp_path, "", m=99)
    (tmp_path / "rec").mkdir()
    text = f"m 1 500 20\n{name.format(top=tmp_path)} {SIGNAL} I\n"
    with pytest.raises(RecordingNotFoundError, match=r"no file m\.dat beside the header"):
        open_recording(write(tmp_path / "rec", text))
    assert first_samples(write(tmp_path / "rec", text, m=7))[0] == {"I": 7}


def test_a_missing_file_is_asked_for_beside_the_header(tmp_path):
    path = write(tmp_path, f"med/m 1 500 20\nmed/m.dat {SIGNAL} I\n")
    with pytest.raises(RecordingNotFoundError, match=r"m\.dat beside the header .*'med/m\.dat'"):
        open_recording(path)


def test_files_of_one_name_in_several_folders_are_not_taken_for_each_other(tmp_path):
    text = f"m 2 500 20\na/m.dat {SIGNAL} I\nb/m.dat {SIGNAL} II\n"
    path = write(tmp_path, text, m=7)
    with pytest.raises(RecordingNotFoundError, match=r"'a/m\.dat' and other files of the name"):
        open_recording(path)
    write(tmp_path / "b", "", m=99)
    found, notes = first_samples(path)
    assert found == {"II": 99}
    assert any("'a/m.dat'" in note for note in notes)
    write(tmp_path / "a", "", m=50)
    assert first_samples(path) == ({"I": 50, "II": 99}, [])


def test_ways_of_writing_one_name_are_one_file(tmp_path):
    names = ("med/m.dat", "./med/m.dat", "med//m.dat", "med\\m.dat")
    lines = "".join(f"{name} {SIGNAL} {k}\n" for k, name in enumerate(names))
    found, _ = first_samples(write(tmp_path, f"m 4 500 5\n{lines}", m=0))
    assert found == {"0": 0, "1": 1, "2": 2, "3": 3}
    lines = f"./m.dat {SIGNAL} I\nm.dat {SIGNAL} II\n"
    assert first_samples(write(tmp_path, f"m 2 500 10\n{lines}")) == ({"I": 0, "II": 1}, [])


@pytest.mark.parametrize("name", ["..", ".", "med/", "med/..", "\\", "/", "a/."])
def test_a_name_that_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(FormatError, match=r"line 2: the signal file .* names a folder"):
        open_recording(write(tmp_path, f"m 1 500 20\n{name} {SIGNAL} I\n", m=7))
    with pytest.raises(FormatError, match="names a folder"):
        open_recording(write(tmp_path, f"m/1 1 500 20\n{name} 20\n", m=7))


@pytest.mark.parametrize("kind", ["fixed", "variable"])
def test_segments_may_be_named_with_a_folder_too(tmp_path, kind):
    for k in (1, 2):
        write(tmp_path, f"med/s{k} 1 500 20\nmed/s{k}.dat {SIGNAL} I\n", **{f"s{k}": 40 * k})
        (tmp_path / "m.hea").rename(tmp_path / f"s{k}.hea")
    (tmp_path / "lay.hea").write_text("med/lay 1 500 0\n~ 0 10/mV 16 0 0 0 0 I\n")
    text = "med/m/2 1 500 40\nmed/s1 20\nmed/s2 20\n"
    if kind == "variable":
        text = "med/m/3 1 500 40\nmed/lay 0\nmed/s1 20\nmed/s2 20\n"
    with open_recording(write(tmp_path, text)) as recording:
        assert recording["I"].digital.compute().tolist() == [*range(40, 60), *range(80, 100)]
        assert [note for note in recording.notes if "folder" in note] == [
            "the header names files in the folder 'med'; those beside it are read"
        ]


def test_a_segment_in_a_folder_below_has_its_signals_beside_it(tmp_path):
    write(tmp_path / "p1", f"m 1 500 20\nm.dat {SIGNAL} I\n", m=99)
    path = write(tmp_path, "rec/1 1 500 20\np1/m 20\n", m=7)
    assert first_samples(path) == ({"I": 99}, [])


def test_missing_segments_in_a_folder_are_gaps(tmp_path):
    write(tmp_path, f"s1 1 500 20\ns1.dat {SIGNAL} I\n", s1=7)
    (tmp_path / "m.hea").rename(tmp_path / "s1.hea")
    found, notes = first_samples(write(tmp_path, "m/2 1 500 40\ns1 20\nmed/s2 20\n"))
    assert found == {"I": 7}
    assert any("1 of 2 segments" in note and "med/s2" in note for note in notes)


@pytest.mark.parametrize("name", ["med/n.dat", "med\\n.dat", "../n.dat", "n.dat"])
def test_the_signal_file_opens_the_record_that_names_it_in_a_folder(tmp_path, name):
    write(tmp_path, f"med/m 1 500 20\n{name} {SIGNAL} I\n", n=7)
    assert first_samples(tmp_path / "n.dat")[0] == {"I": 7}


def test_a_header_under_another_name_may_have_a_folder_in_its_record_name(tmp_path):
    text = f"med/m 1 500 20\nmed/m.dat {SIGNAL} I\n"
    assert reader.sniff(text.encode(), tmp_path / "m.txt")
    assert reader.sniff(b"med/m/2 1 500 40\nmed/s1 20\n", tmp_path / "m.txt")
    assert not reader.sniff(b"mmHg/s 1 500\n0.5 16 1\n", tmp_path / "table.txt")
