"""Signal quality of a channel, window by window: one score with its reasons."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.beats.channel_kind import channel_kind
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain, Extent, Plan, joined
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, SignalsLike, signal_of
from vital_widgets.analysis.engine.stretches import POOR, USABLE, Stretches
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_number,
    checked_pair,
    not_enough,
)
from vital_widgets.analysis.quality.motion import Motion, motion_intensity
from vital_widgets.analysis.quality.quality_measures import BLOCK_WINDOWS, CONTEXT_S, measures_of
from vital_widgets.analysis.quality.score import CRITERIA, reasons_of, scores_of
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MotionLike: TypeAlias = "Motion | SignalsLike | None"
KINDS = tuple(CRITERIA)
MIN_RATE = {"ecg": 80.0, "ppg": 20.0, "respiration": 4.0, "eeg": 50.0, "other": 1.0}
WINDOW_S = {"ecg": 10.0, "ppg": 10.0, "respiration": 32.0, "eeg": 10.0, "other": 10.0}
MAINS_HZ = (50, 60)
MIN_SECONDS = 1.0  # of signal


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalQuality(Result, given=("times", "ends", "score", "usable_share", "threshold")):
    """Quality of a signal in windows; accepted wherever there is a parameter ``usable``.

    Attributes
    ----------
    kind : str
        Kind of signal: 'ecg', 'ppg', 'respiration', 'eeg' or 'other'.
    times, ends : ndarray, shape (n,)
        Start and end of each window in seconds.
    score : ndarray, shape (n,)
        0 (useless) to 1 (good).
    threshold : float
        Score from which a window is usable.
    measures : dict of str to ndarray, shape (n,)
        All measures; shares are 0 to 1.
    parts : dict of str to ndarray, shape (n,)
        Score of each criterion. The total is the smallest of those that can destroy a signal
        alone, multiplied by the others, which have a lower limit.
    reasons : list of str, length n
        Reasons for a low score of each window, the worst first.
    """

    kind: str
    times: NDArray[np.float64]
    ends: NDArray[np.float64]
    score: NDArray[np.float64]
    threshold: float
    measures: dict[str, NDArray[np.float64]]
    parts: dict[str, NDArray[np.float64]]
    reasons: list[str]

    @property
    def usable(self) -> Stretches:
        """Where the signal may be used: windows with at least the threshold's score."""
        good = self.score >= self.threshold
        return Stretches(self.times[good], self.ends[good])

    @property
    def usable_share(self) -> float:
        """Share of the time that is usable, 0 to 1."""
        seconds = float(np.sum(self.ends - self.times))
        return self.usable.seconds / seconds if seconds > 0 else 0.0

    def annotations(self, channel: str = "") -> Annotations:
        """Return the usable stretches, and each unusable window with its reasons."""
        good = self.usable
        bad = np.flatnonzero(self.score < self.threshold)
        return Annotations(
            np.concatenate([good.onset, self.times[bad]]),
            [USABLE] * len(good) + [f"{POOR}{self.reasons[k] or 'quality'}" for k in bad],
            np.concatenate([good.end - good.onset, (self.ends - self.times)[bad]]),
            [channel] * (len(good) + len(bad)),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per window: times (s), score, reasons, and every measure."""
        import pandas as pd

        head = {"time": self.times, "end": self.ends, "score": self.score}
        usable = {"usable": self.score >= self.threshold, "reasons": self.reasons}
        return pd.DataFrame({**head, **usable, **self.measures})

    def _facts(self) -> list[tuple[str, str]]:
        bad = [r.partition(",")[0] for r in self.reasons if r]
        words, counts = np.unique(bad, return_counts=True)
        common = f"{words[counts.argmax()]} ({counts.max()} windows)" if bad else "none"
        median = float(np.median(self.score)) if len(self.score) else float("nan")
        return [
            ("kind", self.kind),
            ("windows", f"{len(self.score):,}"),
            ("score", f"{quantity(median, '', 3)} (median)"),
            ("usable", f"{100 * self.usable_share:.1f} % (score from {self.threshold:g})"),
            ("most frequent reason", common),
        ]


@analysis
def signal_quality(
    x: SignalLike,
    fs: float | None = None,
    *,
    kind: str | None = None,
    window_s: float | None = None,
    threshold: float = 0.5,
    limits: tuple[float, float] | None = None,
    mains_hz: float = 50,
    motion: MotionLike = None,
    usable: UsableLike = None,
) -> Plan[Any, SignalQuality] | Chain[SignalQuality]:
    """Rate the quality of a signal window by window, with a score from 0 to 1 and its reasons.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        The signal in any unit; NaN marks missing samples.
    fs : float, optional
        Sampling rate in Hz; required for an array, and the channel's own for a channel.
    kind : {'ecg', 'ppg', 'respiration', 'eeg', 'other'}, optional
        What the signal should be; required for an array. For a channel it follows from the name
        and units by default, and a note says so.
    window_s : float, optional
        Length of a window in seconds; by default 10, for respiration 32, which contains several
        breaths. Windows lie on a grid fixed to the start of each run.
    threshold : float
        Score from which a window counts as usable; 0.5 is half way between bad and good.
    limits : (float, float), optional
        Smallest and largest value of the converter, in the units of the samples, for saturation.
    mains_hz : {50, 60}
        Frequency of the power line in Hz.
    motion : Motion, or as ``x`` of `motion_intensity`, optional
        Motion, or the three channels, of an accelerometer worn with the sensor.
    usable : UsableLike, optional
        Where the signal is rated, everywhere by default. The rest counts as missing, and a window
        of which enough is left can be usable.

    Returns
    -------
    SignalQuality
        Exactly the same however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is too low for the kind of signal, the kind is unknown, or an argument is
        out of range.

    Notes
    -----
    The measures are the shares of a window that are missing, flat (equal samples for 0.2 s),
    clipped (three successive samples at an extreme of the window) or saturated; the share of power
    at the mains frequency; of ECG the share of 5-15 Hz in 5-40 Hz (pSQI) and of the baseline below
    1 Hz [1]_; of PPG that of 0.5-4 Hz; of respiration that around the spectral peak [2]_; the
    correlation of the beats with the template of their shape [3]_; bSQI [4]_, the agreement of two
    detectors, where the shape decides about beats that only one found; standard deviation,
    skewness [5]_ and kurtosis, which are not part of the score because they depend on the lead and
    the rhythm.

    Beats are compared with all shapes that recur within 30 windows, whatever their amplitude:
    ectopic beats have a template of their own. A beat that is premature by its rhythm (early, with
    a compensatory pause, between two good beats) does not count.

    Each measure becomes a score by a linear ramp, for bSQI up to the 0.9 of [6]_. The smallest of
    those that can destroy a signal alone, the template's among them, is multiplied by those that
    only impair it.

    References
    ----------
    .. [1] Clifford GD, Behar J, Li Q, Rezek I. Signal quality indices and data fusion for
       determining clinical acceptability of electrocardiograms. Physiological Measurement
       2012;33(9):1419-1433. doi:10.1088/0967-3334/33/9/1419
    .. [2] Birrenkott DA, Pimentel MAF, Watkinson PJ, Clifton DA. A robust fusion model for
       estimating respiratory rate from photoplethysmography and electrocardiography. IEEE
       Transactions on Biomedical Engineering 2018;65(9):2033-2041. doi:10.1109/TBME.2017.2778265
    .. [3] Orphanidou C, Bonnici T, Charlton P, et al. Signal-quality indices for the
       electrocardiogram and photoplethysmogram: derivation and applications to wireless monitoring.
       IEEE Journal of Biomedical and Health Informatics 2015;19(3):832-838.
       doi:10.1109/JBHI.2014.2338351
    .. [4] Li Q, Mark RG, Clifford GD. Robust heart rate estimation from multiple asynchronous noisy
       sources using signal quality indices and a Kalman filter. Physiological Measurement
       2008;29(1):15-32. doi:10.1088/0967-3334/29/1/002
    .. [5] Elgendi M. Optimal signal quality index for photoplethysmogram signals. Bioengineering
       2016;3(4):21. doi:10.3390/bioengineering3040021
    .. [6] Behar J, Oster J, Li Q, Clifford GD. ECG signal quality during arrhythmia and its
       application to false alarm reduction. IEEE Transactions on Biomedical Engineering
       2013;60(6):1660-1666. doi:10.1109/TBME.2013.2240452

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import signal_quality
    >>> quality = signal_quality(vw.sample(60)["ECG"])
    >>> quality.kind, quality.usable_share
    ('ecg', 1.0)
    """
    guessed = channel_kind(x) if kind is None and isinstance(x, Channel) else ""
    if kind is None and guessed not in KINDS:
        raise InvalidInputError(
            f"kind is missing: what the signal is does not follow from a name; give one of "
            f"{', '.join(map(repr, KINDS))}"
        )
    kind = checked_choice(kind or guessed, "kind", KINDS)
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE[kind], why=f"to rate it as {kind!r}")
    window = checked_number(WINDOW_S[kind] if window_s is None else window_s, "window_s", 1, 600,
                            unit="s")  # fmt: skip
    threshold = checked_number(threshold, "threshold", 0, 1)
    if mains_hz not in MAINS_HZ:
        raise InvalidInputError(f"mains_hz={mains_hz!r} is not accepted; give 50 or 60 Hz")
    if limits is not None:
        converter = "the smallest and largest value of the converter in the units of the samples"
        limits = checked_pair(limits, "limits", converter)
    n = max(round(window * signal.fs), 2)
    note = f"rated as {kind!r} because of the name of the channel {signal.name!r}"
    guess = (note,) if guessed else ()
    work = functools.partial(measures_of, kind=kind, n=n, limits=limits, mains_hz=float(mains_hz))

    def plan(motion: Motion | None) -> Plan[Any, SignalQuality]:
        join = functools.partial(_join, kind=kind, threshold=threshold, notes=guess, motion=motion)
        context, grid = round(CONTEXT_S * signal.fs), n * BLOCK_WINDOWS
        return Plan(work, join, before=context, after=context, grid=grid, source=signal)

    if motion is None or isinstance(motion, Motion):
        return plan(motion)
    return Chain((motion_intensity.plan(motion),), plan)


def _join(
    partials: Sequence[dict[str, NDArray[np.float64]]],
    extent: Extent,
    kind: str,
    threshold: float,
    notes: tuple[str, ...],
    motion: Motion | None,
) -> SignalQuality:
    if not partials:
        nothing = np.empty(0)
        return SignalQuality(
            kind=kind, times=nothing, ends=nothing, score=nothing, threshold=threshold,
            measures={}, parts={}, reasons=[], notes=(not_enough("there are no samples"), *notes),
        )  # fmt: skip
    measures = joined(partials)
    first, stop = (measures.pop(key).astype(np.int64) for key in ("first", "stop"))
    times, ends = extent.times(first), extent.times(stop - 1) + 1 / extent.fs
    if motion is not None:
        measures["motion"] = motion.during(times, ends)
    score, parts = scores_of(kind, measures)
    reasons = reasons_of(kind, parts, score)
    seconds = extent.valid.seconds
    if seconds < MIN_SECONDS:
        few = not_enough(f"{seconds:.3g} s of usable samples; {MIN_SECONDS:g} s are needed")
        notes, score = (few, *notes), np.zeros_like(score)
    return SignalQuality(
        kind=kind,
        times=times,
        ends=ends,
        score=score,
        threshold=threshold,
        measures=measures,
        parts=parts,
        reasons=reasons,
        valid=extent.valid,
        notes=notes,
    )
