"""The demo recording: created once, as EDF+, and reopened later."""

from __future__ import annotations

import contextlib
import math
import operator
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.config import settings
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError, StoreError
from vital_widgets.io.edf.writer import EdfPlusWriter
from vital_widgets.runtime.tasks import Task
from vital_widgets.simulate.ppg_model import Pulses, make_pulses
from vital_widgets.simulate.rhythm_model import BEAT_RATE, GRID_RATE, Rhythm, make_rhythm
from vital_widgets.simulate.schedule import Event, events_of, gap_of
from vital_widgets.simulate.vital_signs import SIGNALS, SignalMaker

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 1  # of the recording: increase it with every change, so that old files are not reused
DAY = 86400.0
LONGEST = 7 * DAY
SEED = 2003
FOLDER = "demo"
START = datetime(2025, 1, 14, 9, 0, 0)  # noqa: DTZ001 - EDF knows no time zone
BEAT, PREMATURE = "N", "V"
STALE_SECONDS = 3600.0  # after which a partly written file is abandoned


@dataclass(frozen=True)
class SampleTruth:
    """The ground truth of a sample recording.

    Attributes
    ----------
    duration : int
        Seconds.
    r_peaks : ndarray, shape (n,)
        Times of the recorded R peaks in seconds; each is on a sample of the ECG.
    kinds : ndarray of str, shape (n,)
        'N' or 'V' (premature ventricular) for each of them.
    pulse_onsets : ndarray, shape (n,)
        Onset of the PPG pulse of each of these beats, in seconds.
    events : list of Event
        'activity', 'noise burst' and 'electrode off', each with onset and duration in s.
    gap : (int, int) or None
        The stretch ``[t0, t1)`` in seconds in which nothing was recorded.
    times : ndarray, shape (m,)
        Seconds, at 4 Hz, for the two series below.
    breath_hz : ndarray, shape (m,)
        Respiration rate in Hz.
    rr : ndarray, shape (m,)
        RR interval in s without ectopic beats.
    """

    duration: int
    r_peaks: NDArray[np.float64]
    kinds: NDArray[Any]
    pulse_onsets: NDArray[np.float64]
    events: list[Event]
    gap: tuple[int, int] | None
    times: NDArray[np.float64]
    breath_hz: NDArray[np.float64]
    rr: NDArray[np.float64]

    def annotations(self) -> Annotations:
        """Return the beats and events in the file."""
        return Annotations(
            np.concatenate([self.r_peaks, [event.onset for event in self.events]]),
            [*self.kinds.tolist(), *(event.text for event in self.events)],
            np.concatenate([np.zeros(len(self.r_peaks)), [e.duration for e in self.events]]),
        )


def sample_truth(duration: float = DAY, *, seed: int = SEED) -> SampleTruth:
    """Return the known answers of ``vital_widgets.sample(duration, seed=seed)``.

    Parameters
    ----------
    duration : float
        Length of the recording in seconds. Default: 24 h.
    seed : int
        Seed of the random numbers.
    """
    seconds, seed = checked_duration(duration), checked_seed(seed)
    events = events_of(seconds, seed)
    rhythm = make_rhythm(seconds, seed, events)
    return _truth(seconds, events, rhythm, make_pulses(rhythm))


def prepare_sample(
    duration: float = DAY, *, seed: int = SEED, path: str | os.PathLike[str] | None = None
) -> tuple[Path, Task[Path] | None]:
    """Return the path of the sample, and the task that creates it if it does not exist yet.

    The task is not started. It writes beside the target and renames at the end, so the target is
    never incomplete, even if the task is interrupted.
    """
    seconds, seed = checked_duration(duration), checked_seed(seed)
    target = _target(seconds, seed, path)
    name = recording_name(seconds, seed)
    if _is_sample(target, name):
        return target, None
    if path is not None and target.exists():
        msg = (
            f"{target} exists and is not this sample ({name}), so it is not overwritten; "
            "give another path"
        )
        raise InvalidInputError(msg)

    def work(task: Task[Path]) -> Path:
        return _write(target, seconds, seed, task)

    return target, Task(work, f"Making the sample recording ({seconds / 3600:.3g} h)")


def recording_name(seconds: int, seed: int) -> str:
    """Return the name in the header, which is also the file's name without its ending."""
    return f"sample-v{VERSION}-{seconds}s-seed{seed}"


def checked_duration(duration: float) -> int:
    """Return a duration in whole seconds, rounded up, or raise if it is not valid."""
    try:
        seconds = float(duration)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 < seconds <= LONGEST:
        msg = (
            f"duration={duration!r} is not a number of seconds above 0 and "
            f"up to {LONGEST:.0f} (7 days)"
        )
        raise InvalidInputError(msg)
    return math.ceil(seconds)


