"""Tables of the intervals between beats: reported as intervals, with unchanged values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from text_files import opened
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path


N = 300


def intervals(spread: float) -> np.ndarray:
    random = np.random.default_rng(1).standard_normal(N)
    return np.round(0.8 + spread * np.sin(np.arange(N) * 0.3) + spread / 2 * random, 3)


FORMS = {
    "seconds, at the end": ("time,RR\n", lambda t, rr, _: f"{t:.3f},{rr:.3f}\n"),
    "seconds, at the begin": ("time,RR\n", lambda t, rr, _: f"{t - rr:.3f},{rr:.3f}\n"),
    "milliseconds": ("time [ms],RR\n", lambda t, rr, _: f"{t * 1000:.0f},{rr * 1000:.0f}\n"),
    "stamps": (
        "time,RR\n",
        lambda t, rr, _: f"2024-01-01 10:{int(t // 60):02d}:{t % 60:06.3f},{rr * 1000:.0f}\n",
    ),
    "beside others": ("time,artifact,RR\n", lambda t, rr, k: f"{t:.3f},{k % 7},{rr:.3f}\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_list_of_beats_is_reported_and_its_values_are_kept(tmp_path: Path, form: str) -> None:
    head, row = FORMS[form]
    rr = intervals(0.03)
    text = head + "".join(map(row, np.cumsum(rr), rr, range(N)))
    recording = opened(tmp_path, text)
    values = recording["RR"].data.compute()
    assert values / (1 if values[0] < 2 else 1000) == pytest.approx(rr)
    assert any("'RR' holds the intervals between the times" in note for note in recording.notes)


@pytest.mark.parametrize("form", FORMS)
def test_beats_too_uneven_for_a_grid_are_refused_with_a_way_out(tmp_path: Path, form: str) -> None:
    head, row = FORMS[form]
    rr = intervals(0.2)
    with pytest.raises(
        InvalidInputError, match=r"a list of beats or events.*analysis\.hrv.*time=None and fs=1"
    ):
        opened(tmp_path, head + "".join(map(row, np.cumsum(rr), rr, range(N))))


def test_the_list_of_an_empatica_is_reported(tmp_path: Path) -> None:
    rr = intervals(0.03)
    text = "1544027337.0, IBI\n" + "".join(
        f"{t:.6f},{one:.6f}\n" for t, one in zip(np.cumsum(rr), rr, strict=True)
    )
    recording = opened(tmp_path, text, "IBI.csv")
    assert any("'IBI' holds the intervals" in note for note in recording.notes)


@pytest.mark.parametrize("text", ["{k},{k}\n", "{k},1\n", "{k},1000\n", "{k}.{j},{k}\n"])
def test_samples_at_an_even_rate_are_no_list_of_beats(tmp_path: Path, text: str) -> None:
    recording = opened(tmp_path, "time,x\n" + "".join(text.format(k=k, j=k % 3) for k in range(N)))
    assert not any("intervals" in note for note in recording.notes)


@pytest.mark.parametrize("level", [33.5, 34.0, 0.034])
def test_a_signal_as_large_as_the_steps_of_jittered_times_is_no_list(
    tmp_path: Path, level: float
) -> None:
    random = np.random.default_rng(2)
    times = np.round(np.arange(N) * 100 / 3)
    values = level * (1 + 0.02 * random.standard_normal(N))
    text = "".join(f"{t:.0f},{v:.4f}\n" for t, v in zip(times, values, strict=True))
    assert not any("intervals" in note for note in opened(tmp_path, f"time,B\n{text}").notes)


def test_small_numbers_beside_stamps_in_whole_seconds_are_no_list(tmp_path: Path) -> None:
    text = "".join(f"{1_551_454_798 + k // 4},{k % 3}\n" for k in range(N))
    assert not any("intervals" in note for note in opened(tmp_path, f"time,type\n{text}").notes)


def test_beats_of_a_steady_heart_are_reported_too(tmp_path: Path) -> None:
    rr = intervals(0.005)
    text = "".join(f"{t:.3f},{r:.3f}\n" for t, r in zip(np.cumsum(rr), rr, strict=True))
    assert any("'RR' holds the intervals" in n for n in opened(tmp_path, f"time,RR\n{text}").notes)
