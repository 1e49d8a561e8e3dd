"""The workbench: panels come and go, hidden ones rest, one file brings it back."""

from __future__ import annotations

import json
import os
import shutil
import threading

import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.pool import POOL
from vital_widgets.runtime.tasks import Task
from waiting import until


@pytest.fixture
def bench(rec):
    made = vw.Workbench(rec, t_range=(10, 40))
    yield made
    made.close()


def test_panels_follow_the_viewer(bench):
    spectrum, statistics = bench.panels
    bench.viewer.t_range = (60, 80)
    assert statistics.wait().maximum_time >= 60
    assert "between(60.0, 80.0)" in spectrum.code()


def test_panels_are_added_and_removed(bench):
    added = bench.add("Spectrum", channel="PPG")
    assert bench.panels[-1] is added
    assert bench.front is added
    bench.remove(added)
    assert added not in bench.panels
    assert added._closed
    meant = r"'Spectra' \(did you mean 'Spectrum'\?\); available: "
    with pytest.raises(InvalidInputError, match=meant):
        bench.add("Spectra")
    with pytest.raises(InvalidInputError, match="not a panel of this workbench"):
        bench.remove(added)
    closing = bench.panels[0]._frame._head.children[-1]
    closing.click()
    assert len(bench.panels) == 1


def test_the_chooser_adds_a_panel(bench):
    chooser = bench._bar.children[0]
    chooser.value = "Statistics"
    assert len(bench.panels) == 3
    assert chooser.value == ""


def test_panels_behind_tabs_rest(bench):
    spectrum, statistics = bench.panels
    spectrum.wait()
    bench.arrangement = "tabs"
    bench.front = statistics
    assert (spectrum.active, statistics.active) == (False, True)
    before = spectrum.result
    bench.viewer.t_range = (100, 120)
    statistics.wait()
    assert spectrum.result is before
    bench._area._tabs.children[0].click()
    assert bench.front is spectrum
    until(lambda: spectrum.result is not before)
    with pytest.raises(InvalidInputError, match="unknown arrangement 'pile'"):
        bench.arrangement = "pile"


def test_it_comes_back_from_a_file(bench, rec, tmp_path):
    bench.panels[0].methods = ("multitaper",)
    bench.panels[1].where = "whole"
    bench.arrangement = "tabs"
    file = bench.save(tmp_path / "session.json")
    assert len(file.read_bytes()) < 4000
    back = vw.Workbench.load(file)
    assert back.settings == bench.settings
    assert back.viewer.t_range == (10, 40)
    assert back.panels[0].wait().method == "multitaper"
    back.recording.close()
    back.close()
    other = vw.Workbench.load(file, rec)
    assert other.recording is rec
    other.close()


