"""Where a muscle is active: onsets and ends of bursts of an electromyogram."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.emg.emg_envelope import HIGHPASS_HZ, MIN_FS, bandpass_of, moving_mean
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.samplewise import each_stretch
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, checked_pair, not_enough, runs_of
from vital_widgets.analysis.signal.filters.filter_signal import filtered_both_ways
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.filters.filter import Filter

    Samples = NDArray[np.float64]
    Means = tuple[NDArray[np.int64], Samples]

STEP_S = 0.005  # the amplitude is evaluated so often
# Of the recording that is taken for rest where none is named, and the length of its blocks.
QUIET_SHARE, QUIET_BLOCK_S = 0.1, 0.5
QUIET = (
    f"the quietest {100 * QUIET_SHARE:g} % of the signal (in blocks of {QUIET_BLOCK_S:g} s) are "
    "taken as rest; give baseline=(t0, t1) where the muscle is known to be at rest"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class MuscleActivity(
    Result,
    given=("onset", "end", "threshold"),
    columns={"onset": "onset", "end": "end", "duration": "duration", "amplitude": "amplitude"},
):
    """Bursts of muscle activity.

    Attributes
    ----------
    onset, end : ndarray of float64, shape (n,)
        Times in seconds.
    amplitude : ndarray of float64, shape (n,)
        Mean rectified amplitude of each burst, in the units of the signal.
    baseline, baseline_sd : float
        Mean rectified amplitude at rest and its standard deviation.
    threshold : float
        The amplitude above which the muscle counts as active.
    units : str
        Units of the amplitudes, '' if unknown.
    """

    onset: Samples
    end: Samples
    amplitude: Samples
    baseline: float
    baseline_sd: float
    threshold: float
    units: str = ""

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def duration(self) -> Samples:
        """Seconds from onset to end, shape (n,)."""
        return self.end - self.onset

    def annotations(self, text: str = "burst", channel: str = "") -> Annotations:
        """Return each burst as a stretch of time."""
        n = len(self)
        return Annotations(self.onset, [text] * n, self.duration, [channel] * n)

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("bursts", f"{len(self):,}"),
            ("active", quantity(float(np.sum(self.duration)), "s")),
            ("baseline (mean, SD)", f"{self.baseline:.4g}, {self.baseline_sd:.4g} {self.units}"),
            ("threshold", quantity(self.threshold, self.units)),
        ]


@analysis
def emg_onsets(
    x: SignalLike,
    fs: float | None = None,
    *,
    baseline: tuple[float, float] | None = None,
    n_sd: float = 3.0,
    window_s: float = 0.05,
    min_duration_s: float = 0.05,
    lowcut: float = HIGHPASS_HZ,
    highcut: float | None = None,
    usable: UsableLike = None,
) -> Plan[Means, MuscleActivity]:
    """Find onsets and ends of muscle activity by a threshold over the amplitude at rest.

    Parameters
    ----------
    x, fs, lowcut, highcut, usable
        As for `emg_envelope`.
    baseline : (float, float), optional
        Stretch ``(t0, t1)`` in seconds in which the muscle is at rest. By default the quietest
        tenth of the recording, in blocks of 0.5 s, which a note states.
    n_sd : float
        The threshold is the mean at rest plus so many standard deviations; 1, 2 and 3 are compared
        in [1]_, and 3 finds the fewest false bursts.
    window_s : float
        Length in seconds of the window in which the rectified signal is averaged.
    min_duration_s : float
        Seconds for which the amplitude must stay above the threshold, and for which it must stay
        below it to end a burst; by default as long as the window.

    Returns
    -------
    MuscleActivity
        Onset, end, duration and amplitude of each burst, to 5 ms. The result is the same, to
        rounding, however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 100 Hz, or ``baseline`` is not a stretch of time or holds no
        signal.

    Notes
    -----
    The signal is band-pass filtered (zero phase), rectified and averaged in a moving window every
    5 ms. An onset is the middle of the first window above the threshold; the window widens a burst
    by up to half of its length at either end.

    References
    ----------
    .. [1] Hodges PW, Bui BH. A comparison of computer-based methods for the determination of onset
       of muscle contraction using electromyography. Electroencephalography and Clinical
       Neurophysiology/Electromyography and Motor Control 1996;101(6):511-519.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import emg_onsets
    >>> t = np.arange(0, 6, 1 / 1000)
    >>> noise = np.random.default_rng(0).normal(size=len(t))
    >>> active = (t > 2) & (t < 3)
    >>> found = emg_onsets(noise * np.where(active, 1, 0.05), fs=1000, baseline=(0, 1))
    >>> found.onset.round(1), found.end.round(1)
    (array([2.]), array([3.]))
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why="EMG reaches from 20 Hz up")
    n_sd = checked_number(n_sd, "n_sd", 0, open_low=True)
    window = checked_number(window_s, "window_s", 0, 10, open_low=True, unit="s")
    shortest = checked_number(min_duration_s, "min_duration_s", 0, unit="s")
    rest = None
    if baseline is not None:
        rest = checked_pair(baseline, "baseline", "(t0, t1) in seconds with t0 < t1")
    band = bandpass_of(signal.fs, lowcut, highcut)
    half = max(round(window * signal.fs / 2), 1)
    reach = band.context + half
    step = max(round(STEP_S * signal.fs), 1)

    def join(partials: Sequence[Means], extent: Extent) -> MuscleActivity:
        at = np.concatenate([np.empty(0, np.int64), *(part[0] for part in partials)])
        level = np.concatenate([np.empty(0), *(part[1] for part in partials)])
        times, known = extent.times(at), np.isfinite(level)
        seconds = step / extent.fs
        if rest is None:
            quiet = _quietest(level[known], max(round(QUIET_BLOCK_S / seconds), 1))
        else:
            quiet = level[known & (times >= rest[0]) & (times < rest[1])]
            if known.any() and not len(quiet):
                raise InvalidInputError(
                    f"baseline={rest!r} s holds no signal; it lies from {times[known][0]:.6g} to "
                    f"{times[known][-1]:.6g} s"
                )
        mean, sd = (float(quiet.mean()), float(quiet.std())) if len(quiet) else (np.nan, np.nan)
        threshold = mean + n_sd * sd
        runs = _bursts(level > threshold, known, times, max(round(shortest / seconds), 1))
        why = () if rest else (QUIET,)
        return MuscleActivity(
            onset=times[runs[:, 0]],
            end=times[runs[:, 1] - 1] + seconds,
            amplitude=np.array([level[a:b].mean() for a, b in runs], np.float64),
            baseline=mean,
            baseline_sd=sd,
            threshold=threshold,
            units=signal.units[0],
            valid=extent.valid,
            notes=why if len(quiet) else (not_enough("no sample is a number"),),
        )

    work = functools.partial(_amplitudes, band=band, half=half, step=step)
    return Plan(work, join, before=reach, after=reach, grid=step, source=signal)


