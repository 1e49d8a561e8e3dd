"""The base of the panels: it follows, computes what was asked last, and tells in words."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import traitlets

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.panels import Panel, View, call, frame
from vital_widgets.panels.catalog.spectrum_panel import Spectrum
from vital_widgets.panels.catalog.statistics_panel import Statistics
from vital_widgets.panels.computing import ALMOST, how_much
from vital_widgets.panels.parameters import channel, choice, number
from vital_widgets.runtime.tasks import Task
from waiting import until


class Mean(Panel):
    """A panel of one's own."""

    title = "Mean"
    channel = channel("ECG")
    scale = number(1.0, 0.1, 10, "Scale", unit="x", drawing=True)
    kind = choice("plain", ("plain", "other"), "Kind")

    def script(self, place, chosen):
        return call(analysis.signal_statistics, place.channel(chosen.channel), name="mean")

    def draw(self, result, chosen):
        return View([{"type": "scatter", "x": [0, 1], "y": [0, result.mean * chosen.scale]}])


def test_a_panel_of_ones_own(rec):
    panel = Mean(rec, window=(0, 10))
    result = panel.wait()
    assert result.mean == pytest.approx(rec["ECG"].window(0, 10)[1].mean())
    assert panel.state == "done"
    assert panel.figure.data[0].y[1] == result.mean
    panel.scale = 2.0
    until(lambda: panel.figure.data[0].y[1] == 2 * result.mean)
    assert panel.result is result  # it was only drawn again


def test_it_follows_the_window_of_a_viewer(rec):
    viewer = vw.Viewer(rec, t_range=(0, 10))
    panel = Mean(viewer)
    panel.wait()
    viewer.t_range = (20, 25)
    result = panel.wait()
    assert result.mean == pytest.approx(rec["ECG"].window(20, 25)[1].mean())
    panel.follow = False
    viewer.t_range = (30, 40)
    assert "between(0.0, 10.0)" in panel.code()
    own = Mean(viewer, window=(1, 2))
    assert own.follow is False
    viewer.close()


def test_the_channel_is_guessed_from_names_and_from_shape(rec):
    assert Mean(rec).channel == "ECG"
    t = np.arange(3000) / 250
    spikes = np.exp(-0.5 * ((t % 0.8 - 0.4) / 0.01) ** 2)
    nameless = vw.Recording.from_arrays({"a": np.sin(t), "b": spikes, "c": np.cos(9 * t)}, fs=250)
    assert Mean(nameless).channel == "b"


def test_only_the_latest_question_is_answered(rec):
    shown, hold, entered = [], threading.Event(), threading.Event()

    class Slow(Mean):
        def script(self, place, chosen):
            return call(slow, place.channel(chosen.channel), name="mean")

    def slow(signal):
        if signal.start < 1:
            entered.set()
            hold.wait()
        return analysis.signal_statistics(signal)

    panel = Slow(rec, window=(0, 10))
    panel.observe(lambda change: shown.append(change.new), "result")
    entered.wait()
    panel.window = (50, 60)
    hold.set()
    result = panel.wait()
    assert result.maximum_time > 50
    assert shown == [result]


def test_a_whole_recording_grows_and_can_be_cancelled(monkeypatch):
    from vital_widgets.analysis.engine import compute, growth

    monkeypatch.setattr(growth, "INTERVAL", 0.0)
    monkeypatch.setattr(growth.Growth.__init__, "__defaults__", (0.0,))
    monkeypatch.setattr(growth, "SHARE", 1e9)
    monkeypatch.setattr(compute, "PIECE_SAMPLES", 1000)
    rng = np.random.default_rng(0)
    recording = vw.Recording.from_arrays({"x": rng.normal(size=100_000)}, fs=100.0)
    shares, means = [], []
    panel = Statistics(recording)
    panel.wait()

    def seen(change):
        shares.append(change.new)
        if change.new > 0.5 and not means:
            means.append(panel.result)
            panel.cancel()

    panel.observe(seen, "share")
    panel.where = "whole"
    until(lambda: panel.state == "cancelled")
    assert means
    assert 0.5 < panel.share < 1
    assert panel.result.count == pytest.approx(panel.share * 100_000, abs=1)
    assert f"the result from the first {int(100 * panel.share)} % of the signal" in panel.message
    values = recording["x"].read(0, panel.result.count)
    assert panel.result.mean == pytest.approx(values.mean())


