"""Read and write annotations: WFDB, EDF+, CSV and BIDS events."""

from __future__ import annotations

import warnings
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.arguments import file_path
from vital_widgets.core.formatting import format_value
from vital_widgets.core.marks.document import RecordingAnnotations
from vital_widgets.core.recording import Recording
from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.markfilechecks import EDF, TABLES, check_replaceable
from vital_widgets.io.tabularmarks import as_bids, as_csv, read_table, with_description
from vital_widgets.runtime.files import read_whole
from vital_widgets.runtime.wholefile import write_whole

if TYPE_CHECKING:
    import os
    from pathlib import Path

MOST_BYTES = 256 << 20


def write_annotations(
    path: str | os.PathLike[str],
    annotations: Any,
    *,
    recording: Recording | None = None,
    fs: float | None = None,
    start: datetime | None = None,
    onsets_only: bool = False,
) -> Path:
    """Write annotations into a file, and return its path.

    Parameters
    ----------
    path : path-like
        The ending gives the format: ``.csv``, ``.tsv`` (BIDS; its description is written beside it
        as ``.json``), ``.edf`` (EDF+ without signals), any other such as ``.atr`` (WFDB).
    annotations : Annotations or Recording
        The annotations: ``rec.annotations``, ``rec.annotations.layer("anna")``,
        ``rec.annotations.select(...)``; of a recording, those of its file and its readers.
    recording : Recording, optional
        The recording that they belong to: it gives ``fs`` and ``start``, and WFDB the numbers of
        the channels.
    fs : float, optional
        Sampling rate in Hz. WFDB stores times in samples, so it needs ``fs`` or ``recording``;
        BIDS has a column ``sample`` with it. Default: the highest rate of ``recording``.
    start : datetime, optional
        Clock time of second 0, for EDF+.
    onsets_only : bool
        Whether the durations of marks are given up in WFDB, which has moments only.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InvalidInputError
        The format cannot hold the marks: a WFDB file no durations, EDF+ no control characters. Or
        there is a file of another kind, such as a recording, whose content would be lost.
    StoreError
        The file cannot be written.
    """
    target = file_path("path", path, "night.csv")
    if isinstance(annotations, Recording):
        recording = recording or annotations
        annotations = annotations.annotations
    if not isinstance(annotations, Annotations):
        msg = (
            f"annotations must be Annotations or a Recording, not {type(annotations).__name__}; of "
            "a result, give result.annotations()"
        )
        raise InvalidInputError(msg)
    if isinstance(annotations, RecordingAnnotations):
        annotations = annotations.marks()
    rate = _rate(fs, recording)
    names = [] if recording is None else list(recording.channels)
    contents = {target: b""}
    ending = target.suffix.lower()
    check_replaceable(target, ending)
    if ending == ".csv":
        contents[target] = as_csv(annotations).encode()
    elif ending == ".tsv":
        table, about = as_bids(annotations, rate)
        described = target.with_suffix(".json")
        contents = {target: table.encode(), described: with_description(described, about)}
    elif ending in EDF:
        from vital_widgets.io.edf.annotationwriter import edf_annotations

        _warn_of_comments(annotations)
        begin = recording.start if start is None and recording is not None else start
        contents[target] = edf_annotations(annotations, _checked_start(begin))
    else:
        contents[target] = _wfdb(target, annotations, rate, names, onsets_only=onsets_only)
    for file, content in contents.items():
        write_whole(file, content)
    return target


def read_annotations(
    path: str | os.PathLike[str],
    *,
    recording: Recording | None = None,
    fs: float | None = None,
) -> Annotations:
    """Read annotations from a file of WFDB, EDF+, CSV or BIDS.

    Parameters
    ----------
    path : path-like
        The ending gives the format, as for `write_annotations`. A table needs the columns onset
        (s) and text (or trial_type, description, label, event, annotation, value); duration,
        channel and comment are read if they are there.
    recording : Recording, optional
        The recording that they belong to; it gives ``fs`` and, for WFDB, the names of channels.
    fs : float, optional
        Sampling rate in Hz, for a WFDB file that does not contain it.

    Returns
    -------
    Annotations
        Add them to a recording by ``rec.annotations.extend(...)``.

    Raises
    ------
    FormatError
        The file violates its format.
    InvalidInputError
        The sampling rate of a WFDB file is not known.
    """
    source = file_path("path", path, "night.csv")
    ending = source.suffix.lower()
    if ending in TABLES:
        content = read_whole(source, MOST_BYTES, "a table of annotations")
        return read_table(source, content, tabs=ending == ".tsv")
    if ending in EDF:
        from vital_widgets.io.edf.edf_reader import open_file

        with open_file(source) as opened:
            return opened.origin.of_file()
    from vital_widgets.io.wfdb.annotations import annotations_of

    rate = _rate(fs, recording)
    names = [] if recording is None else list(recording.channels)
    return annotations_of(source, names, rate)


def _wfdb(
    target: Path,
    annotations: Annotations,
    fs: float | None,
    names: list[str],
    *,
    onsets_only: bool,
) -> bytes:
    from vital_widgets.io.wfdb.markwriter import encode

    if not target.suffix:
        msg = f"path={str(target)!r} has no ending; give for example {target.name}.atr"
        raise InvalidInputError(msg)
    if fs is None:
        msg = "a WFDB annotation file stores times in samples; give fs= in Hz, or recording="
        raise InvalidInputError(msg)
    lasting = int(np.count_nonzero(annotations.duration))
    if lasting and not onsets_only:
        msg = (
            f"{lasting} marks have a duration, and a WFDB annotation file has moments only; write "
            "CSV, BIDS or EDF+, or give onsets_only=True to write where they begin"
        )
        raise InvalidInputError(msg)
    return encode(annotations, fs, names)


def _warn_of_comments(annotations: Annotations) -> None:
    lost = int(np.count_nonzero(annotations.comment != ""))
    if lost:
        warnings.warn(
            f"EDF+ has no place for comments: {lost} are not written; CSV keeps them",
            stacklevel=3,
        )


def _checked_start(start: Any) -> datetime | None:
    if start is not None and not isinstance(start, datetime):
        msg = f"start={format_value(start)} is not a datetime; give datetime(2026, 3, 1, 22, 10)"
        raise InvalidInputError(msg)
    return start


def _rate(fs: float | None, recording: Any) -> float | None:
    if recording is not None and not isinstance(recording, Recording):
        given = format_value(recording)
        msg = f"recording={given} is not a Recording; give what vital_widgets.open returns"
        raise InvalidInputError(msg)
    if fs is not None:
        return checked_rate(fs)
    if recording is None or not len(recording):
        return None
    return max(channel.fs for channel in recording.channels.values())
