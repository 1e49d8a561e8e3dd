"""Where the values of a table begin, and what the rows above them say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from text_files import opened
from vital_widgets.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("options", [{}, {"header": 0}])
@pytest.mark.parametrize("first", ["0.000,OVER", "0.000,"])
def test_a_wrong_cell_in_the_first_row_makes_no_header_of_it(
    tmp_path: Path, first: str, options: dict[str, int]
) -> None:
    rows = "".join(f"{0.004 * k:.3f},{k}\n" for k in range(1, 60))
    recording = opened(tmp_path, f"time,ecg\n{first}\n{rows}", bad_values="nan", **options)
    values = np.asarray(recording["ecg"].data.compute())
    np.testing.assert_array_equal(values, [np.nan, *range(1, 60)])


def test_labchart_titles_and_ranges_are_names_and_units(tmp_path: Path) -> None:
    head = (
        "Interval=\t0.001 s\nTimeFormat=\tStartOfBlock\nChannelTitle=\tECG\tCO2\n"
        "Range=\t10.000 V\t10.000 V\n"
    )
    rows = "".join(f"{0.001 * k:.3f}\t{k}\t{-k}\n" for k in range(60))
    recording = opened(tmp_path, head + rows)
    assert list(recording.channels) == ["ECG", "CO2"]
    assert recording["ECG"].units == "V"
    assert recording["ECG"].data.compute().tolist() == list(range(60))


def test_rows_on_calibration_and_units_are_not_the_names(tmp_path: Path) -> None:
    head = "sep=;\nShimmer;Shimmer\nTimestamp;ECG LL-RA\nCAL;CAL\nmSecs;mV\n"
    rows = "".join(f"{1.953125 * k:.4f};{k}\n" for k in range(60))
    recording = opened(tmp_path, head + rows, time=0, time_unit="ms")
    assert recording["ECG LL-RA"].units == "mV"


@pytest.mark.parametrize("n_columns", [1, 3])
def test_start_and_rate_in_the_first_two_rows_are_no_samples(
    tmp_path: Path, n_columns: int
) -> None:
    rows = [1544027337.0, 64.0, *np.sin(np.arange(300) / 9)]
    recording = opened(
        tmp_path, "".join(",".join([f"{value:.2f}"] * n_columns) + "\n" for value in rows)
    )
    channel = next(iter(recording.channels.values()))
    assert (channel.n_samples, channel.fs) == (300, 64)
    assert recording.start == datetime.fromtimestamp(1544027337, UTC)


def test_thousands_are_not_read_as_decimals(tmp_path: Path) -> None:
    rows = "".join(f"{k};{int(1500 + 800 * np.sin(k / 5)):,}\n" for k in range(60))
    with pytest.raises(FormatError, match="thousands"):
        opened(tmp_path, "sample;red\n" + rows, fs=100)


@pytest.mark.parametrize("n_settings", [1, 2, 3])
def test_settings_right_above_the_values_are_neither_names_nor_rows(
    tmp_path: Path, n_settings: int
) -> None:
    settings = ["Rate,250\n", "Patient,Bob\n", "Session,3\n"][:n_settings]
    rows = "".join(f"{k % 7},{k}\n" for k in range(60))
    recording = opened(tmp_path, "".join(reversed(settings)) + rows)
    assert list(recording.channels) == ["channel 1", "channel 2"]
    assert recording["channel 2"].fs == 250
    assert recording["channel 2"].data.compute().tolist() == list(range(60))


@pytest.mark.parametrize("first", ["OVER,7", "7,OVER", "n. d.,7"])
def test_a_wrong_cell_below_names_is_no_setting(tmp_path: Path, first: str) -> None:
    rows = "".join(f"{k % 7},{k}\n" for k in range(60))
    recording = opened(tmp_path, f"ecg,ppg\n{first}\n{rows}", fs=100, bad_values="nan")
    assert list(recording.channels) == ["ecg", "ppg"]
    assert recording["ppg"].n_samples == 61


@pytest.mark.parametrize(("cell", "reason"), [("1,500", "thousands"), ("0,5", r"decimal=','")])
def test_a_comma_deep_in_a_file_is_refused_as_ambiguous(
    tmp_path: Path, cell: str, reason: str
) -> None:
    rows = [f"{k / 100:.2f};{k}\n" for k in range(30_000)]
    rows[20_000] = f"200.00;{cell}\n"
    with pytest.raises(FormatError, match=f"line 20002.*{reason}"):
        opened(tmp_path, "time;red\n" + "".join(rows))
