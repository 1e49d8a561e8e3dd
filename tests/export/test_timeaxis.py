from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest

from vital_widgets.export.timeaxis import time_step, time_text, time_ticks


def texts(start, t_range, pixels=900):
    return [tick.text for tick in time_ticks(start, t_range, pixels, lambda text: 7.0 * len(text))]


def test_labels_are_round_times_since_the_start() -> None:
    assert texts(None, (0, 10))[:3] == ["0:00:00", "0:00:01", "0:00:02"]
    assert "0:00:00.14" in [text[:10] for text in texts(None, (0.1, 0.3))]
    assert texts(None, (0, 86400 * 6))[:3] == ["0:00:00", "1 d", "2 d"]


def test_with_a_clock_midnight_is_a_date() -> None:
    start = datetime(2024, 3, 1, 22, 10)
    labels = texts(start, (0, 4 * 3600))
    assert labels[0] == "22:15"
    assert "2 Mar" in labels
    assert time_text(start, 59.9996, 2) == "22:11:00.00"
    ticks = time_ticks(start, (0, 4 * 3600), 900, lambda text: 7.0 * len(text))
    assert [tick.t for tick in ticks if tick.date] == [6600.0]


def test_labels_never_overlap() -> None:
    for span in (0.003, 0.7, 10, 333, 86_400, 9e6):
        ticks = time_ticks(None, (0, span), 500, lambda text: 7.0 * len(text))
        gaps = [(b.t - a.t) / span * 500 for a, b in pairwise(ticks)]
        assert all(gap >= 7 * len(tick.text) for gap, tick in zip(gaps, ticks, strict=False))


@pytest.mark.parametrize(
    ("least", "step"),
    [(0.0011, 0.002), (0.3, 0.5), (1.5, 2), (11, 15), (4000, 7200), (1e8, 364 * 86400 * 4)],
)
def test_steps_are_those_of_clocks(least, step) -> None:
    assert time_step(least) == pytest.approx(step)
