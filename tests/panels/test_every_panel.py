"""What every panel keeps: code that gives its result, settings, undo, saving, closing."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import vital_widgets as vw
from panel_entries import ENTRIES
from vital_widgets.panels import CATALOG, panel_class
from vital_widgets.panels.script import as_step, result_name

NAMES = sorted(CATALOG)
CODED = [name for name in NAMES if name in ENTRIES and ENTRIES[name].code]


def make(name, rec, **more):
    entry = ENTRIES[name]
    recording = entry.recording(rec) if entry.recording else rec
    return panel_class(name)(recording, window=entry.window, **{**entry.parameters, **more})


def same(a, b):
    """Whether two results are equal, to the last digit, in their tables."""
    pd.testing.assert_frame_equal(a.to_frame(), b.to_frame(), check_exact=True)
    return True


def test_every_panel_has_an_entry():
    assert set(ENTRIES) == set(CATALOG)


@pytest.mark.parametrize("name", CODED)
def test_code_gives_the_result(name, rec):
    panel = make(name, rec)
    result = panel.wait()
    assert panel.state in ("done", "not enough"), panel.message
    names = {"panel": panel, "rec": panel.recording}
    code = panel.code()
    exec(code, names)
    last = as_step(panel.script(panel.place(), panel.chosen()))
    assert same(names[result_name(last)], result), code
    assert panel.title
    assert type(panel).__doc__


@pytest.mark.parametrize("name", [name for name in CODED if ENTRIES[name].whole])
def test_the_whole_recording_gives_what_the_library_gives(name, rec):
    panel = make(name, rec, where="whole")
    result = panel.wait()
    names = {"panel": panel, "rec": panel.recording}
    exec(panel.code(), names)
    assert ".between(" not in panel.code()
    last = as_step(panel.script(panel.place(), panel.chosen()))
    assert same(names[result_name(last)], result)
    assert panel.share == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_and_numbers_are_shown(name, rec):
    panel = make(name, rec)
    panel.wait()
    if panel.plot.view is not None:
        view = panel.plot.view
        assert view.traces or view.table or view.text
        for trace in view.traces:
            assert trace["type"]
    before = len(panel.figure.data) if panel.figure is not None else 0
    changed = ENTRIES[name].changed
    if changed is not None:
        setattr(panel, *changed)
        panel.wait()
        assert panel.state in ("done", "not enough"), panel.message
        panel.undo()
        panel.wait()
        if panel.figure is not None:
            assert len(panel.figure.data) == before


@pytest.mark.parametrize("name", NAMES)
def test_settings_pass_through_json(name, rec):
    panel = make(name, rec)
    changed = ENTRIES[name].changed
    if changed is not None:
        setattr(panel, *changed)
    kept = json.loads(json.dumps(panel.settings))
    other = panel_class(name)(panel.recording)
    other.settings = kept
    assert other.settings == panel.settings
    if ENTRIES[name].code:
        assert other.code() == panel.code()
    with pytest.raises(vw.errors.InvalidInputError, match="settings of the panel"):
        other.settings = {"panel": "Nothing"}


@pytest.mark.parametrize("name", NAMES)
def test_closing_leaves_nothing_behind(name, rec, widgets_left):
    for where in ("window", "whole"):
        panel = make(name, rec, where=where if ENTRIES[name].whole else "window")
        panel.close()  # while it computes
        panel.close()
        panel.update()  # of an observer that was called late
    panel = make(name, rec)
    panel.wait()
    panel.close()
    assert widgets_left() == []
    assert panel.recording.annotations.parts._listeners == {}


@pytest.mark.parametrize("name", CODED)
def test_saving(name, rec, tmp_path):
    panel = make(name, rec)
    result = panel.wait()
    table = result.to_frame()
    if not isinstance(table.index, pd.RangeIndex):  # times, or names of measures
        table = table.reset_index()
    panel.save(tmp_path / "result.csv")
    assert list(pd.read_csv(tmp_path / "result.csv").columns) == [str(c) for c in table.columns]
    panel.save(tmp_path / "result.parquet")
    assert len(pd.read_parquet(tmp_path / "result.parquet")) == len(table)
    panel.save(tmp_path / "result.json")
    held = json.loads((tmp_path / "result.json").read_text())
    assert held["recipe"]["function"] == result.recipe.function
    assert held["code"] == panel.code()
    assert len(held["table"]) == len(table)


@pytest.mark.parametrize("name", CODED)
def test_nothing_selected_and_no_signal_are_said_in_words(name, rec):
    panel = make(name, rec, where="selection")
    assert panel.state == "empty"
    assert "Shift" in panel.message
    assert panel.result is None
    panel.selection = (12.0, 39.0)
    panel.wait()
    assert panel.state in ("done", "not enough"), panel.message
    flat = {one: np.full(6000, np.nan) for one in panel.recording}
    units = {one: panel.recording[one].units for one in panel.recording}
    empty = vw.Recording.from_arrays(flat, fs=100.0, units=units)
    other = panel_class(name)(empty, window=(0.0, 50.0), **ENTRIES[name].parameters)
    if other.state not in ("empty", "error"):
        other._latest.task.wait()
    assert other.state in ("not enough", "empty", "error")
    assert other.message
