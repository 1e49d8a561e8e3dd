"""Values and saved settings of any kind: each is taken, or refused in words and nothing changes."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

import vital_widgets as vw
from panel_entries import ENTRIES
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.panels import panel_class

JUNK = [
    None, "", "x'\"\n", "1e999", b"x", 0, -1, 5, True, 1e300, 10**400, float("nan"), float("inf"),
    1 + 2j, np.int64(3), np.float32(0.5), np.bool_(True), np.array([1.0, 2.0]), np.array([]),
    [], (), [[]], ["ECG", 3], [0, 1], (1, 0), {}, {"a": 1}, {"a": (2, 1)}, {"a"}, object(),
]  # fmt: skip


@pytest.fixture
def short():
    rate = np.random.default_rng(0).normal(size=1000)
    return vw.Recording.from_arrays({"ECG": rate}, fs=250.0)


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_a_value_of_any_type_is_taken_or_refused_in_words(name, short):
    panel = panel_class(name)(short, window=(0.0, 2.0))
    panel.active = False
    for parameter in [*panel.parameters, "where", "window", "selection", "texts", "follow"]:
        before = getattr(panel, parameter)
        for value in JUNK:
            try:
                setattr(panel, parameter, value)
            except VitalError:  # anything else fails the test
                assert getattr(panel, parameter) == before
            else:
                json.dumps(panel.settings)
            setattr(panel, parameter, before)


def test_numbers_of_numpy_are_a_window(short):
    panel = vw.panels.Statistics(short, window=(np.float32(0.5), np.int64(2)))
    assert panel.window == (0.5, 2.0)
    viewer = vw.Viewer(short)
    viewer.t_range = (np.float32(0.5), np.int64(2))
    assert viewer.t_range == (0.5, 2.0)


def test_a_panel_of_two_channels_says_that_a_recording_has_only_one(short):
    panel = vw.panels.Compare(short)
    assert panel.second is None
    assert (panel.state, panel.message) == ("empty", "choose the second channel")


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_a_recording_without_channels_has_panels(name):
    panel = panel_class(name)(vw.Recording("nothing", {}))
    panel.wait()
    assert panel.state in ("empty", "done", "not enough"), panel.message


def test_no_channel_can_be_chosen_and_undone(short):
    panel = vw.panels.Statistics(short)
    panel.channel = None
    assert (panel.state, panel.message) == ("empty", "choose a channel")
    panel.undo()
    panel.wait()
    assert panel.state == "done"


def test_annotations_without_text_can_be_analysed(short):
    marks = vw.Annotations([0.5, 1.5], ["", "N"], [1.0, 0.5])
    rec = vw.Recording.from_arrays({"ECG": np.arange(1000.0)}, fs=250.0, annotations=marks)
    panel = vw.panels.Statistics(rec, where="annotations", texts=["N"])
    panel.wait()
    panel.texts = [""]
    panel.wait()
    assert panel.texts == ("",)
    assert panel.place().t_range == (0.5, 1.5)


def _changed(settings):
    """Give settings with one value of another type, or without one."""
    for key in settings:
        for junk in (None, 3, "x", [], [1], {}, {"a": 1}, True):
            yield {**settings, key: junk}
        yield {one: settings[one] for one in settings if one != key}
        if isinstance(settings[key], dict):
            yield from ({**settings, key: one} for one in _changed(settings[key]))


def test_edited_settings_of_a_panel_are_taken_completely_or_not_at_all(short):
    panel = vw.panels.Spectrum(short, window=(0.0, 2.0))
    panel.active = False
    good = panel.settings
    for settings in _changed(good):
        try:
            panel.settings = copy.deepcopy(settings)
        except VitalError:
            assert panel.settings == good
        panel.settings = good
    with pytest.raises(InvalidInputError, match="unknown setting 'close'"):
        panel.settings = {**good, "close": 1}
    edited = {**good, "parameters": {**good["parameters"], "channel": "PPG"}, "where": "whole"}
    with pytest.raises(VitalError, match="unknown channel 'PPG'"):
        panel.settings = edited
    assert panel.settings == good


def test_an_edited_workbench_is_taken_completely_or_not_at_all(short, tmp_path):
    bench = vw.Workbench(short, panels=["Statistics"])
    good = bench.settings
    bad_panel = {**good["panels"][0], "where": "nowhere"}
    view = {**good["view"], "height": good["view"]["height"] + 10}
    for change, said in [
        ({"arrangement": 3}, "unknown arrangement 3"),
        ({"panels": [3]}, "3 is neither the name of a panel nor its settings"),
        ({"panels": [bad_panel], "view": view}, "unknown where 'nowhere'"),
        ({"view": {**view, "channels": 3}}, "channels=3 is not a list"),
        ({"workbench": 99}, "version"),
    ]:
        with pytest.raises(InvalidInputError, match=said):
            bench.settings = {**good, **change}
        assert bench.settings == good
    path = tmp_path / "bench.json"
    path.write_text(json.dumps({key: one for key, one in good.items() if key != "recording"}))
    with pytest.raises(InvalidInputError, match="give the recording"):
        vw.Workbench.load(path)


def test_json_of_times_is_readable(tmp_path):
    marks = vw.Annotations([0.5], ["N"], [1.0])
    rec = vw.Recording.from_arrays({"ECG": np.arange(1000.0)}, fs=250.0, annotations=marks)
    panel = vw.panels.Annotations(rec)
    panel.wait()
    saved = json.loads(panel.save(tmp_path / "marks.json").read_text())
    assert [row["changed"] for row in saved["table"]] == [None]