def test_of_two_slow_tasks_the_one_that_goes_on_is_shown(rec, monkeypatch):
    monkeypatch.setattr(frame, "PATIENCE", 0.0)
    panel = Mean(rec)
    panel.wait()
    ends = [threading.Event(), threading.Event()]
    tasks = [Task(lambda _, end=end: end.wait(), "slow") for end in ends]
    shown = panel._frame
    for task in tasks:
        shown.follow(task)
        task.start()
        assert until(lambda task=task: shown._task is task)
    ends[1].set()
    assert until(lambda: shown._task is tasks[0])
    ends[0].set()
    assert until(lambda: shown._task is None)


def test_what_a_result_rests_on_is_said_in_words():
    assert how_much(1.0) == ""
    assert how_much(ALMOST) == "without the slowest parts"
    assert how_much(0.996) == "from the first 99 % of the signal"


def test_what_is_saved_is_of_the_present_settings(rec, tmp_path):
    entered, hold = threading.Event(), threading.Event()

    class Slow(Mean):
        factor = number(1.0, 0.1, 10, "Factor")

        def script(self, place, chosen):
            del chosen
            return call(slowly, place.channel("ECG"), name="mean")

    def slowly(channel):
        result = analysis.signal_statistics(channel)
        if panel is not None:
            entered.set()
            hold.wait()
        return result

    panel = None
    panel = Slow(rec, window=(0, 10))
    hold.set()
    first = panel.wait()
    hold.clear()
    entered.clear()
    panel.window = (20, 30)
    entered.wait()
    with pytest.raises(InvalidInputError, match="still being computed"):
        panel.save(tmp_path / "mean.csv")
    assert "still being computed" in panel._act("add", "")
    panel.cancel()
    hold.set()
    assert until(lambda: panel.state == "cancelled")
    assert panel.result is first
    assert panel.message == "cancelled; shown is an earlier result"
    panel.scale = 2.0  # only the picture changes
    assert panel.state == "cancelled"
    with pytest.raises(InvalidInputError, match="earlier settings"):
        panel.save(tmp_path / "mean.csv")
    panel.update()
    assert panel.wait().maximum_time > 19
    panel.save(tmp_path / "mean.csv")
    panel.active = False
    panel.window = (40, 50)
    with pytest.raises(InvalidInputError, match="earlier settings"):
        panel.save(tmp_path / "mean.csv")


def test_a_change_of_the_picture_does_not_compute_again(rec):
    entered, hold = threading.Event(), threading.Event()
    calls, scales = [], []

    class Slow(Mean):
        def script(self, place, chosen):
            del chosen
            return call(slowly, place.channel("ECG"), name="mean")

        def draw(self, result, chosen):
            scales.append(chosen.scale)
            return super().draw(result, chosen)

    def slowly(channel):
        calls.append(channel)
        entered.set()
        hold.wait()
        return analysis.signal_statistics(channel)

    panel = Slow(rec, window=(0, 10))
    entered.wait()
    panel.scale = 3.0
    hold.set()
    panel.wait()
    assert len(calls) == 1
    assert scales == [3.0]
    panel.scale = 4.0
    assert scales == [3.0, 4.0]
    assert len(calls) == 1


def test_mistakes_are_said_in_words_and_the_panel_stays_usable(rec):
    panel = Spectrum(rec, window=(0, 30))
    with pytest.raises(UnknownChannelError, match="unknown channel 'EKG'"):
        panel.channel = "EKG"
    with pytest.raises(InvalidInputError, match=r"window_s=0 .*out of range|out of range"):
        panel.window_s = 0
    with pytest.raises(InvalidInputError, match="0 <= low < high"):
        panel.bands = {"absurd": (40, 10)}
    with pytest.raises(InvalidInputError, match="unknown where 'everywhere'"):
        panel.where = "everywhere"
    with pytest.raises(InvalidInputError, match="unknown parameter 'colour'"):
        Spectrum(rec, colour="red")
    panel.where = "annotations"
    assert panel.state == "empty"
    assert "choose the text" in panel.message
    panel.texts = ["activity", "noise burst"]
    assert panel.wait().enough
    panel.window_s = 3000.0
    assert panel.wait().enough is False
    assert panel.state == "not enough"
    panel.undo()
    assert panel.wait().enough


def test_an_unexpected_error_ends_in_the_panel(rec):
    class Broken(Mean):
        def draw(self, result, chosen):
            raise RuntimeError("boom")

    panel = Broken(rec, window=(0, 5))
    until(lambda: panel.state == "error")
    assert "boom" in panel.message
    assert panel._frame._told.value.count('role="alert"') == 1
    with pytest.raises(RuntimeError, match="boom"):
        panel.wait()


