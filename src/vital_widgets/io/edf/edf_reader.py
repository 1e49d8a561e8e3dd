"""EDF, EDF+ and BDF: opened from the header and a few records, samples read in place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.names import unique_names
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import FrameChannel
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import FormatError
from vital_widgets.io.edf.annotations import AnnotationBytes, AnnotationLoader
from vital_widgets.io.edf.header import (
    MAIN_BYTES,
    EdfHeader,
    SignalHeader,
    looks_like_edf,
    read_header,
)
from vital_widgets.io.edf.records import LONGEST_FRAME, EdfRecords, LongRecordChannel
from vital_widgets.io.edf.status import StatusTriggers
from vital_widgets.io.edf.times import RecordRuns, RecordTimes
from vital_widgets.runtime.files import SourceFile, fingerprint

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

NAME = "EDF/BDF"
EXTENSIONS = (".edf", ".bdf", ".rec")
_PATIENT = ("patient_code", "sex", "birthdate", "patient_name")
_RECORDING = ("startdate", "hospital_code", "technician", "equipment")
_LAST_DIGIT = 1e-6  # of a record duration that fills its eight characters


def sniff(head: bytes, path: Path) -> bool:
    """Whether the first bytes are an EDF or BDF header, complete or cut off."""
    if len(head) < MAIN_BYTES and path.suffix.lower() in EXTENSIONS:
        version = head[:8]
        return any(whole.startswith(version) for whole in (b"0       ", b"\xffBIOSEMI"))
    return looks_like_edf(head)


def open_file(path: Path) -> Recording:
    """Open an EDF, EDF+ or BDF file; only the header and a few records are read.

    Times count from the start of the first record. Gaps between EDF+D records are gaps of the
    channels. Faults of the file that could be corrected are listed in `Recording.notes`.
    """
    file = SourceFile(path)
    notes: list[str] = []
    header = read_header(file, notes)
    n_records = _whole_records(header, file, notes)
    identity = fingerprint(file.path, NAME)
    source = AnnotationBytes(file, header, n_records)
    runs = _runs(header, source, n_records, notes)
    first_onset = runs.onsets[0]
    chosen = _signals_with_samples(header, file, notes)
    names, renamed = unique_names([header.signals[k].label for k in chosen])
    notes += [f"{note[:1].upper()}{note[1:]}." for note in renamed]
    records = EdfRecords(file, header, tuple(chosen), n_records, identity)
    long = records.frame_bytes > LONGEST_FRAME
    channels = [
        Channel(
            name,
            LongRecordChannel(records, k) if long else FrameChannel(records, k),
            _timebase(header, header.signals[signal], runs, n_records),
            header.signals[signal].units,
            gain=header.signals[signal].scale[0],
            offset=header.signals[signal].scale[1],
            details=_details(header.signals[signal]),
        )
        for k, (name, signal) in enumerate(zip(names, chosen, strict=True))
    ]
    start = _start(header, first_onset, notes)
    labels = {
        header.signals[k].label: name for name, k in reversed(list(zip(names, chosen, strict=True)))
    }
    triggers = [
        StatusTriggers(records, k, channel.timebase, channel.name)
        for k, (channel, signal) in enumerate(zip(channels, chosen, strict=True))
        if header.is_bdf and header.signals[signal].is_status and n_records
    ]
    only_marks = all(signal.is_annotations for signal in header.signals)
    loader = (
        AnnotationLoader(source, first_onset, None if only_marks else labels, triggers)
        if source.spans or triggers
        else None
    )
    recording = Recording(
        path.stem,
        channels,
        path=path,
        start=start,
        annotations=loader,
        metadata=_metadata(header, n_records),
        notes=notes,
        fingerprint=identity,
        files=[file],
    )
    if loader is not None:
        loader.notes = recording.notes
    return recording


def _whole_records(header: EdfHeader, file: SourceFile, notes: list[str]) -> int:
    """Return the number of whole records in the file, whatever its header states."""
    there, rest = divmod(file.size - header.n_bytes, header.record_bytes)
    declared = header.n_records
    if rest:
        part = rest / header.record_bytes
        notes.append(
            f"The file ends within a data record: the last {rest} bytes "
            f"({part * header.duration:.3g} s) are not shown."
        )
    if declared < 0:
        notes.append(
            f"The header does not give the number of data records, as when a recorder is switched "
            f"off; the file holds {there}."
        )
    elif there < declared:
        lost = (declared - there) * header.duration
        notes.append(
            f"The file was cut short: of {declared} data records it holds {there}; "
            f"{lost:.6g} s at the end are missing."
        )
    elif there > declared:
        notes.append(
            f"The header states {declared} data records, but the file holds {there}; all are shown."
        )
    if there == 0:
        notes.append("The file has a header but no data records, so there are no samples.")
    return there


def _signals_with_samples(header: EdfHeader, file: SourceFile, notes: list[str]) -> list[int]:
    chosen = []
    for k, signal in enumerate(header.signals):
        if signal.is_annotations:
            continue
        if signal.samples:
            chosen.append(k)
        else:
            notes.append(
                f"Signal {k + 1} ({signal.label!r}) has 0 samples in a data record and is left out."
            )
    if not chosen and not any(s.is_annotations and s.samples for s in header.signals):
        msg = f"{file.path}: no signal has samples or annotations, so there is nothing to show"
        raise FormatError(msg)
    return chosen


def _runs(
    header: EdfHeader, source: AnnotationBytes, n_records: int, notes: list[str]
) -> RecordRuns:
    """Return the stretches of records without a gap, onsets in s after the header's start."""
    if not source.spans and header.is_discontinuous:
        notes.append(
            f"The file is {header.format_name}, but no signal gives the times of its records; "
            f"they are shown without gaps."
        )
    if not source.spans or n_records == 0:
        return RecordRuns([0], [0.0])
    first = source.onset(0)
    rates = [s.samples / header.duration for s in header.signals if s.samples and header.duration]
    if header.duration == 0 or not any(not s.is_annotations for s in header.signals):
        return RecordRuns([0], [first or 0.0])
    tolerance = 0.5 / max(rates)
    if not header.is_discontinuous:
        last = source.onset(n_records - 1)
        slack = n_records * _LAST_DIGIT if header.duration_is_rounded else 0.0
        if first is None or last is None:
            return RecordRuns([0], [first or 0.0])
        if last - first - (n_records - 1) * header.duration < tolerance + slack:
            return RecordRuns([0], [first])
    runs = RecordTimes(source, header.duration, tolerance).runs()
    if not header.is_discontinuous and len(runs.firsts) > 1:
        notes.append(
            "The header states that there are no gaps, but the times of the records show some."
        )
    if runs.unordered:
        notes.append(
            f"Time runs backwards at {runs.unordered} data record(s), which begin before the "
            f"previous record has ended; they are shown directly after it."
        )
    if runs.unknown:
        notes.append(
            "Some data records have no start time; they are shown directly after the previous "
            "record."
        )
    return runs


