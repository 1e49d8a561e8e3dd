"""R peaks of an ECG, by any of the detectors, over any length."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import ECG, Beats, numbered_without
from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.beats.peak_choice import highest_of_each
from vital_widgets.analysis.ecg.detection import published_detectors as published
from vital_widgets.analysis.ecg.detection.ecg_stretch import EcgStretch
from vital_widgets.analysis.ecg.detection.qrs_artefacts import is_artefact
from vital_widgets.analysis.ecg.detection.qrs_noise import is_noise
from vital_widgets.analysis.ecg.detection.r_peak import r_peaks_at
from vital_widgets.analysis.ecg.detection.slope_detector import find_by_slope
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.seams import Core, kept_of
from vital_widgets.analysis.engine.source import SignalLike, Source, signal_of
from vital_widgets.analysis.engine.validity import bridged_stretches, checked_choice, not_enough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Rows = NDArray[np.float64]
    Found = list[tuple[Core, Rows]]  # of each block

DEFAULT = "slope"
PUBLISHED: dict[str, Callable[[NDArray[np.float64], float], NDArray[np.int64]]] = {
    "pan-tompkins": published.pan_tompkins,
    "two-averages": published.two_averages,
    "gqrs": published.gqrs,
    "xqrs": published.xqrs,
}
METHODS = (DEFAULT, *PUBLISHED)
COLUMNS = ("sample", "polarity", "amplitude", "prominence", "noise")
POLARITIES = ("auto", "up", "down")
MIN_FS = 80.0  # Hz
BLOCK, CONTEXT = 300.0, 15.0  # s: what a detector sees at once, and on either side of it
MIN_STRETCH = 1.5  # s of signal without a hole in which beats are searched
HOLE = 0.04  # s: a shorter hole is bridged by a straight line
BRIDGE = 0.1  # s: a hole too short to hide a beat; longer ones end a stretch
APART = 0.2  # s: two marks closer than this are one beat
REACH = 5.0  # s from the border of two blocks within which they are joined at a beat of both
MIN_BEATS = 2
PAUSE = 15.0  # s: if all marks are further apart than this, they are not beats
LIKE_NOISE = (
    "they occur at random or rarely and are no more prominent than noise or mains hum, or their "
    "shape is not that of a QRS complex: spikes, steps, bursts, a tone (loose electrode?)"
)


@analysis
def ecg_peaks(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = DEFAULT,
    polarity: str = "auto",
    usable: UsableLike = None,
) -> Plan[Found, Beats]:
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
    check_kind(x, "ecg", "ecg_peaks")
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why="a QRS complex lasts about 0.1 s")
    checked_choice(method, "method", METHODS)
    checked_choice(polarity, "polarity", POLARITIES)
    return peaks_plan(signal, method, polarity)


def peaks_plan(signal: Source, method: str = DEFAULT, polarity: str = "auto") -> Plan[Found, Beats]:
    """Return the plan of `ecg_peaks` over a checked signal."""
    context = round(CONTEXT * signal.fs)
    return Plan(
        functools.partial(_find, method=method, polarity=polarity),
        functools.partial(_join, method=method),
        before=context,
        after=context,
        grid=round(BLOCK * signal.fs),
        source=signal,
    )


def _find(piece: Piece, method: str, polarity: str) -> Found:
    """Return the core of each block, and the beats in it and up to `REACH` from it."""
    fs, context = piece.fs, round(CONTEXT * piece.fs)
    blocks: Found = []
    for first, stop, lo, hi in piece.blocks(round(BLOCK * fs), context, context):
        found = _find_in(piece.values[lo:hi], fs, method, polarity)
        found[:, 0] += lo + piece.first
        core = Core.of(piece, first, stop)
        blocks.append((core, found[core.near(found[:, 0], REACH * fs)]))
    return blocks


def _find_in(values: NDArray[np.float64], fs: float, method: str, polarity: str) -> Rows:
    """Return `COLUMNS` of the beats in each stretch of some samples without a hole."""
    found = [np.empty((0, len(COLUMNS)))]
    for a, part in bridged_stretches(values, HOLE * fs):
        if len(part) < MIN_STRETCH * fs or (method != DEFAULT and np.ptp(part) == 0):
            continue
        ecg = EcgStretch(part, fs)
        if method == DEFAULT:
            places, prominence = find_by_slope(ecg)
        else:
            places = PUBLISHED[method](part, fs)
            prominence = ecg.prominence(places)
        peaks, signs, heights = r_peaks_at(part, places, fs, polarity)
        one = highest_of_each(peaks, heights, round(APART * fs))
        peaks, prominence = peaks[one], prominence[one]
        noise = is_noise(ecg, peaks, prominence) | is_artefact(ecg, peaks, prominence)
        found.append(np.column_stack([peaks + a, signs[one], heights[one], prominence, noise]))
    return np.concatenate(found)


def _join(partials: Sequence[Found], extent: Extent, method: str) -> Beats:
    found = _joined_blocks([block for partial in partials for block in partial], extent.fs)
    # Beats on either side of a short gap between runs may be one.
    place = np.rint(extent.times(found[:, 0].astype(np.int64)) * extent.fs).astype(np.int64)
    found = found[highest_of_each(place, found[:, 2], round(APART * extent.fs))]
    noise = found[:, -1] > 0
    if len(noise) and not np.any(np.diff(found[~noise, 0]) < PAUSE * extent.fs):
        noise[:] = len(noise) >= MIN_BEATS  # no two of them within the longest pause: no rhythm
    stretch = numbered_without(noise, extent.stretch_of(found[:, 0].astype(np.int64), BRIDGE))
    sample, sign, height, prominence, _ = found[~noise].T
    samples, signs = sample.astype(np.int64), sign.astype(np.int8)
    notes = []
    gone = int(noise.sum())
    if len(samples) < MIN_BEATS:
        notes.append(not_enough(_why(extent, len(samples), gone)))
    elif gone:
        notes.append(
            f"{gone:,} peaks were rejected, because {LIKE_NOISE}; {len(samples):,} beats remain"
        )
    extra: dict[str, NDArray[Any]] = {"polarity": signs, "amplitude": height}
    if method == DEFAULT:
        extra["prominence"] = prominence
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


def _joined_blocks(blocks: Found, fs: float) -> Rows:
    """Return the beats of all blocks, each beat that two neighbours found once."""
    places = [rows[:, 0] for _, rows in blocks]
    spans = [float(round(APART * fs))] * len(blocks)
    kept = kept_of([core for core, _ in blocks], places, spans, REACH * fs)
    rows = [rows[some] for (_, rows), some in zip(blocks, kept, strict=True)]
    return np.concatenate([np.empty((0, len(COLUMNS))), *rows])


def _why(extent: Extent, n: int, gone: int) -> str:
    seconds = extent.valid.seconds
    if gone:
        return f"{gone:,} of {gone + n:,} peaks found are not beats: {LIKE_NOISE}"
    if seconds < MIN_STRETCH:
        return f"{seconds:.3g} s of signal; at least {MIN_STRETCH:g} s without a gap are needed"
    return f"{n} beats were found in {seconds:.3g} s of signal"
