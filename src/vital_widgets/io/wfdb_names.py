"""Names and details of WFDB signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.io.wfdb_signals import SignalPart


def unique_names(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return names that differ from each other, and notes on what was changed.

    A name that comes again becomes 'II (2)', a blank one 'channel 3'.
    """
    taken: set[str] = {name for name in names if name}
    seen: set[str] = set()
    unique, notes = [], []
    for k, told in enumerate(names):
        base = told or f"channel {k + 1}"
        name, number = base, 1
        while name in seen or (name != told and name in taken):
            number += 1
            name = f"{base} ({number})"
        seen.add(name)
        unique.append(name)
        if name != told:
            what = f"is a second {told!r}" if told else "has no name"
            notes.append(f"signal {k + 1} {what}; it is called {name!r} here")
    return unique, notes


def details_of(part: SignalPart) -> dict[str, Any]:
    """Return what the header says about a signal beyond name, units and scale."""
    signal = part.signal
    return {
        "file": signal.file,
        "format": signal.format,
        "adc_gain": signal.gain,
        "baseline": signal.baseline,
        "adc_resolution": signal.resolution,
        "adc_zero": signal.zero,
        "samples_per_frame": signal.per_frame,
        "skew": signal.skew,
        "calibrated": signal.calibrated,
    }
