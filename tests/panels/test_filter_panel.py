"""The panel of filters: its design, its response, and the signal before and after."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from scipy import signal as scipy_signal

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, RecordingNotFoundError
from vital_widgets.panels import panel_class
from vital_widgets.panels.catalog import filter_panel
from waiting import until

Filter = panel_class("Filter")


def test_it_is_the_filter_of_scipy_forwards_and_backwards(rec):
    panel = Filter(rec, window=(10.0, 20.0), lowcut=1.0, highcut=30.0)
    values = panel.wait().values
    fs = rec["ECG"].fs
    sos = scipy_signal.butter(4, [1.0, 30.0], "bandpass", fs=fs, output="sos")
    expected = scipy_signal.sosfiltfilt(sos, rec["ECG"].window(10.0, 20.0)[1])
    np.testing.assert_allclose(values, expected, atol=1e-9 * np.abs(expected).max())
    shown = dict(zip(("before", "after"), panel.figure.data[:2], strict=True))
    np.testing.assert_allclose(shown["after"].y, expected, atol=1e-9)
    np.testing.assert_array_equal(shown["before"].y, rec["ECG"].window(10.0, 20.0)[1])
    gain = panel.figure.data[2]
    _, h = scipy_signal.sosfreqz(sos, gain.x, fs=fs)
    near = np.abs(h) > 1e-2
    np.testing.assert_allclose(gain.y[near], 40 * np.log10(np.abs(h[near])), atol=1e-6)
    assert "squared magnitude" in panel.plot.view.text
    panel.zero_phase = False
    panel.wait()
    _, h = scipy_signal.sosfreqz(sos, panel.figure.data[2].x, fs=fs)
    np.testing.assert_allclose(
        panel.figure.data[2].y[near], 20 * np.log10(np.abs(h[near])), atol=1e-6
    )
    assert "with its delay" in panel.plot.view.text


def test_the_usual_band_follows_the_kind_of_signal(rec):
    panel = Filter(rec)
    assert "lowcut=0.5" in panel.code()
    panel.channel = "PPG"
    assert "highcut=8.0" in panel.code()
    slow = vw.Recording.from_arrays({"ECG": np.zeros(600)}, fs=20.0)
    made = Filter(slow)
    made.wait()
    assert made.design().design["highcut"] == pytest.approx(8.0)


def test_impossible_filters_are_told_and_the_panel_stays_usable(rec):
    panel = Filter(rec, lowcut=40.0, highcut=0.5)
    with pytest.raises(InvalidInputError, match="lowcut < highcut"):
        panel.wait()
    assert panel.state == "error"
    panel.lowcut = 0.1
    panel.wait()
    assert panel.state == "done"
    panel.highcut = 5000.0
    with pytest.raises(InvalidInputError, match="half the sampling rate"):
        panel.wait()
    panel.ftype = "notch"
    assert panel.wait().enough


def test_live_in_the_viewer(rec):
    viewer = vw.Viewer(rec, t_range=(10, 20))
    panel = Filter(viewer, live=True)
    panel.wait()
    assert "ECG filtered" in viewer.channels
    panel.highcut = 20.0
    panel.wait()
    assert viewer.channels.count("ECG filtered") == 1
    derived = panel.derived()
    expected = panel.result.values
    middle = slice(len(expected) // 2 - 50, len(expected) // 2 + 50)
    np.testing.assert_allclose(derived.window(10, 20)[1][middle], expected[middle], atol=1e-3)
    panel.live = False
    assert "ECG filtered" not in viewer.channels
    name = panel.add_to_recording()
    assert name in viewer.channels
    panel.live = True
    panel.close()
    assert "ECG filtered" not in viewer.channels
    viewer.close()


def test_to_disk(rec):
    panel = Filter(rec)
    panel.wait()
    told = panel._act("To disk", "")
    assert "in the background" in told
    until(lambda: panel.stored is not None)
    fs = rec["ECG"].fs
    np.testing.assert_allclose(
        panel.stored["ECG"].read(0, int(60 * fs)), panel.derived().read(0, int(60 * fs)), atol=1e-6
    )
    assert "no viewer" in panel._act("add", "")


def test_a_recording_that_would_fill_the_memory_is_refused_in_words(rec, monkeypatch):
    from vital_widgets.panels.catalog import filter_panel

    monkeypatch.setattr(filter_panel, "IN_MEMORY", 1000)
    panel = Filter(rec, where="whole")
    assert panel.state == "error"
    assert "To disk" in panel.message


def test_few_points_keep_the_extremes_and_the_gaps(rec):
    from vital_widgets.panels.screenpoints import screen_points

    channel = rec["ECG"]
    times, values = screen_points(channel.read, channel.timebase, 300)
    everything = channel.read(0, channel.n_samples)
    assert len(times) < 800
    assert np.nanmax(values) == everything.max()
    assert np.nanmin(values) == everything.min()
    for begin, end in channel.gaps:
        if end - begin > 10:
            inside = (times >= begin - 3) & (times <= end + 3)
            assert np.isnan(values[inside]).any()


def test_a_long_part_is_refused_wherever_it_is(rec, monkeypatch):
    monkeypatch.setattr(filter_panel, "IN_MEMORY", 20_000)
    panel = Filter(rec, window=(0.0, 10.0))
    assert panel.wait().enough
    panel.window = (0.0, 300.0)
    assert "would fill the memory" in panel.message
    panel.where = "whole"
    assert "would fill the memory" in panel.message
    rec.annotations.add(0.0, "begin", 1.0)
    rec.annotations.add(500.0, "begin", 1.0)
    panel.texts, panel.where = ("begin",), "annotations"
    assert "would fill the memory" in panel.message


def test_a_file_that_is_not_there_is_the_only_error(tmp_path):
    with pytest.raises(RecordingNotFoundError):
        Filter(tmp_path / "none.edf")
    gc.collect()  # a warning of the interpreter would be an error
