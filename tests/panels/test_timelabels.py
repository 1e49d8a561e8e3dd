"""Axes in seconds of the recording, labelled with times of day or from the start."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from matplotlib.figure import Figure

import vital_widgets as vw
from vital_widgets.panels import View, panel_class
from vital_widgets.panels.picture import draw_view
from vital_widgets.panels.timelabels import labelled, starts_of

TEN = datetime(2024, 3, 1, 22, 0, tzinfo=UTC)
SECONDS = {"xaxis": {"title": {"text": "time (s)", "font": {"size": 11}}}}


def line(end, begin=0.0):
    return {"type": "scatter", "mode": "lines", "x": [begin, end], "y": [0.0, 1.0]}


def drawn(view):
    figure = Figure(figsize=(8, 4))
    draw_view(figure, view)
    return figure.axes[0]


def texts(axes):
    return [one.get_text() for one in axes.get_xticklabels()]


def test_the_title_says_what_the_labels_are_and_keeps_its_font():
    view = View([line(9.0)], SECONDS, times="x")
    of_day, relative = labelled(view, TEN).layout, labelled(view, None).layout
    assert of_day["xaxis"]["title"] == {"text": "time of day", "font": {"size": 11}}
    assert relative["xaxis"]["title"]["text"] == "time (h:mm:ss)"
    assert starts_of(of_day) == {"xaxis": "2024-03-01T22:00:00"}
    assert starts_of(relative) == {"xaxis": None}
    assert view.layout == SECONDS


def test_all_axes_of_time_are_labelled_and_no_others():
    layout = {
        "xaxis": {"title": {"text": "time (s), place 1"}},
        "xaxis2": {"title": "time (s)"},
        "xaxis3": {"title": {"text": "time from the peak (s)"}},
        "meta": {"mine": 1},
    }
    found = labelled(View([line(9.0)], layout, times="x x2"), None).layout
    assert found["xaxis"]["title"]["text"] == "time (h:mm:ss), place 1"
    assert found["xaxis2"]["title"]["text"] == "time (h:mm:ss)"
    assert found["xaxis3"] == layout["xaxis3"]
    assert found["meta"] == {"mine": 1, "times": {"xaxis": None, "xaxis2": None}}


def test_a_view_without_times_or_with_labels_of_its_own_stays():
    for layout, times in ((SECONDS, ""), ({"xaxis": {"tickvals": [1.0]}}, "x")):
        view = View([line(9.0)], layout, times=times)
        assert labelled(view, TEN) is view


@pytest.mark.parametrize(
    ("start", "ends", "label"),
    [
        (TEN, (0.0, 86400.0), "06:00"),
        (TEN, (0.0, 86400.0), "2 Mar"),
        (TEN, (7000.0, 7030.0), "23:56:50"),
        (None, (0.0, 9000.0), "1:00:00"),
        (None, (0.0, 0.5), "0:00:00.1"),
    ],
)
def test_a_picture_has_the_labels_of_the_viewer(start, ends, label):
    axes = drawn(labelled(View([line(ends[1], ends[0])], SECONDS, times="x"), start))
    assert label in texts(axes)
    low, high = axes.get_xlim()
    assert np.all((axes.get_xticks() >= low) & (axes.get_xticks() <= high))
    assert high - low < 1.2 * (ends[1] - ends[0])  # in seconds, as before


@pytest.fixture
def night():
    x = np.random.default_rng(1).normal(size=3600).astype("f4")
    return vw.Recording.from_arrays({"EEG": x}, fs=1.0, start=TEN)


def test_a_panel_keeps_seconds_and_a_page_brings_the_script_of_the_labels(night, tmp_path):
    panel = panel_class("Spectrogram")(night, where="whole")
    panel.wait()
    assert panel.figure.layout.xaxis.title.text == "time of day"
    assert panel.figure.layout.xaxis.ticktext is None
    assert max(panel.figure.data[0].x) > 3000
    page = panel.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "timeaxes.js" in page
    assert "vitalTimeAxes('" in page
    panel.close()
    other = panel_class("Spectrum")(night, where="whole")
    other.wait()
    assert "vitalTimeAxes" not in other.save(tmp_path / "b.html").read_text(encoding="utf-8")
    other.close()


def test_a_start_that_is_set_later_counts_from_the_next_result(night):
    night.start = None
    panel = panel_class("Spectrogram")(night, where="whole")
    panel.wait()
    assert panel.figure.layout.xaxis.title.text == "time (h:mm:ss)"
    night.start = TEN
    panel.update()
    panel.wait()
    assert panel.figure.layout.xaxis.title.text == "time of day"
    panel.close()
