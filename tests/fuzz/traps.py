"""A reader whose cases do what no case may do: the test of the fuzzer itself uses it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fuzz.edf import seeds as edf_seeds
from fuzz.exercise import compare
from fuzz.model import Case, Fault

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from vital_widgets.core.recording import Recording

NAME = "traps"


def seeds(data: Path | None) -> list[str]:
    """Return the kinds of faults: case 0 has the first, case 2 the second, and so on."""
    return [] if data is not None else list(CHECKS)


def make(seed: str, random: random.Random, folder: Path) -> Case:
    """Write a sound file with a check that does what ``seed`` says."""
    path = folder / "night.edf"
    path.write_bytes(edf_seeds(None)[0])
    return Case(path, changes=[seed], check=CHECKS[seed])


def _raise(recording: Recording) -> list[Fault]:
    raise RuntimeError(recording.name)


def _abort(recording: Recording) -> list[Fault]:
    os.abort()


def _hang(recording: Recording) -> list[Fault]:
    while True:
        len(recording)


def _fill(recording: Recording) -> list[Fault]:
    return [] if np.ones(60_000_000).sum() else [Fault("memory", recording.name)]


def _differ(recording: Recording) -> list[Fault]:
    found = next(iter(recording.channels.values())).read(0, 5)
    return compare("values", found, found + 1)


def _lose(recording: Recording) -> list[Fault]:
    found = next(iter(recording.channels.values())).read(0, 5)
    return compare("values", found[:4], found)


CHECKS: dict[str, Callable[[Recording], list[Fault]]] = {
    "other exception": _raise,
    "abort": _abort,
    "hang": _hang,
    "memory": _fill,
    "wrong sample": _differ,
    "lost in silence": _lose,
}
