"""The remaining time of tasks, with simulated clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.runtime.pace import FIRST_S, MOST, STEP, Pace

SECONDS = st.floats(5, 1e5)


def estimates(share_at, end, step, start=0.0):
    """The estimates after each report of a task that reports every ``step`` seconds."""
    pace, found = Pace(), []
    for k in range(int(end / step) + 1):
        now = k * step
        pace.report(share_at(now), start + now)
        found.append((now, pace.remaining(start + now)))
    return found


@given(SECONDS, st.floats(0, 0.9), st.integers(20, 300), st.floats(0, 1e6))
def test_steady_work_is_estimated_well_wherever_it_began(length, before, reports, start):
    found = estimates(
        lambda now: before + (1 - before) * min(now / length, 1), length, length / reports, start
    )
    for now, left in found:
        if left is not None:
            assert left == pytest.approx(max(length - now, 0), rel=0.2, abs=length * 1e-3)
    given_late = [now for now, left in found if left is None]
    assert max(given_late) <= max(FIRST_S, 0.2 * length) + length / reports


@given(SECONDS, st.floats(0.1, 0.9), st.floats(0.001, 1))
def test_a_fast_begin_promises_nothing(length, fast, seconds):
    """What the task found ready, or did at once, says nothing about the rest."""

    def share(now):
        slow = min(max((now - seconds) / length, 0), 1)
        return fast * min(now / seconds, 1) + (1 - fast) * slow

    step = min(0.3, length / 50)
    pace = Pace()
    for k in range(int(min(length, 60) / step)):
        now = k * step
        pace.report(share(now), now)
        left = pace.remaining(now)
        assert now >= FIRST_S or left is None
        if left is not None and now > 3 * seconds + 2 * step:
            assert left > 0.5 * (length + seconds - now) - 2 * step


@given(SECONDS, st.integers(3, 12))
def test_rare_steps_are_estimated_within_a_factor_of_five(length, steps):
    for now, left in estimates(
        lambda now: int(min(now / length, 1) * steps + 1e-9) / steps, length, length / 200
    ):
        if left is not None and now < length * (1 - 1 / steps):
            assert (length - now) / 5 < left < 5 * (length - now)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 0.2)), max_size=300))
def test_no_order_of_reports_gives_nonsense(reports):
    pace, now, share = Pace(), 0.0, 0.0
    for seconds, more in reports:
        now, share = now + seconds, min(share + more, 1.0)
        pace.report(share, now)
        left = pace.remaining(now)
        assert left is None or 0 <= left <= (now + 1) / STEP
        assert len(pace._reports) <= MOST


def test_a_task_that_stands_still_takes_longer():
    pace = Pace()
    for now in range(11):
        pace.report(now / 100, float(now))
    assert pace.remaining(10.0) == pytest.approx(90)
    waits = [pace.remaining(10.0 + more) for more in (0, 5, 20, 100)]
    assert waits == sorted(waits)
    assert waits[-1] > 500


def test_there_is_no_estimate_before_the_first_report():
    assert Pace().remaining(100.0) is None
