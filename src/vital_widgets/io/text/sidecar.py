"""BIDS: names, rate and start of a table in a JSON file beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.preamble import Preamble

if TYPE_CHECKING:
    from pathlib import Path

_TABLE = re.compile(
    r"(?P<entities>.+)_(?P<suffix>physio|stim|motion|eyetrack|physioevents)\.tsv(?:\.gz)?"
)
_MOST_BYTES = 1 << 20
_LEVELS = 4  # folders: datatype, session, subject, data set


def read_sidecar(path: Path) -> Preamble | None:
    """Return what the JSON files that belong to a table of BIDS say; None where there are none.

    A file of the same name counts most; files higher up count for all tables whose name has their
    parts (the inheritance principle of BIDS).
    """
    match = _TABLE.fullmatch(path.name)
    if match is None:
        return None
    told: dict[str, Any] = {}
    used: list[Path] = []
    for file in reversed(_candidates(path, set(match["entities"].split("_")), match["suffix"])):
        content = _object(file)
        if content is not None:
            told.update(content)
            used.append(file)
    if not used:
        return None
    columns = told.get("Columns")
    names = [str(name) for name in columns] if isinstance(columns, list) else []
    described = [told.get(name) for name in names]
    units = [str(one.get("Units", "")) if isinstance(one, dict) else "" for one in described]
    shown = ", ".join(file.name for file in used)
    notes = [f"names and sampling rate are from {shown}"]
    start = told.get("StartTime")
    if isinstance(start, int | float) and not isinstance(start, bool) and start:
        notes.append(
            f"the first sample lies at {start:g} s on the time axis of the experiment (StartTime); "
            "times here count from the first sample"
        )
    return Preamble(
        fs=_rate(told.get("SamplingFrequency"), notes),
        names=tuple(names),
        units=tuple(units),
        metadata={key: value for key, value in told.items() if key != "Columns"},
        notes=tuple(notes),
        device="BIDS",
    )


def _candidates(path: Path, entities: set[str], suffix: str) -> list[Path]:
    """Return the JSON files that belong to a table, the nearest first."""
    found: list[Path] = []
    folder = path.parent
    for _ in range(_LEVELS):
        try:
            files = sorted(folder.glob(f"*{suffix}.json"), key=lambda file: -len(file.name))
        except OSError:
            break
        found += [
            file
            for file in files
            if set(file.name.removesuffix(f"{suffix}.json").rstrip("_").split("_")) - {""}
            <= entities
        ]
        if (folder / "dataset_description.json").is_file() or folder == folder.parent:
            break
        folder = folder.parent
    return found


def _object(file: Path) -> dict[str, Any] | None:
    try:
        if not file.is_file() or file.stat().st_size > _MOST_BYTES:
            return None
        content = json.loads(file.read_text("utf-8", "replace"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _rate(told: Any, notes: list[str]) -> float | None:
    if told is None:
        return None
    try:
        return checked_rate(told)
    except (InvalidInputError, OverflowError):
        notes.append(f"SamplingFrequency {told!r} is no sampling rate and is not used")
        return None
