"""Figures that a viewer makes, and that move with it."""

from __future__ import annotations

import asyncio
import gc
import weakref

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.errors import UnknownChannelError


@pytest.fixture
def viewer():
    rng = np.random.default_rng(0)
    signals = {"ECG": rng.normal(size=100_000), "resp": rng.normal(size=100_000)}
    return vw.Viewer(vw.Recording.from_arrays(signals, fs=100.0), t_range=(10, 20))


def zoom(figure, t0, t1) -> None:
    moved = {
        f"{axis}.range[{k}]": t for axis in ("xaxis", "xaxis2") for k, t in enumerate((t0, t1))
    }
    figure.set_state({"_js2py_relayout": {"relayout_data": moved, "source_view_id": "one"}})


def test_a_figure_shows_the_window_and_the_lanes_of_its_viewer(viewer):
    viewer.channels = ["resp", "ECG"]
    figure = viewer.figure()
    assert [trace.name for trace in figure.data] == ["resp", "ECG"]
    assert figure.t_range == (10, 20)
    assert len(figure.data[0].y) == 1001
    viewer.t_range = (30, 40)
    assert figure.t_range == (10, 20)
    with pytest.raises(UnknownChannelError, match="'ECG'"):
        viewer.figure("EKG")


def test_lanes_with_filters_are_shown_filtered(viewer):
    viewer.filters["ECG"] = "0.5-40 Hz"
    figure = viewer.figure("ECG")
    session = viewer._session
    channel = session.channels[session.index_of(["ECG"])[0]]
    np.testing.assert_array_equal(figure.data[0].y, channel.read(1000, 2001))
    assert np.abs(figure.data[0].y - viewer.recording["ECG"].read(1000, 2001)).max() > 0.1
    assert figure.data[0].name == "ECG, 0.5-40 Hz"


def test_viewer_and_figure_move_together_without_an_echo(viewer, monkeypatch):
    figure = viewer.figure(follow=True)
    seen, moved = [], []
    viewer.observe(lambda change: seen.append(change.new), "t_range")
    figure.on_view(lambda: moved.append(figure.t_range))
    viewer.t_range = (30, 40)
    assert figure.t_range == (30, 40)
    assert len(figure.data[1].y) == 1001
    zoom(figure, 50.0, 55.0)
    assert viewer.t_range == (50, 55)
    assert seen == [(30, 40), (50, 55)]
    assert set(moved) == {(30, 40), (50, 55)}
    figure.reset_axes()
    assert viewer.t_range == (0, 1000)
    zoom(figure, -100.0, -50.0)
    assert viewer.t_range == (0, 1000), "nothing was recorded there"


def test_in_a_kernel_only_the_latest_window_is_followed(viewer):
    figure = viewer.figure(follow=True)
    moved = []
    followed = asyncio.Event()

    def seen() -> None:
        moved.append(figure.t_range)
        followed.set()

    async def gestures() -> None:
        for k in range(100):
            viewer.set_state({"t_range": [k, k + 5.0]})
        await followed.wait()

    figure.on_view(seen)
    asyncio.run(gestures())
    assert set(moved) == {(99, 104)}


def test_neither_keeps_the_other_alive(viewer):
    figure = viewer.figure(follow=True)
    figure.close()
    viewer.t_range = (30, 40)
    other = viewer.figure(follow=True)
    gone = weakref.ref(viewer)
    viewer.close()
    del viewer
    zoom(other, 1.0, 2.0)
    assert other.t_range == (1, 2)
    other.close()
    del figure, other
    gc.collect()
    assert gone() is None or gone().comm is None


def test_the_aggregator_is_part_of_the_view_and_of_its_code(viewer, tmp_path):
    assert "aggregator" not in viewer.code()
    viewer.aggregator = "m4"
    assert viewer.view["aggregator"] == "m4"
    assert "aggregator" in viewer.code()
    again = vw.Viewer(viewer.recording, view=viewer.view)
    assert again.aggregator == "m4"
    older = {name: value for name, value in viewer.view.items() if name != "aggregator"}
    assert vw.Viewer(viewer.recording, view=older).aggregator == "minmax"
    assert viewer._page_view()["aggregator"] == "minmax", "a page has no samples to select"
