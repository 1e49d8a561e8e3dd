"""Names of files that are not UTF-8, very long, or full of signs."""

from __future__ import annotations

import os
import shutil
import sys

import numpy as np
import pytest

import vital_widgets as vw
from small_files import write_edf_plus
from vital_widgets.core.marks.journal import journal_beside
from vital_widgets.errors import InvalidInputError

NAMES = [b"\xff\xfe.edf", b"two\nlines.edf", b"'quoted\" {0}%s.edf", b"x" * 251 + b".edf", b"-.edf"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("name", NAMES)
def test_a_recording_with_any_name_is_marked_shown_and_opened_by_its_code(
    tmp_path, name, stand_in_front_end
) -> None:
    path = tmp_path / os.fsdecode(name)
    shutil.copy(write_edf_plus(tmp_path), path)
    recording = vw.open(path)
    recording.name.encode()
    mark = recording.annotations.add(1, "N", reader="anna")
    assert mark.id in recording.annotations.layer("anna").id
    recording.annotations.compact()
    recording.annotations.undo("anna")
    viewer = vw.Viewer(recording, height=333)
    namespace: dict[str, object] = {}
    exec(viewer.code().encode().decode(), namespace)
    again = namespace["viewer"]
    assert isinstance(again, vw.Viewer)
    assert (again.recording.path, again.height) == (path, 333)
    assert viewer.to_html(tmp_path / "page.html", identity=True).n_bytes > 0
    viewer.close()
    again.close()


def test_the_journal_of_a_long_name_has_a_name_of_its_own(tmp_path) -> None:
    names = {journal_beside(tmp_path / f"{'ü' * 120}{k}.edf").name for k in range(3)}
    assert len(names) == 3
    assert all(len(os.fsencode(one)) < 200 for one in names)
    assert journal_beside(tmp_path / "night.edf").name == "night.edf.marks.jsonl"


def test_a_channel_with_half_a_character_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"name '\\ud800' of a channel contains half a ch"):
        vw.Recording.from_arrays({"\ud800": np.zeros(3)}, fs=1)
