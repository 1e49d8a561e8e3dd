"""Quantities in words: durations, sizes, rates, dates, counts of marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from vital_widgets.core.annotations import Annotations

MINUTE, HOUR, DAY = 60, 3600, 86400
KINDS_SHOWN = 8
VALUE_SHOWN = 80  # characters
# English whatever the locale, as everything else the package says.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def duration_words(seconds: float) -> str:
    """Return a duration in its two largest units: '8 h 12 min', '3 d 4 h', '12.5 s', '250 ms'."""
    if seconds < 0:
        return f"-{duration_words(-seconds)}"
    if seconds == 0:
        return "0 s"
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if round(seconds, 2) < MINUTE:
        return f"{round(seconds, 2):.4g} s"
    for unit, name, smaller, smaller_name in (
        (MINUTE, "min", 1, "s"),
        (HOUR, "h", MINUTE, "min"),
        (DAY, "d", HOUR, "h"),
    ):
        whole, rest = divmod(round(seconds / smaller), unit // smaller)
        if unit == DAY or whole * unit < {MINUTE: HOUR, HOUR: DAY}[unit]:
            return f"{whole:,} {name}" + (f" {rest} {smaller_name}" if rest else "")
    raise AssertionError


def size_words(n_bytes: int) -> str:
    """Return a number of bytes as people say it: '1.95 MB'."""
    if n_bytes < 1000:  # noqa: PLR2004
        return f"{n_bytes} bytes"
    size, unit = float(n_bytes), "bytes"
    for unit in ("kB", "MB", "GB", "TB", "PB"):  # noqa: B007 - the last one is used below
        size /= 1000
        if size < 999.5:  # noqa: PLR2004
            break
    return f"{size:.3g} {unit}"


def rate_words(fs: float) -> str:
    """Return a sampling rate: '250 Hz', or 'every 60 s' for slow ones."""
    if fs < 0.5:  # noqa: PLR2004
        return f"every {1 / fs:.6g} s"
    return f"{fs:.6g} Hz"


def shown_value(value: object) -> str:
    """Return a value that a user gave as an error shows it, on one line and not too long."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 - of any class, and Python shows no int of 5000 digits
        text = f"a value of the type {type(value).__name__}"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}…"


def start_words(start: datetime) -> str:
    """Return a clock time with its weekday: 'Wednesday, 26 October 1994, 08:26:04'."""
    clock = f"{start:%H:%M:%S}"
    if start.microsecond:
        clock += f".{start.microsecond:06d}".rstrip("0")
    zone = f" {start.tzname()}" if start.tzname() else ""
    day = f"{WEEKDAYS[start.weekday()]}, {start.day} {MONTHS[start.month - 1]} {start.year}"
    return f"{day}, {clock}{zone}"


def marks_words(annotations: Annotations) -> str:
    """Return how many marks there are, and of which kinds: '2,274: N x 2,239, A x 33, V x 1'."""
    if not len(annotations):
        return "none"
    texts, counts = np.unique(annotations.text.astype(str), return_counts=True)
    common = np.argsort(-counts, kind="stable")[:KINDS_SHOWN]
    kinds = ", ".join(f"{texts[i]} x {counts[i]:,}" for i in common)
    hidden = len(texts) - len(common)
    return f"{len(annotations):,}: {kinds}" + (f", and {hidden} more kinds" if hidden else "")
