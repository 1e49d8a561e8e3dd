from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError

START = datetime(2024, 3, 1, 22, 0, tzinfo=UTC)


def recording_of(seconds: int, start: datetime | None = None) -> vw.Recording:
    return vw.Recording.from_arrays({"x": np.zeros(seconds * 10)}, fs=10.0, start=start)


def test_linked_viewers_show_the_same_time() -> None:
    a, b, c = (vw.Viewer(recording_of(600), t_range=(k, k + 10)) for k in range(3))
    linked = vw.link(a, b)
    assert b.t_range == (0.0, 10.0)
    a.t_range = (60, 70)
    assert b.t_range == (60.0, 70.0)
    b.t_range = (100, 101)
    assert a.t_range == (100.0, 101.0)
    assert c.t_range == (2.0, 12.0)
    assert set(linked.viewers) == {a, b}
    linked.unlink()
    a.t_range = (5, 6)
    assert b.t_range == (100.0, 101.0)


def test_by_clock_they_show_the_same_instant() -> None:
    early = vw.Viewer(recording_of(600, START), t_range=(130, 140))
    # The same instant in another time zone, two minutes later.
    zone = (START + timedelta(minutes=2)).astimezone()
    late = vw.Viewer(recording_of(600, zone))
    vw.link(early, late, clock=True)
    assert late.t_range == pytest.approx((10.0, 20.0))
    late.t_range = (30, 40)
    assert early.t_range == pytest.approx((150.0, 160.0))
    # Where a recording does not reach, its end is shown, and the others are not held back.
    early.t_range = (0, 10)
    assert late.t_range == pytest.approx((0.0, 10.0))
    assert early.t_range == (0.0, 10.0)


def test_a_window_from_the_browser_is_not_sent_back_to_it(monkeypatch) -> None:
    a, b = (vw.Viewer(recording_of(600)) for _ in range(2))
    vw.link(a, b)
    sent = []
    monkeypatch.setattr(b, "_send", lambda message, buffers=None: sent.append(message))
    a.set_state({"t_range": [60.0, 70.0]})
    assert b.t_range == (60.0, 70.0)
    assert sent == []
    a.t_range = (80, 90)
    assert b.t_range == (80.0, 90.0)
    assert [message["state"]["t_range"] for message in sent] == [(80.0, 90.0)]


def test_the_link_is_part_of_the_view_and_ends_with_its_viewers() -> None:
    recording = recording_of(600)
    a = vw.Viewer(recording, link_group="night")
    b = vw.Viewer(recording, view=a.view)
    a.t_range = (60, 70)
    assert b.t_range == (60.0, 70.0)
    linked = vw.link(a, b)
    b.close()
    assert linked.viewers == [a]
    a.t_range = (5, 6)
    a.close()
    del a, b
    gc.collect()
    assert linked.viewers == []


@given(
    lengths=st.lists(st.integers(1, 500), min_size=2, max_size=4),
    moves=st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1), st.floats(0.01, 1)), max_size=6),
)
def test_whoever_is_moved_goes_where_it_was_moved(lengths, moves) -> None:
    viewers = [vw.Viewer(recording_of(seconds)) for seconds in lengths]
    vw.link(*viewers)
    for index, start, share in moves:
        viewer = viewers[index % len(viewers)]
        duration = viewer.recording.duration
        t0 = start * 0.9 * duration
        window = (t0, t0 + share * (duration - t0))
        viewer.t_range = window
        assert viewer.t_range == window
        for other in viewers:
            u0, u1 = other.t_range
            assert 0 <= u0 < u1 <= other.recording.duration
            if window[1] <= other.recording.duration:
                assert other.t_range == window
    for viewer in viewers:
        viewer.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: [vw.Viewer(recording_of(9))], "1 viewer cannot be linked"),
        (lambda: [vw.Viewer(recording_of(9))] * 2, "1 viewer cannot be linked"),
        (lambda: [vw.Viewer(recording_of(9)), recording_of(9)], "not Recording"),
    ],
)
def test_what_cannot_be_linked(make, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        vw.link(*make())


def test_clock_times_that_cannot_be_compared() -> None:
    a = vw.Viewer(recording_of(9, START))
    with pytest.raises(InvalidInputError, match="'arrays' has no start time"):
        vw.link(a, vw.Viewer(recording_of(9)), clock=True)
    naive = vw.Viewer(recording_of(9, START.replace(tzinfo=None)))
    with pytest.raises(InvalidInputError, match="with a time zone and some without"):
        vw.link(a, naive, clock=True)
    assert a.link_group == ""
