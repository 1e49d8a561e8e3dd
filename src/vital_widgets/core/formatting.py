"""Format durations, sizes, rates, dates, values and annotation counts as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

MINUTE, HOUR, DAY = 60, 3600, 86400
MAX_TEXTS = 8
MAX_VALUE_LENGTH = 80  # characters
_HALVES = re.compile("[\ud800-\udfff]")
# English in every locale, like all other text of the package.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def format_duration(seconds: float) -> str:
    """Format a duration in its two largest units: '8 h 12 min', '3 d 4 h', '12.5 s', '250 ms'."""
    if seconds < 0:
        return f"-{format_duration(-seconds)}"
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


def format_size(n_bytes: int) -> str:
    """Format a number of bytes: '1.95 MB'."""
    if n_bytes < 1000:  # noqa: PLR2004
        return f"{n_bytes} bytes"
    size, unit = float(n_bytes), "bytes"
    for unit in ("kB", "MB", "GB", "TB", "PB"):  # noqa: B007 - the last one is used below
        size /= 1000
        if size < 999.5:  # noqa: PLR2004
            break
    return f"{size:.3g} {unit}"


def format_rate(fs: float) -> str:
    """Format a sampling rate: '250 Hz', or 'every 60 s' below 0.5 Hz."""
    if fs < 0.5:  # noqa: PLR2004
        return f"every {1 / fs:.6g} s"
    return f"{fs:.6g} Hz"


def is_writable(text: str) -> bool:
    """Whether a text can be stored as UTF-8: it contains no half characters (surrogates)."""
    return text.isascii() or _HALVES.search(text) is None


def writable(text: str) -> str:
    """Return a text that can be stored, with a mark in place of each half character.

    Names of files that are not UTF-8 contain such characters.
    """
    return _HALVES.sub("\ufffd", text)


def format_value(value: object) -> str:
    """Format a value for an error message: on one line and cut if it is long."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 - repr may raise any error, for example for a huge int
        text = f"a value of type {type(value).__name__}"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"


def format_start(start: datetime) -> str:
    """Format a date and time with the weekday: 'Wednesday, 26 October 1994, 08:26:04'."""
    clock = f"{start:%H:%M:%S}"
    if start.microsecond:
        clock += f".{start.microsecond:06d}".rstrip("0")
    zone = f" {start.tzname()}" if start.tzname() else ""
    day = f"{WEEKDAYS[start.weekday()]}, {start.day} {MONTHS[start.month - 1]} {start.year}"
    return f"{day}, {clock}{zone}"


def format_annotation_counts(said: NDArray[np.object_]) -> str:
    """Format the number of annotations and of each text: '2,274: N x 2,239, A x 33, V x 1'."""
    if not len(said):
        return "none"
    texts, counts = np.unique(said.astype(str), return_counts=True)
    common = np.argsort(-counts, kind="stable")[:MAX_TEXTS]
    kinds = ", ".join(f"{texts[i]} x {counts[i]:,}" for i in common)
    hidden = len(texts) - len(common)
    return f"{len(said):,}: {kinds}" + (f", and {hidden} more kinds" if hidden else "")
