"""Signal quality of a channel, window by window: one score with its reasons."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import POOR, USABLE, Stretches, only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.quality.motion import Motion
from vital_widgets.analysis.quality.quality_windows import (
    BLOCK_WINDOWS,
    context_samples,
    figures_of,
)
from vital_widgets.analysis.quality.score import CRITERIA, reasons_of, scores_of
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

KINDS = tuple(CRITERIA)
LOWEST_RATE = {"ecg": 80.0, "ppg": 20.0, "respiration": 4.0, "eeg": 50.0, "other": 1.0}
WINDOW_SECONDS = {"ecg": 10.0, "ppg": 10.0, "respiration": 32.0, "eeg": 10.0, "other": 10.0}
MAINS_HZ = (50, 60)
LEAST_SECONDS = 1.0  # of signal, to say anything of it
NOT_MEASURES = ("first", "stop")


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalQuality(Result, given=("times", "ends", "score", "usable_share", "threshold")):
    """Quality of a signal in windows; usable as a mask wherever ``usable=`` is taken.

    Attributes
    ----------
    kind : str
        What was judged: 'ecg', 'ppg', 'respiration', 'eeg' or 'other'.
    times, ends : ndarray, shape (n,)
        Begin and end of each window in seconds.
    score : ndarray, shape (n,)
        0 (useless) to 1 (good).
    threshold : float
        Score from which on a window is usable.
    measures : dict of str to ndarray, shape (n,)
        What was measured; shares are 0 to 1.
    parts : dict of str to ndarray, shape (n,)
        Score of each criterion. The score is the smallest of those that can destroy a signal
        alone, multiplied by the others, which have a floor.
    reasons : list of str, length n
        What each window suffers from, the worst first.
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
        """Return a row for each window: times (s), score, reasons, and every figure."""
        import pandas as pd

        return pd.DataFrame(
            {
                "time": self.times,
                "end": self.ends,
                "score": self.score,
                "usable": self.score >= self.threshold,
                "reasons": self.reasons,
                **self.measures,
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the median score, the usable share and the commonest reason."""
        bad = [r.partition(",")[0] for r in self.reasons if r]
        words, counts = np.unique(bad, return_counts=True)
        common = f"{words[counts.argmax()]} ({counts.max()} windows)" if bad else "none"
        median = float(np.median(self.score)) if len(self.score) else float("nan")
        return [
            ("judged as", self.kind),
            ("windows", f"{len(self.score):,}"),
            ("score", f"{quantity(median, '', 3)} (median)"),
            ("usable", f"{100 * self.usable_share:.1f} % (score from {self.threshold:g})"),
            ("commonest complaint", common),
        ]


def _plan(
    fs: float,
    *,
    kind: str,
    window: float | None = None,
    threshold: float = 0.5,
    limits: tuple[float, float] | None = None,
    mains: float = 50,
    motion: Motion | None = None,
) -> Plan[Any, SignalQuality]:
    kind = checked_choice(kind, "kind", KINDS)
    rate = checked_fs(fs, LOWEST_RATE[kind], f"to judge a signal as {kind!r}")
    seconds = WINDOW_SECONDS[kind] if window is None else window
    seconds = checked_number(seconds, "window", 1, 600, unit="s")
    threshold = checked_number(threshold, "threshold", 0, 1)
    if mains not in MAINS_HZ:
        raise InvalidInputError(f"mains={mains!r} is not the frequency of a power line: 50 or 60")
    if motion is not None and not isinstance(motion, Motion):
        raise InvalidInputError(
            f"motion={type(motion).__name__} is no motion; give the result of motion_intensity"
        )
    n = max(round(seconds * rate), 2)
    work = functools.partial(
        figures_of, kind=kind, n=n, limits=_checked_limits(limits), mains=float(mains)
    )
    return Plan(
        work,
        functools.partial(_join, kind=kind, threshold=threshold, motion=motion),
        before=context_samples(rate),
        after=context_samples(rate),
        grid=n * BLOCK_WINDOWS,
    )


@chunked(_plan)
@with_recipe("values", "usable", "motion")
def signal_quality(
    values: Any,
    fs: float,
    *,
    kind: str,
    window: float | None = None,
    threshold: float = 0.5,
    limits: tuple[float, float] | None = None,
    mains: float = 50,
    motion: Motion | None = None,
    usable: Any = None,
) -> SignalQuality:
    """Judge a signal window by window, with one score from 0 to 1 and its reasons.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples, NaN where there are none.
    fs : float
        Sampling rate in Hz.
    kind : {'ecg', 'ppg', 'respiration', 'eeg', 'other'}
        What the signal should be.
    window : float, optional
        Seconds of a window: 10, for respiration 32. Windows lie on a grid fixed to the start of
        each run.
    threshold : float
        Score from which on a window counts as usable.
    limits : (float, float), optional
        Smallest and largest value of the converter, in the units of the samples, for saturation.
    mains : {50, 60}
        Frequency of the power line in Hz.
    motion : Motion, optional
        Result of `motion_intensity` of an accelerometer worn with the sensor.
    usable : optional
        Stretches to look at; everywhere by default. The rest counts as missing, and a window of
        which enough is left can be usable: give the stretches again where they must hold.

    Returns
    -------
    SignalQuality
        The same whatever the chunk length, exactly.

    Notes
    -----
    Measured are the shares of a window that are missing, flat (equal samples for 0.2 s and more),
    clipped (three and more equal samples at the window's extremes) or saturated; the share of the
    power at the mains frequency; for ECG the share of 5-15 Hz in 5-40 Hz (pSQI) and of the
    baseline below 1 Hz; for PPG that of 0.5-4 Hz; for respiration that around the spectral peak;
    the correlation of the beats with the template of their shape; bSQI, the agreement of two
    detectors, where the shape decides about beats that only one of them found; standard deviation,
    skewness (a good PPG is skewed, Elgendi 2016) and kurtosis, which are told but do not enter the
    score, since they depend on the lead and on the rhythm.

    Beats are compared with all shapes that recur within the block of 30 windows, whatever their
    size: ectopic beats have a template of their own, faint beats that of the others, and a beat
    that its rhythm shows to be premature (early, with a pause that makes up for it, between two
    good beats) does not count.

    Each figure becomes a score by a linear ramp (`quality.score.CRITERIA`). The smallest of those
    that can destroy a signal alone, the template's among them, is multiplied by those that only
    make it worse: the score is led by how the beats look.

    References
    ----------
    Clifford GD, Behar J, Li Q, Rezek I. Signal quality indices and data fusion for determining
    clinical acceptability of electrocardiograms. Physiol Meas 2012;33:1419-1433.
    Li Q, Mark RG, Clifford GD. Physiol Meas 2008;29:15-32.
    Orphanidou C, et al. IEEE J Biomed Health Inform 2015;19:832-838.
    Elgendi M. Optimal signal quality index for photoplethysmogram signals. Bioengineering
    2016;3:21.
    Birrenkott DA, et al. A robust fusion model for estimating respiratory rate from
    photoplethysmography and electrocardiography. IEEE Trans Biomed Eng 2018;65:2033-2041.
    """
    plan = _plan(
        fs, kind=kind, window=window, threshold=threshold, limits=limits, mains=mains, motion=motion
    )
    rate = checked_fs(fs)
    return run_on_array(plan, only_usable(checked_signal(values), usable, rate), rate)


def _join(
    partials: Sequence[dict[str, NDArray[np.float64]]],
    extent: Extent,
    kind: str,
    threshold: float,
    motion: Motion | None,
) -> SignalQuality:
    partials = [partial for partial in partials if len(partial["first"])]
    if not partials:
        empty = np.empty(0)
        return SignalQuality(
            kind=kind, times=empty, ends=empty, score=empty, threshold=threshold, measures={},
            parts={}, reasons=[], notes=(not_enough("there are no samples"),),
        )  # fmt: skip
    figures = {key: np.concatenate([p[key] for p in partials]) for key in partials[0]}
    first, stop = figures["first"].astype(np.int64), figures["stop"].astype(np.int64)
    times, ends = extent.times(first), extent.times(stop - 1) + 1 / extent.fs
    measures = {key: value for key, value in figures.items() if key not in NOT_MEASURES}
    if motion is not None:
        measures["motion"] = motion.during(times, ends)
    score, parts = scores_of(kind, measures)
    notes = _notes(extent.valid.seconds)
    return SignalQuality(
        kind=kind,
        times=times,
        ends=ends,
        score=np.zeros_like(score) if notes else score,
        threshold=threshold,
        measures=measures,
        parts=parts,
        reasons=reasons_of(kind, parts, score),
        valid=extent.valid,
        notes=notes,
    )


def _notes(seconds: float) -> tuple[str, ...]:
    if seconds >= LEAST_SECONDS:
        return ()
    return (not_enough(f"{seconds:.3g} s of samples that may be used, {LEAST_SECONDS:g} s needed"),)


def _checked_limits(limits: Any) -> tuple[float, float] | None:
    if limits is None:
        return None
    try:
        low, high = (float(value) for value in limits)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not low < high:
        raise InvalidInputError(
            f"limits={limits!r} are not the smallest and largest value of a converter: give "
            "(low, high) in the units of the samples"
        )
    return low, high
