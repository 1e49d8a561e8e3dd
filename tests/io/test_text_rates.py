"""Sampling rates in the heads of text files: read as they are meant, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from text_files import opened
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.rates import read_rates

if TYPE_CHECKING:
    from pathlib import Path

    from vital_widgets.core.recording import Recording

N = 60
COUNTED = "ECG\n" + "".join(f"{k}\n" for k in range(N))
POINTS = "ECG,PPG\n" + "".join(f"{k}.5,{k}\n" for k in range(N))
COMMAS = "ECG;PPG\n" + "".join(f"{k},5;{k}\n" for k in range(N))
TABS = "ECG\tPPG\n" + "".join(f"{k}\t{k}\n" for k in range(N))


def timed(fs: float, name: str = "time") -> str:
    return f"{name},ECG\n" + "".join(f"{k / fs:.6f},{k}\n" for k in range(N))


def rates(recording: Recording) -> set[float]:
    return {round(channel.fs, 6) for channel in recording.channels.values()}


@pytest.mark.parametrize(
    ("line", "fs"),
    [
        ("Sampling rate: 1'000 Hz", 1000),
        ("Sampling rate: 1\u2019000 Hz", 1000),
        ("Sampling rate: 2 048 Hz", 2048),
        ("Sampling rate: 2\u00a0048 Hz", 2048),
        ("Sampling rate: 2\u202f048 Hz", 2048),
        ("Abtastrate: 1.000,0 Hz", 1000),
        ("Sampling rate: 1,000.0 Hz", 1000),
        ("Sampling rate: 0,500 Hz", 0.5),
        ("Sampling rate: 2.5e2 Hz", 250),
        ("Sampling rate: 1000.000 Hz", 1000),
        ("Sampling rate: 250 samples/min", 250 / 60),
        ("Sampling rate: 60/min", 1),
        ("Sampling rate: 60 per minute", 1),
        ("Sample rate [1/min];60", 1),
        ("samples per second: 250", 250),
        ("Samples/min: 60", 1),
        ("Sampling rate: 250 s-1", 250),
        ("Sampling rate: 250 1/s", 250),
        ("Sampling rate: 250 s\u207b\u00b9", 250),
        ("sample rate = 2 kSPS", 2000),
        ("Sampling rate: 500 mHz", 0.5),
        ("Sampling rate (kHz): 2", 2000),
        ("Sampling rate in kHz: 2", 2000),
        ("sampling_rate_hz=256", 256),
        ("Sampling rate: 4 ms", 250),
        ("Sampling interval: 4 ms", 250),
        ("Sampling interval (ms): 4", 250),
        ("Sampling interval 500 \u00b5s", 2000),
        ("Sampling interval 500 \u03bcs", 2000),
        ("Sampling period: 5 min", 1 / 300),
        ("Abtastintervall: 4 ms", 250),
        ("Messrate,512 Hertz", 512),
        ("Sample Rate,512 hertz", 512),
        ("Sampling rate ch 2: 250 Hz", 250),
        ("Sampling rate: 256 Hz, 16 bit", 256),
        ("Sampling rate: 500 Hz, low pass 40 Hz", 500),
        ("Sampling rate: 256 \u00b1 1 Hz", 256),
        ("Sampling rate,256,256,256", 256),
        ("Sampling rate,256,,", 256),
        ("Sampling rate 256, gain 24", 256),
        ("Sample rate Hz 256, gain 24", 256),
        ("Sampling rate: ECG: 256, PPG: 256", 256),
        ("Sampling rate:\t256\tHz", 256),
        ("Fs = 250 Hz", 250),
        ("Hz:300", 300),
    ],
)
def test_a_rate_with_its_unit(line: str, fs: float) -> None:
    rates = read_rates([f"# {line}"])
    assert rates.fs == pytest.approx(fs, rel=1e-12)
    assert not rates.doubt
    assert not rates.refused


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Sampling rate: 128-256 Hz", "it is a range"),
        ("Sampling rate: 128 Hz - 256 Hz", "it is a range"),
        ("Sampling rate: 128 to 256 Hz", "it is a range"),
        ("Sampling rate: 128\u2013256 Hz", "it is a range"),
        ("Max sampling rate: 1000 Hz", "it is a limit"),
        ("Sampling rate: < 256 Hz", "it is a limit"),
        ("Sampling rate: up to 256 Hz", "it is a limit"),
        ("Sampling interval: 4", "the number has no unit of time"),
        ("Sampling rate: 72 bpm", "'bpm' is not a unit of a rate"),
        ("Sampling rate: 3/week", "'/week' is not a unit of a rate"),
        ("Sampling rate: 0 Hz", "0 is not a rate above 0"),
        ("Sampling rate: -5 Hz", "a rate must be above 0"),
        ("Sampling interval: 0 ms", "0 is not a rate above 0"),
    ],
)
def test_what_is_no_one_rate_is_refused_with_the_line(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        opened(tmp_path, f"# {line}\n{COUNTED}")
    assert f"'# {line}': {why}" in str(caught.value)
    assert "give fs=" in str(caught.value)
    recording = opened(tmp_path, f"# {line}\n{timed(100)}", "timed.csv")
    assert rates(recording) == {100}
    assert any(line in note and why in note for note in recording.notes)


@pytest.mark.parametrize(
    "line",
    ["Line frequency: 50 Hz", "Low-pass frequency 40 Hz", "Notch filter frequency: 50 Hz",
     "Stimulation frequency 2 Hz", "Sampling time: 10:00:05", "Start: 2024-01-02 10:00"],
)  # fmt: skip
def test_other_frequencies_are_no_sampling_rate(line: str) -> None:
    rates = read_rates([line, "Sampling rate: 256 Hz"])
    assert rates.fs == 256
    assert read_rates([line]).fs is None


@pytest.mark.parametrize(
    ("table", "rate", "fs"),
    [
        (POINTS, "1,000 Hz", 1000),
        (POINTS, "1.000 Hz", 1),
        (COMMAS, "1,000 Hz", 1),
        (COMMAS, "1.000 Hz", 1000),
        (POINTS, "64,000 Hz", 64000),
        (TABS, "64.000 Hz", 64),
        (COUNTED, "256.000 Hz", 256),
        (timed(1000), "1,000 Hz", 1000),
        (timed(1000), "1.000 Hz", 1000),
        (timed(0.5), "0,500 Hz", 0.5),
        (timed(4, "t [s]"), "4,000 Hz", 4),
        (timed(1000, "t [s]"), "1.000 Hz", 1000),
        (POINTS, "4.000 ms", 250),
        (COMMAS, "4,000 ms", 250),
        (timed(0.25, "t [s]"), "4,000 ms", 0.25),
    ],
)
def test_three_digits_behind_a_sign_are_what_the_table_says(
    tmp_path: Path, table: str, rate: str, fs: float
) -> None:
    recording = opened(tmp_path, f"# Sampling rate: {rate}\n{table}")
    assert rates(recording) == {fs}
    assert any(rate in note and f"{fs:g} Hz" in note for note in recording.notes)


@pytest.mark.parametrize("table", [COUNTED, TABS], ids=["one column", "tabs"])
@pytest.mark.parametrize("rate", ["1,000 Hz", "1.000 Hz", "1,000 ms"])
def test_three_digits_behind_a_sign_that_nothing_decides_are_refused(
    tmp_path: Path, table: str, rate: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        opened(tmp_path, f"# Sampling rate: {rate}\n{table}")
    message = str(caught.value)
    assert f"'# Sampling rate: {rate}' may mean" in message
    assert "fs=1000" in message
    assert "fs=1" in message
    assert rates(opened(tmp_path, f"# Sampling rate: {rate}\n{table}", fs=1000)) == {1000}


TWO = (
    ["# ECG sampling rate: 256 Hz", "# PPG sampling rate: 64 Hz"],
    ["# Original sampling rate: 256 Hz", "# Exported sampling rate: 64 Hz"],
    ["# Sampling rate: 256 Hz (ECG), 64 Hz (PPG)"],
    ["# Sampling rate: 256/64 Hz"],
    ["# Sample rates: ECG 256, PPG 64"],
    ["# Sampling rate: ECG = 256 Hz; PPG = 64 Hz"],
    ["# Sampling rate;256;64"],
    ["# Sampling rate: 256 Hz", "# Sampling interval: 15.6250 ms"],
)


@pytest.mark.parametrize("lines", TWO)
def test_of_different_rates_none_is_taken_in_silence(tmp_path: Path, lines: list[str]) -> None:
    head = "".join(f"{line}\n" for line in lines)
    with pytest.raises(InvalidInputError) as caught:
        opened(tmp_path, head + POINTS)
    message = str(caught.value)
    assert all(repr(line) in message for line in lines)
    assert "give fs=256 or fs=64" in message
    assert rates(opened(tmp_path, head + POINTS, fs=64)) == {64}


@pytest.mark.parametrize("fs", [256, 64])
@pytest.mark.parametrize("lines", TWO)
def test_of_different_rates_the_times_choose(tmp_path: Path, lines: list[str], fs: int) -> None:
    head = "".join(f"{line}\n" for line in lines)
    recording = opened(tmp_path, head + timed(fs))
    assert rates(recording) == {fs}
    assert any(f"{fs} Hz" in note and "which fits the times" in note for note in recording.notes)


@pytest.mark.parametrize(
    "head",
    ["# Sampling rate: 256 Hz\n", "# ECG sampling rate: 256 Hz\n# PPG sampling rate: 64 Hz\n"],
)
def test_times_of_another_rate_than_the_head_says(tmp_path: Path, head: str) -> None:
    with pytest.raises(
        InvalidInputError, match=r"ampling rate: 256 Hz.*times of the rows give 10 Hz: give fs=10"
    ):
        opened(tmp_path, head + timed(10))
    assert rates(opened(tmp_path, head + timed(10), fs=10)) == {10}


def test_a_band_of_frequencies_beside_a_rate_is_not_reported() -> None:
    rates = read_rates(["Sampling rate: 256 Hz", "Frequency band: 0.5-40 Hz"])
    assert rates.fs == 256
    assert not rates.refused


def test_lines_that_agree_are_one_rate() -> None:
    rates = read_rates(["Sampling rate: 1,000 Hz", "Sampling interval: 1 ms", "fs=1000"])
    assert rates.fs == 1000
    assert rates.notes


@pytest.mark.parametrize(
    ("head", "row", "fs"),
    [
        ("Interval=\t1,000 ms\nChannelTitle=\tECG\tX\n", "{},5\t1\n", 1000),
        ("Interval=\t1.000 ms\nChannelTitle=\tECG\tX\n", "{}.5\t1\n", 1000),
        ("a.acq\n2,000 samples/sec\n1 channels\nECG\nmV\n", "{}.5\n", 2000),
        ("a.acq\n0,500 msec/sample\n1 channels\nECG\nmV\n", "{},5\n", 2000),
        ("a.acq\n500 \u00b5sec/sample\n1 channels\nECG\nmV\n", "{}.5\n", 2000),
        ("a.acq\n0.5 min/sample\n1 channels\nECG\nmV\n", "{}.5\n", 1 / 30),
    ],
)
def test_rates_in_the_heads_of_programs(tmp_path: Path, head: str, row: str, fs: float) -> None:
    recording = opened(tmp_path, head + "".join(row.format(k) for k in range(N)))
    assert rates(recording) == {round(fs, 6)}
    assert next(iter(recording.channels)) == "ECG"


SINGLE = "1 channels\nECG\nmV\n"


@pytest.mark.parametrize(
    "head",
    [
        "Interval=\t1,000 ms\nChannelTitle=\tECG\nRange=\t10 mV\n",
        "Interval=\t0,001 s\nChannelTitle=\tECG\nRange=\t10 mV\n",
        f"a.acq\n1,0 msec/sample\n{SINGLE}",
        f"a.acq\n0,001 sec/sample\n{SINGLE}",
        f"a.acq\n1,0 msec/sample\n{SINGLE}CH1\n\t{N}\n",
    ],
)
@pytest.mark.parametrize("digits", ["5", "25", "125"])
def test_a_single_channel_with_decimal_commas_is_one_column(
    tmp_path: Path, head: str, digits: str
) -> None:
    recording = opened(tmp_path, head + "".join(f"{k},{digits}\n" for k in range(N)))
    assert list(recording.channels) == ["ECG"]
    assert rates(recording) == {1000}
    assert recording["ECG"].data.compute().tolist() == [float(f"{k}.{digits}") for k in range(N)]


def test_devices_of_opensignals_with_different_rates(tmp_path: Path) -> None:
    head = (
        '# {"A": {"column": ["ECG"], "sampling rate": 1000}, '
        '"B": {"column": ["EDA"], "sampling rate": 100}}\n# EndOfHeader\n'
    )
    rows = "".join(f"{k}\t{k}\n" for k in range(N))
    with pytest.raises(InvalidInputError, match="fs=1000 or fs=100"):
        opened(tmp_path, head + rows)
    assert rates(opened(tmp_path, head.replace(": 1000", ": 100") + rows)) == {100}
