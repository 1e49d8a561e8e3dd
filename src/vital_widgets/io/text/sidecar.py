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
    r"(?P<entities>.+)_(?P<suffix>physio|stim|motion|eyetrack|physioevents|blood)\.tsv(?:\.gz)?"
)
_MOST_BYTES = 1 << 20
_LEVELS = 4  # folders: datatype, session, subject, data set


def read_sidecar(path: Path) -> Preamble | None:
    """Return the contents of the JSON files that belong to a table of BIDS; None if there are none.

    A file of the same name has priority; files in higher folders apply to all tables whose names
    contain their parts (the inheritance principle of BIDS).
    """
    match = _TABLE.fullmatch(path.name)
    if match is None:
        return None
    fields: dict[str, Any] = {}
    used: list[Path] = []
    for file in reversed(_candidates(path, set(match["entities"].split("_")), match["suffix"])):
        content = _object(file)
        if content is not None:
            fields.update(content)
            used.append(file)
    if not used:
        return None
    columns = fields.get("Columns")
    names = [str(name) for name in columns] if isinstance(columns, list) else []
    described = {
        key: str(value["Units"])
        for key, value in fields.items()
        if isinstance(value, dict) and value.get("Units")
    }
    if not names and match["suffix"] == "motion":
        names, described = _motion_channels(path, match["entities"])
    shown = ", ".join(file.name for file in used)
    notes: list[str] = []
    fs = _rate(fields.get("SamplingFrequency"), notes)
    taken = {"names": names, "units": described, f"sampling rate {fs or 0:g} Hz": fs}
    what = " and ".join(key for key, value in taken.items() if value)
    notes += [f"{what} from {shown}"] if what else []
    start = fields.get("StartTime")
    if isinstance(start, int | float) and not isinstance(start, bool) and start:
        notes.append(
            f"the first sample lies at {start:g} s on the time axis of the experiment (StartTime); "
            "the times of the recording count from the first sample"
        )
    return Preamble(
        fs=fs,
        names=tuple(names),
        units=tuple(described.get(name, "") for name in names),
        units_of=described,
        metadata={key: value for key, value in fields.items() if key != "Columns"},
        notes=tuple(notes),
        device="BIDS",
    )


def missing_sidecar(path: Path) -> str:
    """Return a hint about the file that a table of BIDS lacks, '' for another table."""
    match = _TABLE.fullmatch(path.name)
    if match is None:
        return ""
    return f" (BIDS expects it in {match['entities']}_{match['suffix']}.json beside the table)"


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
        content = json.loads(file.read_bytes())  # in UTF-8, UTF-16 or UTF-32
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _motion_channels(path: Path, entities: str) -> tuple[list[str], dict[str, str]]:
    """Return the names of the columns of a table of motion, and their units, from its channels."""
    file = path.parent / f"{entities}_channels.tsv"
    try:
        if not file.is_file() or file.stat().st_size > _MOST_BYTES:
            return [], {}
        lines = [line.split("\t") for line in file.read_text("utf-8-sig").splitlines()]
    except (OSError, ValueError):
        return [], {}
    head = lines[0] if lines else []
    if "name" not in head:
        return [], {}
    rows = [dict(zip(head, line, strict=False)) for line in lines[1:]]
    names = [row.get("name", "") for row in rows if len(row) == len(head)]
    return names, {row["name"]: row.get("units", "") for row in rows if "name" in row}


def _rate(value: Any, notes: list[str]) -> float | None:
    if value is None:
        return None
    try:
        if isinstance(value, str):
            value = re.sub(r"\s*Hz\s*$", "", value)
        return checked_rate(value[0] if isinstance(value, list) and len(value) == 1 else value)
    except (InvalidInputError, OverflowError):
        notes.append(f"SamplingFrequency {value!r} is not a sampling rate and is not used")
        return None