def _timebase(
    header: EdfHeader, signal: SignalHeader, runs: RecordRuns, n_records: int
) -> TimeBase:
    return TimeBase(
        signal.samples / header.duration,
        n_records * signal.samples,
        np.array(runs.firsts, np.int64) * signal.samples,
        np.array(runs.onsets) - runs.onsets[0],
    )


def _start(header: EdfHeader, first_onset: float, notes: list[str]) -> datetime | None:
    if header.start is None:
        return None
    try:
        return header.start + timedelta(seconds=first_onset)
    except OverflowError:
        notes.append(
            f"The first data record begins {first_onset:g} s after {header.start}, which is "
            f"not a valid date; no start is shown."
        )
        return None


def _details(signal: SignalHeader) -> dict[str, Any]:
    details = {
        "transducer": signal.transducer,
        "prefilter": signal.prefilter,
        "reserved": signal.reserved,
        "digital_range": signal.digital_range,
        "samples_per_record": signal.samples,
    }
    return {name: value for name, value in details.items() if value}


def _metadata(header: EdfHeader, n_records: int) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "format": header.format_name,
        "patient": header.patient,
        "recording": header.recording,
        "reserved": header.reserved,
        "record_duration": header.duration,
        "n_records": n_records,
    }
    if header.is_plus:
        patient = header.patient.split(maxsplit=len(_PATIENT))
        metadata |= zip((*_PATIENT, "patient_additional"), patient, strict=False)
        recording = header.recording.split(maxsplit=len(_RECORDING) + 1)
        if recording[:1] == ["Startdate"]:
            metadata |= zip((*_RECORDING, "recording_additional"), recording[1:], strict=False)
    # X stands for unknown in EDF+.
    return {name: value for name, value in metadata.items() if value not in {"", "X"}}
