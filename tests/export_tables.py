"""Text exports as the tests write, open and check them."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_widgets.core.recording import Recording


N = 300
LABCHART = (
    "Interval=\t0.001 s\r\n"
    "ExcelDateTime=\t4.3749464322749809e+04\t10/11/19 11:08:37.485584\r\n"
    "TimeFormat=\tStartOfBlock\r\nDateFormat=\r\nChannelTitle=\tTrigger\tCO2\r\n"
    "Range=\t2.000 V\t50.0 mmHg\r\nUnitName=\t*\tmmHg\r\nTopValue=\t*\t56.44\r\n"
)
LABCHART_START = datetime(2019, 10, 11, 11, 8, 37, 485584)
ACQ = "x.acq\n0.5 msec/sample\n2 channels\nECG - ECG100C\nmV\nRSP, DA100C\nVolts\n"


def wave(k: int, period: int = 9) -> str:
    return f"{math.sin(k / period):.5f}"


def check(recording: Recording, fs: float, start: datetime | None, n: int = N) -> None:
    assert {channel.n_samples for channel in recording.channels.values()} == {n}
    assert {round(c.fs, 6) for c in recording.channels.values()} == {round(fs, 6)}
    assert recording.start == start
