"""Tables with several columns of times, of which one cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from vital_widgets.errors import InvalidInputError
from vital_widgets.io.reader import open_recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vital_widgets.core.recording import Recording

ROWS = 20_000


def opened(folder: Path, stamp: Callable[[int], str], **options: Any) -> Recording:
    path = folder / "t.csv"
    path.write_text(
        "date,elapsed [s],ecg\n"
        + "".join(f"{stamp(k)},{k / 100:.2f},{k % 77}\n" for k in range(ROWS))
    )
    recording = open_recording(path, **options)
    recording.wait()
    return recording


def clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"2023-02-01 {10 + int(minutes // 60):02d}:{int(minutes % 60):02d}:{rest:06.3f}"


UNUSABLE = {
    "all rows have the same time": lambda _: clock(0),
    "a time before that of the row before": lambda k: clock((k * 7) % 60),
    "the times are irregular": lambda k: clock(k * k / 1000),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_another_column_of_times_is_taken_and_reported(tmp_path: Path, what: str) -> None:
    recording = opened(tmp_path, UNUSABLE[what])
    base = recording["ecg"].timebase
    assert (base.fs, base.n_samples, base.gaps) == (100.0, ROWS, [])
    assert "'elapsed' is taken as the time, because the first choice failed" in recording.notes[0]


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_column_that_was_asked_for_is_not_replaced(tmp_path: Path, what: str) -> None:
    with pytest.raises(InvalidInputError, match=r"Another column .*: time='elapsed'$"):
        opened(tmp_path, UNUSABLE[what], time="date")


def test_time_none_without_a_rate_is_refused_with_the_times_found(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no time column.* time='date' or time='elapsed'"):
        opened(tmp_path, lambda k: clock(k / 100), time=None)


def test_times_that_fail_far_down_are_an_error_that_names_another_column(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"row 15001 .*time='elapsed'$"):
        opened(tmp_path, lambda k: clock(k / 100 if k < 15_000 else k / 100 - 20))


def test_packets_beside_times_of_every_row_are_reported(tmp_path: Path) -> None:
    recording = opened(tmp_path, lambda k: clock(k // 25 / 4))
    assert recording["ecg"].fs == 100
    assert any("'elapsed' has a different time for each row" in note for note in recording.notes)
    assert any("25 samples share one time stamp" in note for note in recording.notes)


def test_a_column_that_fits_no_grid_is_not_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "date,elapsed [s],ecg\n" + "".join(f"{clock(0)},{k * k / 9},{k}\n" for k in range(900))
    )
    with pytest.raises(InvalidInputError, match=r"all 900 rows have the same time.*fs= in Hz$"):
        open_recording(path)


def test_an_option_that_is_wrong_is_not_taken_for_a_column_that_fails(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="'fortnight'"):
        opened(tmp_path, lambda k: clock(k / 100), time_unit="fortnight")