def checked_seed(seed: Any) -> int:
    """Return the seed as an int, or raise if it is not a whole number."""
    try:
        whole = operator.index(seed)
    except TypeError:
        whole = -1
    if isinstance(seed, bool) or not 0 <= whole < 2**63:
        msg = f"seed={seed!r} is not a whole number from 0 up"
        raise InvalidInputError(msg)
    return whole


def _target(seconds: int, seed: int, path: str | os.PathLike[str] | None) -> Path:
    if path is None:
        return settings().cache_dir / FOLDER / f"{recording_name(seconds, seed)}.edf"
    try:
        target = Path(os.fspath(path)).expanduser()
    except TypeError:
        msg = f"path={path!r} is not the path of a file to write"
        raise InvalidInputError(msg) from None
    if target.is_dir():
        msg = f"path={str(path)!r} is a folder; name a file in it: {str(target / 'sample.edf')!r}"
        raise InvalidInputError(msg)
    if target.exists() and not target.is_file():
        msg = f"path={str(path)!r} exists and is not a regular file; give the name of a new file"
        raise InvalidInputError(msg)
    if not target.parent.is_dir():
        msg = f"path={str(path)!r}: there is no folder {target.parent}; create it first"
        raise InvalidInputError(msg)
    return target


def _is_sample(path: Path, name: str) -> bool:
    """Whether a file is this sample, complete."""
    width = len(SIGNALS) + 1
    try:
        with path.open("rb") as file:
            head = file.read(256 * (width + 1))
            size = file.seek(0, os.SEEK_END)
    except OSError:
        return False
    if name.encode() not in head[88:168].split() or len(head) < 256 * (width + 1):
        return False
    records = int(head[236:244])
    counts = head[256 + 216 * width :][: 8 * width]
    per_record = sum(int(counts[i : i + 8]) for i in range(0, 8 * width, 8))
    return size == len(head) + records * per_record * 2


def _write(target: Path, seconds: int, seed: int, task: Task[Path]) -> Path:
    events = events_of(seconds, seed)
    rhythm = make_rhythm(seconds, seed, events)
    pulses = make_pulses(rhythm)
    truth = _truth(seconds, events, rhythm, pulses)
    recorded = np.ones(seconds, bool)
    if truth.gap is not None:
        recorded[slice(*truth.gap)] = False
    maker = SignalMaker(seconds, seed, rhythm, pulses, events)
    partial = target.with_name(f"{target.name}.{os.getpid()}-{time.monotonic_ns()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target)
        with partial.open("xb") as file:
            writer = EdfPlusWriter(
                file,
                SIGNALS,
                np.flatnonzero(recorded).astype(np.float64),
                truth.annotations(),
                start=START,
                patient="synthetic",
                recording=recording_name(seconds, seed),
            )
            for first, values in maker.stretches():
                task.report(
                    first / seconds,
                    f"{first / 3600:.1f} of {seconds / 3600:.1f} h",
                    bytes_done=file.tell(),
                )
                kept = recorded[first : first + len(values[0]) // SIGNALS[0].per_record]
                if kept.any():
                    writer.append(
                        [
                            signal.digitize(one.reshape(-1, signal.per_record)[kept].ravel())
                            for signal, one in zip(SIGNALS, values, strict=True)
                        ]
                    )
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        task.report(1.0, "done")
        partial.replace(target)
    except OSError as error:
        msg = (
            f"the sample recording cannot be written to {target.parent} "
            f"({error}); it needs about {seconds * 1500 / 1e6:.0f} MB there. "
            "Give another path=..., or another cache folder in VITAL_WIDGETS_CACHE_DIR"
        )
        raise StoreError(msg) from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _remove_stale(target: Path) -> None:
    """Remove partly written files of killed processes."""
    for left in target.parent.glob(f"{target.name}.*.partial"):
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                left.unlink()


def _truth(seconds: int, events: list[Event], rhythm: Rhythm, pulses: Pulses) -> SampleTruth:
    gap = gap_of(seconds)
    shown = (rhythm.beats >= 0) & (rhythm.beats < seconds * BEAT_RATE)
    if gap is not None:
        shown &= (rhythm.beats < gap[0] * BEAT_RATE) | (rhythm.beats >= gap[1] * BEAT_RATE)
    inside = slice(
        int(-rhythm.grid[0] * GRID_RATE), int(-rhythm.grid[0] * GRID_RATE + seconds * GRID_RATE)
    )
    return SampleTruth(
        duration=seconds,
        r_peaks=rhythm.beats[shown] / BEAT_RATE,
        kinds=np.where(rhythm.ventricular[shown], PREMATURE, BEAT),
        pulse_onsets=pulses.onset[shown],
        events=events,
        gap=gap,
        times=rhythm.grid[inside],
        breath_hz=rhythm.breath_hz[inside],
        rr=rhythm.rr[inside],
    )
