"""R peaks of an ECG, by any of the detectors, over any length."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import ECG, Beats, numbered_without
from vital_widgets.analysis.ecg.detection import published_detectors as published
from vital_widgets.analysis.ecg.detection.qrs_artefacts import no_qrs_among
from vital_widgets.analysis.ecg.detection.qrs_noise import noise_among, prominence_at
from vital_widgets.analysis.ecg.detection.r_peak import r_peaks_at
from vital_widgets.analysis.ecg.detection.slope_detector import find_by_slope
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import bridged_stretches, checked_choice, not_enough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Found = tuple[NDArray[np.int64], NDArray[np.float64]]

DEFAULT = "slope"
METHODS: dict[str, Callable[[NDArray[np.float64], float], Any]] = {
    DEFAULT: find_by_slope,
    "pan-tompkins": published.pan_tompkins,
    "two-averages": published.two_averages,
    "gqrs": published.gqrs,
    "xqrs": published.xqrs,
}
POLARITIES = ("auto", "up", "down")
LOWEST_RATE = 80.0  # Hz
BLOCK, CONTEXT = 300.0, 15.0  # s: what a detector sees at once, and on either side of it
SHORTEST = 1.5  # s of signal without a hole in which beats are looked for
HOLE = 0.04  # s: a shorter hole is bridged by a straight line
BRIDGE = 0.1  # s: a hole too short to hide a beat; longer ones end a stretch
APART = 0.2  # s: two marks closer than this are one beat, for no ventricle beats again earlier
FEW = 2
PAUSE = 15.0  # s: marks further apart than this, all of them, are no beats
LIKE_NOISE = (
    "they come at random, or hardly ever, and stand out no more than noise or mains hum does, or "
    "they have the shape of no QRS complex: spikes, steps, bursts, a tone (a loose electrode?)"
)


@analysis
def ecg_peaks(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = DEFAULT,
    polarity: str = "auto",
    usable: UsableLike = None,
) -> Plan[dict[str, NDArray[Any]], Beats]:
    """Find the R peaks of an ECG.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        One ECG lead in any unit, with any offset and of either polarity; NaN marks missing
        samples.
    fs : float, optional
        Sampling rate in Hz, at least 80; required for an array, and the channel's own for a
        channel.
    method : {'slope', 'pan-tompkins', 'two-averages', 'gqrs', 'xqrs'}
        Detector: 'slope' is the package's own and the most accurate on annotated records (see
        the page on accuracy), 'pan-tompkins' is [1]_, 'two-averages' is [2]_, and 'gqrs' and
        'xqrs' are those of the wfdb package.
    polarity : {'auto', 'up', 'down'}
        Deflection of the QRS complex that is marked. 'auto' takes the larger one of the
        surrounding beats, so that the mark does not alternate between R and S. A beat of unusual
        shape or size (such as a ventricular one) whose other deflection is larger is marked
        there.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    Beats
        ``samples`` are the extrema of the ECG itself. ``extra`` has for each beat its 'polarity',
        its 'amplitude' (above the trend, in the units of the signal) and, for 'slope', its
        'prominence' over the level between beats (below about 3, a peak may be noise). The result
        is exactly the same however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 80 Hz, or an argument is not one of those listed.

    Notes
    -----
    Each detector analyses blocks of 300 s, fixed to the start of a run of samples, with 15 s of
    context on either side. Beats are searched in stretches of at least 1.5 s; gaps of up to 40 ms
    are bridged by a straight line. `Beats.stretch` changes at gaps longer than 0.1 s.

    Peaks are rejected, whichever detector found them, if they occur at random and are no more
    prominent than the highest peaks of noise or mains hum, or if their shape is not that of a QRS
    complex (narrow spikes, steps, muscle bursts, intermittent hum, a sine wave, shapes that do
    not recur). Each is judged among about 30 surrounding peaks. `Beats.stretch` changes there, and
    a note states how many were rejected.

    References
    ----------
    .. [1] Pan J, Tompkins WJ. A real-time QRS detection algorithm. IEEE Transactions on Biomedical
       Engineering 1985;BME-32(3):230-236. doi:10.1109/TBME.1985.325532
    .. [2] Elgendi M, Jonkman M, De Boer F. Frequency bands effects on QRS detection. Proceedings of
       BIOSIGNALS 2010;428-431. doi:10.5220/0002742704280431

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ecg_peaks
    >>> beats = ecg_peaks(vw.sample(60)["ECG"])
    >>> beats.source, len(beats) > 50
    ('ecg', True)
    """
    signal = signal_of(x, fs, usable, min_fs=LOWEST_RATE, why="a QRS complex lasts about 0.1 s")
    checked_choice(method, "method", tuple(METHODS))
    checked_choice(polarity, "polarity", POLARITIES)
    context = round(CONTEXT * signal.fs)
    return Plan(
        functools.partial(_find, method=method, polarity=polarity),
        functools.partial(_join, method=method),
        before=context,
        after=context,
        grid=round(BLOCK * signal.fs),
        source=signal,
    )


def _find(piece: Piece, method: str, polarity: str) -> dict[str, NDArray[Any]]:
    """Return the beats of the core, found block by block."""
    block, context = round(BLOCK * piece.fs), round(CONTEXT * piece.fs)

    def beats_from(first: int) -> dict[str, NDArray[Any]]:
        stop = min(first + block, int(piece.core.stop))
        lo, hi = max(first - context, 0), min(stop + context, len(piece.values))
        found = _find_in(piece.values[lo:hi], piece.fs, method, polarity)
        at = found["sample"] + lo
        inside = (at >= first) & (at < stop)
        found["sample"] = at + piece.first
        return {key: column[inside] for key, column in found.items()}

    starts = range(int(piece.core.start), int(piece.core.stop), block)
    parts = [beats_from(first) for first in starts]
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _find_in(
    values: NDArray[np.float64], fs: float, method: str, polarity: str
) -> dict[str, NDArray[Any]]:
    """Return the beats of some samples, in each stretch of them without a hole."""
    columns: dict[str, list[NDArray[Any]]] = {
        "sample": [], "polarity": [], "amplitude": [], "prominence": [], "noise": []
    }  # fmt: skip
    for a, part in bridged_stretches(values, HOLE * fs):
        if len(part) < SHORTEST * fs or np.ptp(part) == 0:
            continue
        told = METHODS[method](part, fs)
        places, prominence = (
            told if isinstance(told, tuple) else (told, prominence_at(part, fs, told))
        )
        peaks, signs, heights = r_peaks_at(part, places, fs, polarity)
        one = _one_each(peaks, heights, round(APART * fs))
        columns["sample"].append(peaks[one] + a)
        columns["polarity"].append(signs[one])
        columns["amplitude"].append(heights[one])
        columns["prominence"].append(prominence[one])
        noise = noise_among(part, fs, peaks[one], prominence[one])
        columns["noise"].append(noise | no_qrs_among(part, fs, peaks[one], prominence[one]))
    empty = np.empty(0)
    joined = {key: np.concatenate(c) if c else empty for key, c in columns.items()}
    joined["sample"] = joined["sample"].astype(np.int64)
    joined["noise"] = joined["noise"].astype(bool)
    return joined


def _one_each(
    peaks: NDArray[np.int64], heights: NDArray[np.float64], apart: int
) -> NDArray[np.int64]:
    """Return the marks to keep, in order: of marks of one beat the highest."""
    order = np.argsort(peaks, kind="stable")
    close = np.diff(peaks[order]) < apart
    if not close.any():
        return order
    kept: list[int] = []
    for i in order.tolist():
        if kept and peaks[i] - peaks[kept[-1]] < apart:
            if heights[i] > heights[kept[-1]]:
                kept[-1] = i
        else:
            kept.append(i)
    return np.array(kept, np.int64)


def _join(partials: Sequence[dict[str, NDArray[Any]]], extent: Extent, method: str) -> Beats:
    names = ("sample", "polarity", "amplitude", "prominence", "noise")
    found = {name: np.concatenate([p[name] for p in partials]) if partials else np.empty(0)
             for name in names}  # fmt: skip
    noise = found["noise"].astype(bool)
    if len(noise) and not np.any(np.diff(found["sample"][~noise]) < PAUSE * extent.fs):
        noise[:] = len(noise) >= FEW  # no two within the longest pause: no rhythm
    stretch = extent.stretch_of(found["sample"].astype(np.int64), BRIDGE)
    stretch = numbered_without(noise, stretch)
    found = {name: column[~noise] for name, column in found.items()}
    samples = found["sample"].astype(np.int64)
    signs = found["polarity"].astype(np.int8)
    notes = []
    gone = int(noise.sum())
    if len(samples) < FEW:
        notes.append(not_enough(_why(extent, len(samples), gone)))
    elif gone:
        notes.append(
            f"{gone:,} peaks were left out, because {LIKE_NOISE}; {len(samples):,} beats are left"
        )
    extra: dict[str, NDArray[Any]] = {"polarity": signs, "amplitude": found["amplitude"]}
    if method == DEFAULT:
        extra["prominence"] = found["prominence"]
    return Beats(
        times=extent.times(samples),
        samples=samples,
        fs=extent.fs,
        stretch=stretch,
        source=ECG,
        method=method,
        polarity=-1 if len(signs) and float(np.mean(signs)) < 0 else 1,
        extra=extra,
        valid=extent.valid,
        notes=tuple(notes),
    )


def _why(extent: Extent, n: int, gone: int) -> str:
    seconds = extent.valid.seconds
    if gone:
        return f"of the {gone + n:,} peaks found, {gone:,} are no beats: {LIKE_NOISE}"
    if seconds < SHORTEST:
        return f"{seconds:.3g} s of signal, at least {SHORTEST:g} s without a hole are needed"
    return f"{n} beats were found in {seconds:.3g} s of signal"