def test_undo_and_redo(rec):
    panel = Spectrum(rec)
    assert not panel.can_undo
    panel.window_s = 2.0
    panel.channel = "PPG"
    panel.undo()
    assert panel.channel == "ECG"
    assert panel.window_s == 2.0
    panel.undo()
    assert panel.window_s is None
    assert not panel.can_undo
    panel.redo()
    assert panel.window_s == 2.0


def test_controls_follow_and_change_parameters(rec):
    panel = Spectrum(rec, window=(0, 20))
    fields = {name: one._field for name, one in panel._frame._controls.items()}
    fields["window_s"].value = "2"
    assert panel.window_s == 2.0
    fields["window_s"].value = ""
    assert panel.window_s is None
    fields["bands"].value = "slow 0.5-4, fast 4-30"
    assert panel.bands == {"slow": (0.5, 4.0), "fast": (4.0, 30.0)}
    fields["bands"].value = "nonsense"
    assert "limits in Hz" in panel._frame._told.value
    assert panel.bands["slow"] == (0.5, 4.0)
    panel.channel = "Resp"
    assert fields["channel"].value == "Resp"
    panel._frame._where.value = "whole"
    assert panel.where == "whole"


def test_a_choice_that_may_be_left_out_shows_that_it_is(rec):
    class Optional(Mean):
        other = channel("ECG", empty="none")

    panel = Optional(rec, window=(0, 20))
    field = panel._frame._controls["other"]._field
    assert field.label == "none"
    field.label = "PPG"
    assert panel.other == "PPG"
    panel.undo()
    assert (panel.other, field.label) == (None, "none")
    panel.other = "PPG"
    field.label = "none"
    assert panel.other is None


def test_a_click_moves_the_viewer_and_the_pointer_marks_the_time(rec):
    class Over(Mean):
        def draw(self, result, chosen):
            trace = {"type": "scatter", "x": [0.0, 100.0, 200.0], "y": [0, 1, 2]}
            return View([trace], times="x")

    viewer = vw.Viewer(rec, t_range=(0, 10))
    one, other = Over(viewer), Over(viewer)
    one.wait()
    other.wait()
    points = type("Points", (), {"point_inds": [1], "xs": [100.0], "ys": [1]})()
    one.figure.data[0]._dispatch_on_hover(points, None)
    assert [shape.x0 for shape in other.figure.layout.shapes] == [100.0]
    one.figure.data[0]._dispatch_on_click(points, None)
    assert viewer.t_range[0] <= 100 < viewer.t_range[1]
    viewer.close()


def test_closing_the_viewer_leaves_the_panel_usable(rec):
    viewer = vw.Viewer(rec)
    panel = Mean(viewer)
    panel.wait()
    viewer.close()
    panel.where = "whole"
    assert panel.wait().count == rec["ECG"].n_samples


def test_parameters_of_a_panel_are_traits():
    assert isinstance(Mean.class_traits()["scale"], traitlets.TraitType)


def test_the_example_of_the_documentation_works(rec, monkeypatch):
    text = (Path(__file__).parents[2] / "docs" / "panels.md").read_text("utf-8")
    block = next(one for one in text.split("```python\n") if "class Loudness" in one)
    code = block.split("```")[0]
    assert len(code.strip().splitlines()) <= 33
    names = {"vw": vw}
    exec(code.split("bench = ")[0], names)
    panel = names["Loudness"](rec, window=(0, 30))
    assert panel.wait().enough
    assert len(panel.figure.data[0].x) == 30
    assert "analysis.window_statistics(signal" in panel.code().replace("\n    ", "")


def test_long_series_stay_in_the_kernel(rec):
    class Long(Mean):
        long_series = True

        def draw(self, result, chosen):
            n = 50_000 if chosen.scale < 5 else 100
            y = np.sin(np.arange(n) / 500) * chosen.scale
            few = {"type": "scatter", "name": "few", "x": [0.0, 9.0], "y": [0.0, 1.0]}
            many = {"type": "scatter", "name": "many", "x": np.arange(n) / 10, "y": y}
            return View([few, many], times="x")

    panel = Long(rec, window=(0, 10))
    panel.wait()
    few, many = panel.figure.data
    assert len(few.x) == 2
    assert len(many.x) == 1000
    assert len(panel.figure.hf_data[0]["x"]) == 50_000
    panel.scale = 2.0
    until(lambda: max(panel.figure.data[1].y) > 1.9)
    assert panel.figure.data[1] is many
    panel.scale = 6.0
    until(lambda: len(panel.figure.data[1].x) == 100)
