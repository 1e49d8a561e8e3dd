"""Wrong arguments are told in words, and change nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

MARKS = Annotations([1.0], ["N"])


@pytest.fixture(scope="module")
def recording():
    made = vw.Recording.from_arrays({"ECG": np.zeros(5000), "C3": np.zeros(5000)}, fs=100)
    made.annotations.add(1, "N", reader="anna")
    return made


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v, _: v.picture(dpi="300"), "dpi='300' is not a number from 24 to 1200"),
        (lambda v, _: v.picture(theme=["dark"]), r"theme=\['dark'\] is not a text"),
        (lambda v, _: v.save(None), "path=None is not the path of a file; give for example"),
        (lambda v, _: v.to_html(5), "path=5 is not the path of a file"),
        (lambda v, _: v.to_html("a.html", title=5), "title=5 is not a text"),
        (lambda v, _: v.to_html("a.html", windows=5), "5 is not a window; give pairs"),
        (lambda v, _: v.add_spectrogram("ECG", band=5), "band=5 is not two frequencies in Hz"),
        (lambda v, _: v.add_spectrogram("ECG", window_s=None), "window_s=None is not a length"),
        (lambda v, _: v.add_spectrogram("ECG", name=[1]), r"name=\[1\] is not a text"),
        (lambda v, _: v.add_spectrogram(["ECG"]), r"channel=\['ECG'\] is not a text"),
        (lambda v, _: setattr(v, "filters", "1-20 Hz"), "filters"),
        (lambda v, _: vw.Viewer(v.recording, filters="1-20 Hz"), "filters='1-20 Hz' is not a map"),
        (lambda v, _: vw.Viewer(v.recording, channels=5), "channels=5 is not a list of texts"),
        (lambda v, _: vw.Viewer(v.recording, t_range={"a": 1}), "is not a pair"),
        (lambda _, m: m.select(t_range=5), r"t_range=5 is not a pair \(t0, t1\) of seconds"),
        (lambda _, m: m.select(texts=5), "texts=5 is not a list of texts; give for example"),
        (lambda _, m: m.select(layers=[None]), r"layers=\[None\] is not a list of texts"),
        (lambda _, m: m.next("soon"), "t='soon' is not a time in seconds"),
        (lambda _, m: m.previous(math.nan), "t=nan is not a time in seconds"),
        (lambda _, m: m.between(None, 5), "t0=None is not a time in seconds"),
        (lambda _, m: m.epoch_agreement(None), "layers=None is not a list of texts"),
        (lambda _, m: m.add(10**400, "N"), "is not a number of seconds"),
        (lambda _, m: m.add(1, "N", channel=["ECG"]), r"channel=\['ECG'\] is not a channel"),
        (lambda *_: Annotations([1], 5), "text=5 is not a list of texts, one per mark"),
        (lambda *_: Annotations([1], ["N"], comment=5), "comment=5 is not a list of texts"),
        (
            lambda *_: vw.write_annotations("a.edf", MARKS, start="2026"),
            "start='2026' is not a dat",
        ),
        (lambda *_: vw.write_annotations("a.csv", MARKS, recording="n.edf"), "is not a Recording"),
        (lambda *_: vw.read_annotations(None), "path=None is not the path of a file"),
        (lambda *_: vw.montage.Montage.load(5), "path=5 is not the path of a file"),
    ],
)
def test_a_wrong_argument_is_told_and_changes_nothing(
    recording, call, message, stand_in_front_end, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    viewer = vw.Viewer(recording)
    before, marks = viewer.view, len(recording.annotations)
    with pytest.raises((InvalidInputError, vw.widgets.viewer.traitlets.TraitError), match=message):
        call(viewer, recording.annotations)
    assert viewer.view == before
    assert len(recording.annotations) == marks
    assert list(tmp_path.iterdir()) == []
    viewer.add_signal(np.zeros(10), "trend", fs=1)  # it still works
    viewer.remove_signal("trend")
    viewer.close()


def test_times_may_be_infinite(recording) -> None:
    marks = recording.annotations
    assert len(marks.select(t_range=(-math.inf, math.inf))) == len(marks) > 0
    assert marks.next(-math.inf).text == marks.previous(math.inf).text == "N"
    assert len(marks.between(-math.inf, math.inf)) == len(marks)


def test_a_lane_that_cannot_be_shown_leaves_the_viewer_as_it_was(
    recording, stand_in_front_end, monkeypatch
) -> None:
    viewer = vw.Viewer(recording)
    viewer.add_signal(np.zeros(10), "first", fs=1)

    def fails(*_: object) -> None:
        raise InvalidInputError("no lanes")

    with monkeypatch.context() as patch:
        patch.setattr(viewer, "_lanes_with", fails)
        with pytest.raises(InvalidInputError, match="no lanes"):
            viewer.add_signal(np.zeros(10), "second", fs=1)
    viewer.remove_signal("first")
    viewer.add_signal(np.zeros(10), "second", fs=1)
    assert viewer.channels == ["ECG", "C3", "second"]
    viewer.close()