def _amplitudes(piece: Piece, band: Filter, half: int, step: int) -> Means:
    """Return the mean rectified amplitude at every ``step`` samples of the core."""

    def of_stretch(values: Samples) -> Samples:
        return moving_mean(np.abs(filtered_both_ways(values, band)), half)

    out = each_stretch(piece, of_stretch)
    return np.arange(piece.core_first, piece.core_first + len(out), step), out[::step]


def _quietest(level: Samples, block: int) -> Samples:
    """Return the amplitudes of the quietest tenth of blocks."""
    n = max(len(level) // block, 1)
    blocks = np.array_split(level, n)
    order = np.argsort([one.mean() if len(one) else np.inf for one in blocks], kind="stable")
    kept = order[: max(round(QUIET_SHARE * n), 1)]
    return np.concatenate([blocks[k] for k in kept])


def _bursts(
    above: NDArray[np.bool_], known: NDArray[np.bool_], times: Samples, shortest: int
) -> NDArray[np.int64]:
    """Return the runs above as rows ``(i0, i1)``, joined over short dips, without short runs."""
    apart = np.diff(times, prepend=times[:1])
    broken = apart > 1.5 * float(np.median(apart)) if len(apart) else np.empty(0, bool)
    runs: list[list[int]] = []
    for a, b in runs_of(above).tolist():
        end = runs[-1][1] if runs else a - shortest
        if a - end < shortest and known[end:a].all() and not broken[end : a + 1].any():
            runs[-1][1] = b
        else:
            runs.append([a, b])
    return np.array([run for run in runs if run[1] - run[0] >= shortest], np.int64).reshape(-1, 2)
