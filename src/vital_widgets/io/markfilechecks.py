"""Annotations never take the place of a recording, or of a table of something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vital_widgets.errors import InvalidInputError, VitalError

if TYPE_CHECKING:
    from pathlib import Path

EDF = (".edf", ".bdf", ".rec")
TABLES = (".csv", ".tsv")
_HEAD_BYTES = 1 << 16


def check_replaceable(path: Path, ending: str) -> None:
    """Raise `InvalidInputError` if annotations may not be written into a file.

    Parameters
    ----------
    path : Path
        The file.
    ending : str
        Its ending in small letters, with the dot.
    """
    if ending not in (*EDF, *TABLES):
        from vital_widgets.io.wfdb.annotations import NOT_ANNOTATIONS

        if ending.removeprefix(".") in NOT_ANNOTATIONS:
            msg = (
                f"path={str(path)!r} does not end as a file of annotations does; give "
                f"{path.stem}.atr or another ending of WFDB, or .csv, .tsv or .edf"
            )
            raise InvalidInputError(msg)
    there = _content_of(path, ending)
    if there:
        msg = f"{path} {there}, which would be lost; give another path"
        raise InvalidInputError(msg)


def _content_of(path: Path, ending: str) -> str:
    """Return what a file contains unless it contains annotations or nothing; '' then."""
    try:
        if not path.is_file() or path.stat().st_size == 0:
            return ""
        if ending in EDF:
            return _signals_of(path)
        if ending in TABLES:
            return _columns_of(path, tabs=ending == ".tsv")
    except OSError:  # writing says why
        return ""
    from vital_widgets.io.wfdb.annotations import looks_like_annotations

    return "" if looks_like_annotations(path) else "is no file of annotations"


def _signals_of(path: Path) -> str:
    from vital_widgets.io.edf.edf_reader import open_file

    try:
        with open_file(path) as recording:
            n = len(recording.channels)
    except VitalError:
        return "is no EDF+ file of annotations"
    return f"is a recording of {n} channel{'s' if n > 1 else ''}" if n else ""


def _columns_of(path: Path, *, tabs: bool) -> str:
    from vital_widgets.io.tabularmarks import header_of

    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    try:
        header_of(path, head, tabs=tabs)
    except VitalError:
        return "is no table of annotations"
    return ""
