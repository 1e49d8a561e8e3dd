"""Where in the signal the beats lie that a function was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import checked_beat_times
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_FS, WHY_FS = 100.0, "the limits of a QRS complex are wanted to 10 ms"
NOWHERE = -1
SHORTEST = 0.1  # s; a median interval below means that the unit of the beats is another


@dataclass(frozen=True, eq=False)
class Located:
    """Beats on a signal; picklable.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds from the recording's start.
    samples : ndarray of int64, shape (n,)
        Sample by index in the channel, -1 where nothing was recorded.
    """

    times: NDArray[np.float64]
    samples: NDArray[np.int64]


def located(beats: Any, fs: float, timebase: TimeBase | None) -> Located:
    """Return where beats lie on a signal, or raise `InvalidInputError`.

    Parameters
    ----------
    beats : Beats, Annotations, a result with ``times``, or array-like, shape (n,)
        Integers are sample indices, floats are seconds from the recording's start.
    fs : float
        Checked sampling rate in Hz.
    timebase : TimeBase, optional
        Of the signal. Without it only the order is checked.
    """
    base = timebase
    if isinstance(beats, Annotations):
        beats = np.unique(np.asarray(beats.onset, np.float64))
    given = getattr(beats, "times", beats)
    try:
        array = np.asarray(given)
    except ValueError:
        array = np.empty(0, object)
    if array.ndim == 1 and not len(array):
        array = np.empty(0, np.float64)
    if array.dtype.kind not in "iuf" or array.ndim != 1:
        raise InvalidInputError(
            f"beats={type(beats).__name__} of shape {array.shape} holds no beats; give the result "
            "of ecg_peaks, times in seconds (floats), or R-peak sample indices (integers)"
        )
    if base is None:
        base = regular(
            fs,
            int(np.max(array) * (1 if array.dtype.kind in "iu" else fs)) + 2
            if len(array) and np.all(np.isfinite(array)) and array.max() >= 0
            else 1,
        )
    if array.dtype.kind in "iu":
        samples = _checked_samples(array, base)
        run = np.searchsorted(base.starts, samples, side="right") - 1
        times = base.onsets[run] + (samples - base.starts[run]) / base.fs
    else:
        times = checked_beat_times(array, "beats")
        samples = _checked_times(times, base)
    if len(times) > 1 and float(np.median(np.diff(times))) < SHORTEST:
        raise InvalidInputError(
            f"the median interval between beats is {float(np.median(np.diff(times))):.3g} s; no "
            "heart beats so. Integers are taken as sample indices and floats as seconds: convert "
            "them if they are something else, and check fs"
        )
    return Located(np.asarray(times, np.float64), samples)


def _checked_samples(array: NDArray[Any], base: TimeBase) -> NDArray[np.int64]:
    samples = array.astype(np.int64)
    back = np.flatnonzero(np.diff(samples) <= 0)
    if len(back):
        k = int(back[0])
        raise InvalidInputError(
            f"beats do not rise: beat {k + 1} at sample {samples[k + 1]} comes after beat {k} at "
            f"sample {samples[k]}. Where samples begin anew there, the beats are of two "
            "recordings: give those of one; else sort the beats (numpy.unique also leaves one of "
            "two equal samples)"
        )
    out = np.flatnonzero((samples < 0) | (samples >= base.n_samples))
    if len(out):
        k = int(out[0])
        raise InvalidInputError(
            f"beat {k} lies on sample {samples[k]}, outside the signal of {base.n_samples} "
            "samples; integers are sample indices, floats are seconds"
        )
    return samples


def _checked_times(times: NDArray[np.float64], base: TimeBase) -> NDArray[np.int64]:
    """Return the sample nearest to each time, -1 where it falls into a gap."""
    if not len(times):
        return np.empty(0, np.int64)
    half = 0.5 / base.fs
    start, end = (base.start, base.end) if base.n_samples else (0.0, 0.0)
    out = np.flatnonzero((times < start - half) | (times >= end + half) | (base.n_samples == 0))
    if len(out):
        k = int(out[0])
        raise InvalidInputError(
            f"beat {k} at {times[k]:.6g} s lies outside the signal, which lasts from {start:g} to "
            f"{end:g} s; floats are seconds from the start (give sample indices as integers)"
        )
    run = np.maximum(np.searchsorted(base.onsets - half, times, side="right") - 1, 0)
    stops = np.append(base.starts[1:], base.n_samples)
    at = base.starts[run] + np.round((times - base.onsets[run]) * base.fs).astype(np.int64)
    there = (at >= base.starts[run]) & (at < stops[run])
    return np.where(there, at, NOWHERE).astype(np.int64)
