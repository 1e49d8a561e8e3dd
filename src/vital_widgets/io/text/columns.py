"""Devices that are recognized by their column names: their units and their time columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Device:
    """A kind of table whose header is incomplete.

    Attributes
    ----------
    name : str
        Name of the device.
    has : tuple of str
        Patterns; each is the name of a column of such a table.
    units : tuple of (str, str)
        Pattern of names, and their unit.
    time : tuple of str
        Patterns of the column of times, the best first; none to find it as in any table.
    ticks : tuple of (str, float)
        Pattern of columns of times that count ticks, and how many there are in a second.
    clock : str
        Pattern of the column with the date, where the date of the times may be wrong.
    events : str
        Pattern of the one cell beside the time in rows that hold an event and no samples.
    """

    name: str
    has: tuple[str, ...]
    units: tuple[tuple[str, str], ...] = ()
    time: tuple[str, ...] = ()
    ticks: tuple[str, float] | None = None
    clock: str = ""
    events: str = ""


_AXES = (
    ("accelerometer.*|accel channel.*|acc_[xyz]", "g"),
    ("gyro.*", "°/s"),
    ("magnetometer.*", "µT"),
    ("temperature", "°C"),
)
_STAMP = r"(.*_)?(timestamp(_?sync)?|realtime|system_timestamp(_plot)?)"
_DEVICES = (
    Device(
        "OpenBCI",
        has=("sample index", "(exg|eeg|emg) channel 0"),
        units=(("(exg|eeg|emg) channel .*", "µV"), *_AXES),
        time=("timestamp",),
    ),
    Device(
        "Muse (Mind Monitor)",
        has=("timestamp", "raw_tp9", "headbandon|elements"),
        units=(("raw_.*|aux_.*", "µV"), ("(delta|theta|alpha|beta|gamma)_.*", "Bel"),
               ("battery", "%"), ("heart_rate", "bpm"), *_AXES),
        time=("timestamp",),
        events="/.+",
    ),
    Device(
        "Muse",
        has=("timestamps?", "tp9", "af7", "af8", "tp10"),
        units=(("tp9|tp10|af7|af8|aux|(right|left)[ _]aux", "µV"),),
        time=("timestamps?",),
    ),
    Device(
        "Polar Sensor Logger",
        has=("phone timestamp", "sensor timestamp"),
        time=("sensor timestamp",),
        clock="phone timestamp",
    ),
    Device(
        "Shimmer",
        has=(rf"{_STAMP}(_formatted)?(_?unix)?_(cal|raw|uncal)",),
        time=(r"(.*_)?timestamp_unix_cal", r"(.*_)?timestamp_?sync_unix_cal", r"(.*_)?realtime_cal",
              rf"{_STAMP}_cal", rf"{_STAMP}_(raw|uncal)"),
        ticks=(rf"{_STAMP}_(raw|uncal)", 32768.0),
    ),
    Device(
        "Empatica EmbracePlus",
        has=("timestamp_unix", "participant_full_id"),
        units=((".*_usiemens", "µS"), (".*_celsius", "°C"), (".*_percentage", "%"),
               (".*_brpm", "1/min"), ("accelerometers_std_g", "g")),
        time=("timestamp_unix",),
    ),
    Device(
        "ActiGraph",
        has=("accelerometer x", "accelerometer y", "accelerometer z"),
        units=(*_AXES, ("lux", "lux")),
    ),
    Device(
        "ActiGraph",
        has=("axis1",),
        units=(("axis[123]|vector magnitude", "counts"), ("lux", "lux")),
    ),
)  # fmt: skip


def known_device(names: Sequence[str]) -> Device | None:
    """Return the device whose columns have these names, None if there is none."""
    return _device_of(tuple(names))


@lru_cache(maxsize=8)
def _device_of(names: tuple[str, ...]) -> Device | None:
    return next(
        (
            device
            for device in _DEVICES
            if all(column_like(pattern, names) is not None for pattern in device.has)
        ),
        None,
    )


def column_like(pattern: str, names: Sequence[str]) -> int | None:
    """Return the first column whose name fits a pattern, regardless of case."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return next((k for k, name in enumerate(names) if wanted.fullmatch(name.strip())), None)


def units_of(device: Device, name: str) -> str:
    """Return the unit that a device has for a column, '' if none is known."""
    return next(
        (
            unit
            for pattern, unit in device.units
            if re.fullmatch(pattern, name.strip(), re.IGNORECASE)
        ),
        "",
    )
