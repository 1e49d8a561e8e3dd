"""Channel names that are unique and never blank, and options that name channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """Return " (did you mean 'Spectrum'?)" for a name that nearly is a known one; else "".

    Capital letters do not matter.
    """
    if not isinstance(given, str):
        return ""
    written = {name.lower(): name for name in known}
    close = get_close_matches(given.lower(), written, n=1)
    return f" (did you mean {written[close[0]]!r}?)" if close else ""


def checked_units(units: object, channels: Sequence[str]) -> None:
    """Raise unless ``units`` is a text, None, or a mapping from names of channels to texts."""
    if units is None or isinstance(units, str):
        return
    known = ", ".join(map(repr, dict.fromkeys(channels)))
    if not isinstance(units, Mapping):
        msg = (
            f"units={units!r} is neither one unit for all channels, such as 'mV', nor a mapping "
            f"by name, such as {{{channels[0]!r}: 'mV'}}"
        )
        raise InvalidInputError(msg)
    accepted = frozenset(channels)
    for name, given in units.items():
        if name not in accepted:
            msg = f"units names {format_value(name)}; the channels are {known}"
            raise InvalidInputError(msg)
        if not isinstance(given, str):
            msg = f"units: {format_value(given)} of {name!r} is not a text; give for example 'mV'"
            raise InvalidInputError(msg)


def checked_choice(channels: object) -> None:
    """Raise unless ``channels`` can be a choice of columns: None, or names and numbers."""
    if channels is None or isinstance(channels, str):
        return
    if not isinstance(channels, Iterable) or not all(
        isinstance(one, str | int) and not isinstance(one, bool) for one in channels
    ):
        msg = f"channels={channels!r} is not a list of columns; give for example ['ECG', 'PPG']"
        raise InvalidInputError(msg)


def checked_once(channels: Sequence[str | int], columns: Sequence[str]) -> None:
    """Raise if two of the channels that were chosen are the same column."""
    again = [name for name, count in Counter(columns).items() if count > 1]
    if again:
        msg = (
            f"channels={list(channels)!r} names the column {again[0]!r} more than once; name each "
            "column once"
        )
        raise InvalidInputError(msg)


def unique_names(names: Sequence[str], kind: str = "signal") -> tuple[list[str], list[str]]:
    """Return names that differ from each other, and notes on what was changed.

    A repeated name becomes 'II (2)', a blank one 'channel 3'. ``kind`` is the word for the named
    things in the notes.
    """
    taken: set[str] = {name for name in names if name}
    seen: set[str] = set()
    counts: dict[str, int] = {}
    unique, notes = [], []
    for k, given in enumerate(names):
        base = given or f"channel {k + 1}"
        number = counts.get(base, 1)
        name = base if number == 1 else f"{base} ({number})"
        while name in seen or (name != given and name in taken):
            number += 1
            name = f"{base} ({number})"
        seen.add(name)
        counts[base] = number
        unique.append(name)
        if name != given:
            what = f"is another {given!r}" if given else "has no name"
            notes.append(f"{kind} {k + 1} {what}; it is named {name!r}")
    return unique, notes