def test_files_that_are_none_change_nothing(bench, rec, tmp_path):
    panels = list(bench.panels)
    for text, words in (
        ("{", "cannot be read as JSON"),
        ("", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[]", "not a workbench"),
        ('{"cells": [], "nbformat": 4}', "not a workbench"),
        ('{"workbench": true}', "not a workbench"),
        ('{"workbench": 2}', "version 2, and this release of vital_widgets reads version 1"),
        ('{"workbench": 1, "view": {}}', "no 'panels'"),
        ('{"workbench": 1, "view": {}, "panels": [{"panel": "Nothing"}]}', "unknown panel"),
    ):
        file = tmp_path / "session.json"
        file.write_text(text)
        with pytest.raises(InvalidInputError, match=words):
            vw.Workbench.load(file, rec)
    with pytest.raises(InvalidInputError, match="no file"):
        vw.Workbench.load(tmp_path / "other.json")
    broken = json.loads(json.dumps(bench.settings))
    broken["panels"][1]["parameters"] = {"channel": "EKG"}
    with pytest.raises(vw.errors.UnknownChannelError, match="EKG"):
        bench.settings = broken
    assert bench.panels == panels


class Mine(vw.panels.Panel):
    """A panel that no package registers."""

    title = "Mine"
    level = vw.panels.parameters.number(1.0, 0.0, 9.0, "Level")

    def script(self, place, chosen):
        return vw.panels.call(vw.analysis.signal_statistics, place.channel("ECG"))

    def draw(self, result, chosen):
        return vw.panels.View(text=f"{chosen.level}")


def test_all_of_a_session_comes_back(rec, tmp_path):
    bench = vw.Workbench(rec, ["Spectrum", "Statistics", "Tasks"], t_range=(10, 40))
    bench.panels[0].bands = {"slow": (1.0, 3.0)}
    bench.panels[1].channel = "PPG"
    bench.add("HRV", window=(0, 300)).domains = ("time",)
    bench.add("Spectrum", where="selection", selection=(5, 9), follow=False)
    bench.add(Mine, level=3)
    bench.arrangement = "tabs"
    bench.front = bench.panels[1]
    file = bench.save(tmp_path / "session.json")
    with pytest.raises(InvalidInputError, match=r"unknown panel 'Mine'; install .* give its class"):
        vw.Workbench.load(file, rec)
    back = vw.Workbench.load(file, rec, panels=[Mine])
    assert back.settings == bench.settings
    assert back.front is back.panels[1]
    assert [one.active for one in back.panels] == [False, True, False, False, False, False]
    assert back.panels[3].window == (0, 300)
    assert back.panels[5].level == 3
    back.close()
    bench.settings = json.loads(file.read_text())
    assert type(bench.panels[5]) is Mine, "a class that is there needs not be given"
    bench.close()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_that_an_editor_wrote_is_read(bench, rec, tmp_path, encoding):
    file = bench.save(tmp_path / "session.json")
    file.write_text(file.read_text("utf-8"), encoding)
    back = vw.Workbench.load(file, rec)
    assert back.settings == bench.settings
    back.close()


def test_a_recording_that_moved_with_the_file_is_found(sample_file, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    shutil.copy(sample_file, here / "night.edf")
    monkeypatch.chdir(here)
    bench = vw.Workbench("night.edf", panels=[])
    file = bench.save("session.json")
    assert json.loads(file.read_text())["recording"] == str(here / "night.edf")
    bench.recording.close()
    bench.close()
    monkeypatch.chdir("/")
    moved = here.rename(tmp_path / "there")
    back = vw.Workbench.load(moved / "session.json")
    assert back.recording.path == moved / "night.edf"
    back.recording.close()
    back.close()
    (moved / "night.edf").unlink()
    with pytest.raises(vw.errors.RecordingNotFoundError, match=r"load\(path, recording\)"):
        vw.Workbench.load(moved / "session.json")


def test_a_recording_with_other_channels_is_refused_in_words(bench, tmp_path, widgets_left):
    file = bench.save(tmp_path / "session.json")
    other = vw.Recording.from_arrays({"II": [0.0, 1.0] * 5000}, fs=100.0)
    before = widgets_left()
    with pytest.raises(vw.errors.UnknownChannelError, match=r"other channels.*'ECG'.*'II'"):
        vw.Workbench.load(file, other)
    assert until(lambda: POOL.idle)
    assert widgets_left() == before


def test_a_file_is_written_completely_or_not_at_all(bench, tmp_path, monkeypatch):
    file = bench.save(tmp_path / "session.json")
    before = file.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    bench.viewer.t_range = (20, 30)
    with pytest.raises(vw.errors.StoreError, match="No space left"):
        bench.save(file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(vw.errors.StoreError, match="give another path"):
        bench.save(tmp_path / "nowhere" / "session.json")


def test_a_recording_in_memory_is_asked_for(tmp_path):
    recording = vw.Recording.from_arrays({"x": [0.0, 1.0] * 500}, fs=100.0)
    bench = vw.Workbench(recording, panels=["Statistics"])
    file = bench.save(tmp_path / "session.json")
    bench.close()
    with pytest.raises(InvalidInputError, match="give the recording"):
        vw.Workbench.load(file)


def test_the_status_line_tells_tasks_and_memory(bench):
    hold, begun = threading.Event(), threading.Event()

    def work(task):
        begun.set()
        hold.wait()

    task = Task(work, "building the pyramid").start()
    begun.wait()
    until(lambda: "building the pyramid: 0%" in bench._status.widget.value)
    hold.set()
    task.result()
    until(lambda: "no tasks" in bench._status.widget.value)
    assert " of 33.6 MB" in bench._status.widget.value


def test_opening_and_closing_leaves_nothing(rec, widgets_left):
    threads = threading.active_count()
    for _ in range(3):
        bench = vw.Workbench(rec, panels=["Spectrum", "Statistics", "Spectrum"])
        bench.arrangement = "tabs"
        bench.close()
        bench.close()
    until(lambda: POOL.idle and threading.active_count() <= threads)
    assert widgets_left() == []


def test_a_viewer_that_is_given_stays_open(rec):
    viewer = vw.Viewer(rec)
    bench = vw.Workbench(viewer)
    bench.close()
    assert viewer.comm is not None
    with pytest.raises(InvalidInputError, match="belongs to the viewer"):
        vw.Workbench(viewer, height=300)
    viewer.close()


def test_mistakes_at_the_start_leave_nothing(rec, widgets_left):
    with pytest.raises(InvalidInputError, match="unknown panel"):
        vw.Workbench(rec, panels=["Magic"])
    with pytest.raises(InvalidInputError, match="unknown arrangement"):
        vw.Workbench(rec, arrangement="pile")
    until(lambda: POOL.idle)
    assert widgets_left() == []
