"""The panel that compares: delay, drift and agreement of two channels or two recordings."""

from __future__ import annotations

import json

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, UnknownChannelError, VitalError
from vital_widgets.panels import panel_class
from vital_widgets.simulate.second_device import second_device

Compare = panel_class("Compare")


@pytest.fixture
def pair():
    """Noise, and the same 0.4 s later."""
    rng = np.random.default_rng(5)
    x = np.convolve(rng.normal(size=12_000), np.ones(8) / 8, "same")
    return vw.Recording.from_arrays({"a": x, "b": np.roll(x, 40)}, fs=100.0, units="mV")


def test_the_delay_that_was_made_is_found(pair):
    panel = Compare(pair, channel="a", second="b", where="whole")
    assert panel.wait().delay == pytest.approx(0.4, abs=0.005)
    assert "b comes 0.4 s later than a" in panel.plot.view.text
    assert "same_times" not in panel.code()
    assert "one clock" in panel._act("Correct the second", "")
    panel.measure = "signals"
    agreement = panel.wait()
    x, y = (pair[name].read(0, 12_000) for name in "ab")
    assert agreement.bias == pytest.approx(np.mean(y - x), abs=1e-12)
    assert panel.figure.data[0].type == "heatmap"  # too many pairs for points


def test_a_second_device_is_put_on_the_clock_of_the_first():
    first = vw.sample(1800, progress=False)
    device = second_device(first, drift_ppm=80.0, offset_s=1.5, channels=["ECG"])
    panel = Compare(first, other=device.recording, where="whole", measure="drift")
    assert panel.second == "ECG"
    drift = panel.wait()
    assert drift.ppm == pytest.approx(80.0, abs=5)
    assert "other" in panel.code()
    assert "taken out" in panel._act("Correct the second", "")
    again = Compare(first, other=panel.corrected, where="whole", measure="beat delay")
    assert abs(again.wait().delay) < 0.01
    panel.measure = "beat delay"
    panel.wait()
    assert "earlier" in panel._act("Correct the second", "")


def test_agreement_of_intervals(rec):
    panel = Compare(rec, channel="ECG", second="PPG", measure="intervals", window=(0.0, 200.0))
    agreement = panel.wait()
    assert abs(agreement.bias) < 2.0  # ms
    assert agreement.n > 100
    assert "pairs of beats" in panel.plot.view.text
    names = {"rec": rec}
    exec(panel.code(), names)
    assert names["agreement"].bias == agreement.bias


def test_linked_viewers(rec, sample_file):
    second = vw.open(sample_file)
    one, two = vw.Viewer(rec, t_range=(0, 60)), vw.Viewer(second, t_range=(100, 160))
    panel = Compare(one, other=two)
    panel.wait()
    assert "together" in panel._act("Link the viewers", "")
    one.t_range = (60, 120)
    assert two.t_range == (60.0, 120.0)
    assert "need a viewer" in Compare(rec)._act("Link the viewers", "")
    one.close()
    two.close()
    second.close()


def test_mistakes_are_told(rec, pair):
    with pytest.raises(UnknownChannelError):
        Compare(rec, second="EKG")
    with pytest.raises(UnknownChannelError, match="first recording"):
        Compare(rec, other=pair, channel="a")
    with pytest.raises(UnknownChannelError, match="second recording"):
        Compare(rec, other=pair, second="ECG")
    panel = Compare(rec, measure="signals", second="PPG")
    with pytest.raises(InvalidInputError, match="units"):
        panel.wait()
    panel.second = "Resp"
    panel.measure = "intervals"
    with pytest.raises(InvalidInputError, match="not named like an ECG or PPG"):
        panel.wait()


def test_what_cannot_be_restricted_to_stretches_says_so():
    x = np.random.default_rng(0).normal(size=6000)
    rec = vw.Recording.from_arrays({"A": x, "B": x + 1}, fs=100.0)
    rec.annotations.add(10.0, "good", 20.0)
    panel = Compare(rec, channel="A", second="B", where="annotations", texts=("good",))
    assert panel.wait().delay == 0
    for measure in ("signals", "drift", "beat delay"):
        panel.measure = measure
        assert panel.state == "empty"
        assert "choose 'Window'" in panel.message
    panel.where, panel.measure = "whole", "signals"
    assert panel.wait().bias == pytest.approx(1)


@pytest.fixture
def two_files(tmp_path):
    """Two files of the same channels, the second one beside the first."""
    paths = [tmp_path / "first.edf", tmp_path / "second.edf"]
    for k, path in enumerate(paths):
        vw.sample(600 + 60 * k, path=path, progress=False).close()
    return paths


def test_a_saved_comparison_of_two_files_is_that_of_two_files(two_files, tmp_path):
    first, second = two_files
    bench = vw.Workbench(first, panels=[])
    made = bench.add("Compare", other=second, channel="ECG", second="PPG", measure="drift")
    saved = made.settings
    assert json.loads(json.dumps(saved))["other"] == str(second)
    bench.save(tmp_path / "session.json")
    bench.close()
    again = vw.Workbench.load(tmp_path / "session.json").panels[0]
    assert again.other.path == second
    assert again.settings == saved
    alone = Compare(again.recording)
    alone.settings = saved
    assert alone.names_for("second") == list(again.other)
    alone.settings = {**saved, "other": "/elsewhere/second.edf"}  # found beside the first one
    assert alone.other.path == second
    before, kept = alone.other, alone.settings
    for wrong, words in (
        ({**saved, "other": str(tmp_path / "none.edf")}, "none.edf"),
        ({**saved, "other": ""}, "in memory"),
        ({**saved, "other": 5}, "not the path"),
        ({**saved, "nope": 1}, "nope"),
        ({**saved, "other": str(first), "parameters": {"second": "nope"}}, "nope"),
    ):
        with pytest.raises(VitalError, match=words):
            alone.settings = wrong
        assert alone.other is before
        assert alone.settings == kept
