from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.core.timebase import regular
from vital_widgets.export.lanerange import (
    automatic_range,
    end_ticks,
    nice_step,
    tick_text,
    value_ticks,
)
from vital_widgets.export.pixelcolumns import columns_of


def columns(values: np.ndarray):
    base = regular(1.0, len(values))
    return columns_of((values, values), 0, 1, base, (0, len(values)), len(values) // 8)


def test_the_range_has_a_margin_and_ignores_a_few_outliers() -> None:
    values = np.sin(np.arange(80_000) / 50)
    values[4000] = 900
    low, high = automatic_range(columns(values), None)
    assert (low, high) == pytest.approx((-1.2, 1.2), abs=0.01)


def test_the_base_range_is_kept_while_the_data_lie_in_it() -> None:
    values = 0.2 * np.sin(np.arange(8000) / 50)
    assert automatic_range(columns(values), (-1, 1)) == pytest.approx((-1.2, 1.2))


def test_a_drift_moves_the_range_with_the_same_span() -> None:
    values = 50 + 0.2 * np.sin(np.arange(8000) / 50)
    low, high = automatic_range(columns(values), (-1, 1))
    assert high - low == pytest.approx(2.4)
    assert (low + high) / 2 == pytest.approx(50, abs=0.1)


@pytest.mark.parametrize("values", [np.zeros(800), np.full(800, 7.5), np.full(800, np.nan)])
def test_a_constant_or_empty_signal_has_a_range_too(values) -> None:
    low, high = automatic_range(columns(values), None)
    assert low < high
    assert np.isnan(values[0]) or low < values[0] < high


def test_ticks_are_round_and_inside() -> None:
    ticks, step = value_ticks(-1.13, 2.4, 4)
    assert ticks == [-1, 0, 1, 2]
    assert step == 1
    assert end_ticks(-0.93, 1.26) == ([pytest.approx(-0.8), pytest.approx(1.2)], 0.2)
    assert nice_step(0.021) == pytest.approx(0.05)
    assert [tick_text(v, 0.5) for v in (-1.0, -0.0, 2.5)] == ["−1.0", "0.0", "2.5"]  # noqa: RUF001
    assert tick_text(2e6, 1e6) == "2.00e+06"
