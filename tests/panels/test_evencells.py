"""Rows of pictures that are drawn as one image."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.panels.evencells import even_middles


@pytest.mark.parametrize("first", [0.0, 0.7])
@pytest.mark.parametrize("step", [0.5, 0.1, 3.0])
@pytest.mark.parametrize("last", [0.55, 0.9])
def test_a_last_smaller_row_is_placed_as_a_whole_one(first, step, last) -> None:
    at = first + step * np.arange(60)
    given = np.r_[at, at[-1] + last * step]
    even = even_middles(given)
    assert even == pytest.approx(first + step * np.arange(61))
    assert given[-1] == at[-1] + last * step  # what is given stays


@pytest.mark.parametrize(
    "middles",
    [[], [3.0], [1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 4.0, 8.0, 16.0], [1.0, 2.0, 3.0, 5.0],
     [4.0, 3.0, 2.0, 1.5], [1.0, 2.0, 3.0, 3.0]],
)  # fmt: skip
def test_other_rows_stay(middles) -> None:
    assert even_middles(middles).tolist() == middles


@pytest.mark.parametrize(("highest", "hours"), [(25.0, 1), (17.3, 1), (24.0, 2)])
def test_rows_and_columns_of_a_night_are_even(highest, hours) -> None:
    rng = np.random.default_rng(5)
    rec = vw.Recording.from_arrays(
        {"EEG C3": rng.normal(0, 20, 50 * 3600 * hours)}, fs=50, units={"EEG C3": "uV"}
    )
    panel = vw.panels.Sleep(rec, highest=highest)
    panel.wait()
    strip = next(one for one in panel.plot.view.traces if one["name"] == "spectrogram")
    for name in "xy":
        steps = np.diff(strip[name])
        assert np.ptp(steps) <= 0.01 * steps.mean(), name  # else Plotly draws cell by cell
    panel.close()


def test_nothing_is_drawn_for_the_pointer_on_a_hypnogram() -> None:
    rec = vw.Recording.from_arrays({"EEG C3": np.zeros(6000)}, fs=100, units={"EEG C3": "uV"})
    panel = vw.panels.Sleep(rec)
    panel.wait()
    epochs = next(one for one in panel.plot.view.traces if one["name"] == "epochs")
    assert epochs["mode"] == "none"
    assert len(epochs["text"]) == len(epochs["x"]) == 2
    panel.close()
