"""What pictures show of a view: paper, shared scales, added signals, the overview."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import vital_widgets as vw
from export.test_figure import LIGHT, left_of_lanes, near, opened, pixels
from serve.replies import in_memory
from vital_widgets.core.amplitude import parse_scale
from vital_widgets.export.canvas import Trace
from vital_widgets.export.lanerange import share_below
from vital_widgets.export.markgroups import MarkColors
from vital_widgets.export.overviewpicture import stage_among, stage_of
from vital_widgets.export.pictureview import Lane, PictureView
from vital_widgets.export.pixelcanvas import PixelCanvas

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "overview.json").read_text())
MM = 10  # pixels at 254 dots per inch


def lines(mask: np.ndarray) -> np.ndarray:
    """Return the first position of each run of True."""
    return np.flatnonzero(np.diff(np.insert(mask, 0, False).astype(int)) > 0)


@pytest.fixture(scope="module")
def ecg():
    rec = vw.Recording.from_arrays({"ECG": np.zeros(2500)}, fs=250, units="mV")
    return opened(rec)


def test_ecg_paper_has_lines_of_five_millimetres_and_a_pulse(ecg) -> None:
    view = PictureView(
        (0, 4), [Lane([0])], grid="ecg", paper_speed=25.0, scales={0: parse_scale("10 mm/mV")}
    )
    image = pixels(ecg, view, height="60 mm", dpi=254.0, speed="25 mm/s")
    major = near(image, LIGHT.paper_major, 12)
    columns = lines(major[100:300].mean(axis=0) > 0.8)
    assert len(columns) == pytest.approx(4 * 5, abs=1)
    assert np.diff(columns) == pytest.approx(5 * MM, abs=1)
    rows = lines(major[:, 600:].mean(axis=1) > 0.8)
    apart = np.diff(rows) / (5 * MM)  # the trace covers the line at zero
    assert apart == pytest.approx(np.round(apart), abs=0.03)
    assert np.median(apart) == pytest.approx(1, abs=0.03)
    minor = near(image, LIGHT.paper_minor, 5)
    assert np.median(np.diff(lines(minor[100:300].mean(axis=0) > 0.5))) == pytest.approx(MM, abs=1)
    pulse = near(image[:500], LIGHT.text)[:, columns[0] - 50 : columns[0] + 200]
    top = np.flatnonzero(pulse.sum(axis=1) > 4.5 * MM)
    steep = lines(pulse.sum(axis=0) > 8 * MM)
    assert np.diff(steep) == pytest.approx([5 * MM], abs=2), "200 ms"
    zero = np.flatnonzero(near(image[:, -200:], LIGHT.ink(0)).all(axis=1))
    assert zero.mean() - top[0] == pytest.approx(10 * MM, abs=4), "1 mV"


def test_like_channels_share_a_scale_and_higher_lanes_show_more() -> None:
    wave = np.sin(np.arange(5000) / 40)
    rec = vw.Recording.from_arrays(
        {"C3-A2": 50 * wave, "C4-A1": 20 * wave, "SpO2": 97 + wave}, fs=250, units="uV"
    )
    view = PictureView((0, 10), [Lane([0], 2.0), Lane([1]), Lane([2])])
    image = pixels(opened(rec), view, width=900, height=422, dpi=96)[:, 200:]
    heights = [np.ptp(np.flatnonzero(near(image, LIGHT.ink(k)).any(axis=1))) for k in range(3)]
    assert heights[0] / heights[1] == pytest.approx(2.5, rel=0.05), "both in the same mm per uV"
    assert heights[2] > 70, "another kind has its own"


def test_a_trace_that_has_left_its_lane_is_in_the_middle() -> None:
    values = np.concatenate([np.sin(np.arange(5000) / 40), 100 + np.sin(np.arange(5000) / 40)])
    session = opened(in_memory(values, values, fs=250.0))
    session.part(0, 0.0, 10.0, 800)  # the first window
    image = pixels(session, PictureView((30, 40), [Lane([0])]), width=900, height=222, dpi=96)
    rows = np.flatnonzero(near(image[:200, 200:], LIGHT.ink(0)).any(axis=1))
    assert rows.mean() == pytest.approx(100, abs=5)
    assert np.ptp(rows) > 120


def test_added_signals_are_drawn_as_in_the_viewer() -> None:
    rec = vw.Recording.from_arrays({"ECG": np.zeros(10_000)}, fs=250, units="mV")
    with_added = vw.Viewer(rec, t_range=(0, 40), height=400)
    with_added.add_signal(np.arange(400) >= 100, "usable", style="ribbon", fs=10, lane="ECG")
    with_added.add_signal(["W", "N3", "R", "N1"], "sleep", style="stages", epoch_s=10)
    image = np.asarray(with_added.picture(width=1000, height=400)).astype(int)
    ribbon = [near(image, color).any(axis=0) for color in (LIGHT.unusable, LIGHT.usable)]
    left = np.flatnonzero(ribbon[0])[0]
    assert ribbon[0].sum() == pytest.approx((1000 - left) / 4, abs=2), "10 of 40 s"
    assert ribbon[1].sum() == pytest.approx((1000 - left) * 3 / 4, abs=2)
    lane = np.ptp(image[200:377], axis=-1) > 60  # of the only colour there
    step = (1000 - left) / 4
    rows = [np.flatnonzero(lane[:, int(left + (k + 0.5) * step)]).mean() for k in range(4)]
    assert np.argsort(rows).tolist() == [0, 2, 3, 1], "W above R, N1 and N3"
    with_added.close()


def test_marks_of_a_channel_that_is_not_drawn_are_in_no_lane_of_others() -> None:
    def picture(channel: str) -> np.ndarray:
        rec = vw.Recording.from_arrays({"ECG": np.zeros(10_000), "EEG": np.zeros(10_000)}, fs=250)
        rec.annotations.add(10, "spike", 5, channel, reader="anna")
        view = PictureView((0, 40), [Lane([0])], wait=30)
        return pixels(opened(rec), view, width=1000, height=300, dpi=96)

    elsewhere, here, every = picture("EEG"), picture("ECG"), picture("")
    between = slice(20, 220)  # below the row of marks, above the overview
    left = left_of_lanes(elsewhere, 60)
    at = [left + int(t * (1000 - left) / 40) for t in (6.3, 12.3)]
    assert (elsewhere[between, at[0]] == elsewhere[between, at[1]]).all()
    for other in (here, every):
        assert (other[between, at[0]] != other[between, at[1]]).any()
    assert (elsewhere[:14] != np.roll(elsewhere[:14], 100, axis=1)).any(), "in its row"


def test_readers_have_rows_and_colours_of_their_own() -> None:
    rec = vw.Recording.from_arrays({"ECG": np.zeros(10_000)}, fs=250, units="mV")
    rec.annotations.add(10, "spike", reader="anna")
    rec.annotations.add(20, "spike", reader="ben")
    colors = MarkColors({"anna": "#00aa00", "ben": "#0000ff"})
    view = PictureView((0, 40), [Lane([0])], wait=30, mark_colors=colors)
    image = pixels(opened(rec), view, width=1000, height=300, dpi=96)
    strip = image[:28]
    first, second = strip[:14], strip[14:]
    green = (first[..., 1] > first[..., 0] + 60) & (first[..., 1] > first[..., 2] + 60)
    blue = (second[..., 2] > second[..., 0] + 100) & (second[..., 2] > second[..., 1] + 100)
    left = left_of_lanes(image, 60)
    for found, t in ((green, 10), (blue, 20)):
        assert lines(found.any(axis=0))[0] == pytest.approx(left + t * (1000 - left) / 40, abs=2)


def test_the_overview_shows_stages_marks_and_where_samples_are() -> None:
    values = np.random.default_rng(1).normal(size=10_000)
    rec = in_memory(values, values, fs=250.0, runs=[(0.0, 5000), (30.0, 5000)])
    session = opened(rec)
    rec.annotations.add(5, "Sleep stage W", 20)
    rec.annotations.add(25, "Sleep stage N3", 20)
    rec.annotations.add(40, "V")
    view = PictureView((0, 1), [Lane([0])], overview=True, wait=30)
    image = pixels(session, view, width=1000, height=300, dpi=96)
    left = left_of_lanes(image, 100)
    strip = image[261:299, left + 30 :]
    per_second = (1000 - left) / 50
    dark = near(strip, LIGHT.text, 30)
    wake, deep = (np.flatnonzero(dark[rows].any(axis=0)) for rows in (slice(4, 9), slice(14, 19)))
    assert (wake[0] + 30, deep[-1] + 30) == pytest.approx((5 * per_second, 45 * per_second), abs=3)
    coverage = strip[-2].max(axis=1) < 160
    assert (~coverage).sum() == pytest.approx(10 * per_second, abs=3), "a gap of 10 s"
    assert lines(strip[1].max(axis=1) < 200)[0] + 30 == pytest.approx(40 * per_second, abs=3)


@pytest.mark.parametrize(("text", "stage"), FIXTURE["stages"])
def test_stages_are_those_of_the_front_end(text, stage) -> None:
    assert stage_of(text) == stage


@pytest.mark.parametrize(
    ("text", "layer", "stage"),
    [
        ("W", ["W", "N2", "R"], "W"),
        ("R", ["R", "n1"], "R"),
        ("R", ["N", "V", "R"], None),  # beats
        ("W", ["W", "R"], None),
        ("N2", [], "N2"),
    ],
)
def test_w_and_r_are_stages_beside_stages_of_non_rem_sleep(text, layer, stage) -> None:
    assert stage_among(text, layer) == stage


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize("size", [1e306, 1e308, 1.797e308])
def test_values_near_the_largest_number_are_drawn(tmp_path, size, ending, monkeypatch) -> None:
    t = np.arange(4000) / 100
    waves = {"ECG": np.sin(t), "EEG": 0.9 + 0.1 * np.sin(t), "other": np.sign(np.sin(t))}
    seen = []
    trace = PixelCanvas.trace

    def noted(canvas: PixelCanvas, one: Trace) -> None:
        seen.append(one)
        trace(canvas, one)

    monkeypatch.setattr(PixelCanvas, "trace", noted)
    signals = {name: size * wave for name, wave in waves.items()}
    large = vw.Recording.from_arrays(signals, fs=100.0, units={"ECG": "mV", "EEG": "V"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for t_range in ((0, 5), (0, 40)):
            viewer = vw.Viewer(large, t_range=t_range, grid="ecg")
            path = viewer.save(tmp_path / f"large.{ending}")
            viewer.close()
            content = path.read_bytes()
            assert b"nan" not in content or ending == "png"
    if ending == "png":
        assert seen
        for one in seen:
            shares = share_below(one.extent, one.columns.hi)
            assert np.isfinite(one.extent).all()
            assert np.nanmin(shares) >= 0
            assert np.nanmax(share_below(one.extent, one.columns.lo)) <= 1
            assert np.nanmax(shares) - np.nanmin(shares) > 0.5, "it is no flat line"
