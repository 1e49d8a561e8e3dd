"""Respiration rate of a respiration channel in windows."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_number,
    checked_pair,
    not_enough,
)
from vital_widgets.analysis.respiration.condition import (
    BREATH_HZ,
    MIN_RATE,
    WHY,
    bin_samples,
    binned,
    is_flat,
)
from vital_widgets.analysis.respiration.rate_estimators import ESTIMATORS, estimates_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Signal = NDArray[np.float64]
    Part = tuple[NDArray[np.int64], Signal, Signal]

MIN_WINDOW, MAX_WINDOW = 10.0, 600.0  # s
MIN_VALID = 0.9  # of a window
BAND = (4.0, 60.0)  # breaths/min
CYCLES = 2.0  # of the slowest breath that a window must hold
AT_ONCE = 1 << 16  # values of the windows analysed together, which stay in the processor's cache
METHODS = ("median", *ESTIMATORS)
COARSEST, FINEST = 8.0, 32.0  # Hz, at least and at most, of the windows
MIN_QUALITY = 0.5  # of white noise, 95 % of the windows have less than 0.45


@dataclass(frozen=True, kw_only=True, eq=False)
class RespirationRate(Result, given=("times", "quality", "window_s", "step_s")):
    """Respiration rate in windows.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Middle of each window in s.
    rate : ndarray of float64, shape (n,)
        Breaths/min by ``method``; NaN where breathing is not regular.
    names : tuple of str
        The estimators.
    estimates : ndarray of float64, shape (n, len(names))
        Breaths/min by each of them; NaN where one finds none.
    median : ndarray of float64, shape (n,)
        Median of the estimates.
    spread : ndarray of float64, shape (n,)
        Their standard deviation (ddof 1), breaths/min.
    quality : ndarray of float64, shape (n,)
        Height of the autocorrelation at one breath, 0 to 1: how regular the breathing is.
    method : str
        The estimate that ``rate`` is.
    window_s, step_s : float
        Length and distance of the windows in s.
    """

    times: NDArray[np.float64]
    rate: NDArray[np.float64]
    names: tuple[str, ...]
    estimates: NDArray[np.float64]
    median: NDArray[np.float64]
    spread: NDArray[np.float64]
    quality: NDArray[np.float64]
    method: str
    window_s: float
    step_s: float

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per window: rate, estimates, median, spread (breaths/min), quality."""
        import pandas as pd

        columns = {"rate": self.rate}
        columns |= {name: self.estimates[:, k] for k, name in enumerate(self.names)}
        columns |= {"median": self.median, "spread": self.spread, "quality": self.quality}
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time_s"))

    def _facts(self) -> list[tuple[str, str]]:
        known = int(np.isfinite(self.rate).sum())
        return [
            ("windows", f"{len(self):,} of {self.window_s:g} s, {known:,} with a rate"),
            ("rate by", self.method),
            *rate_facts(self.rate, self.spread),
        ]


def rate_facts(rate: Signal, spread: Signal) -> list[tuple[str, str]]:
    """Return the median rate, and the median spread of the windows that have a rate."""
    return [
        ("rate, median", quantity(median_of(rate), "breaths/min")),
        (
            "spread of estimates, median",
            quantity(median_of(spread[np.isfinite(rate)]), "breaths/min", 3),
        ),
    ]


def checked_window(window_s: float, step_s: float) -> tuple[float, float]:
    """Return the length and the distance of windows in seconds."""
    length = checked_number(window_s, "window_s", MIN_WINDOW, MAX_WINDOW, unit="s")
    return length, checked_number(step_s, "step_s", 0.25, MAX_WINDOW, unit="s")


def checked_band(band: tuple[float, float], window: float) -> tuple[float, float]:
    """Return the slowest and the fastest breathing in Hz."""
    expected = f"(low, high) in breaths/min with 0 < low < high <= 120, such as {BAND}"
    low, high = checked_pair(band, "band", expected)
    if low <= 0 or high > 120:  # noqa: PLR2004 - nobody breathes faster
        raise InvalidInputError(f"band={band!r} is not accepted; give {expected}")
    low = max(low, 60 * CYCLES / window)
    if low >= high:
        raise InvalidInputError(
            f"a window of {window:g} s holds {CYCLES:g} breaths only from {low:.3g} breaths/min "
            f"up, and band={band!r} ends below; use a longer window"
        )
    return low / 60, high / 60


def window_rates(
    x: Signal, rate: float, starts: NDArray[np.int64], n: int, low: float, high: Signal,
    *, reject_flat: bool = False,
) -> tuple[Signal, Signal]:  # fmt: skip
    """Return estimates (windows, 4) and quality of the windows of ``n`` values that begin there.

    Windows with a tenth or more missing get NaN; shorter holes are bridged by straight lines.
    With ``reject_flat``, windows with the spectrum of white noise have no estimates.
    """
    estimates = np.full((len(starts), len(ESTIMATORS)), np.nan)
    quality = np.full(len(starts), np.nan)
    views = np.lib.stride_tricks.sliding_window_view(x, n) if len(starts) else x
    size = max(AT_ONCE // n, 1)
    for k in range(0, len(starts), size):
        rows = views[starts[k : k + size]]
        at = np.arange(k, k + len(rows))
        flat: NDArray[np.bool_] = np.zeros(len(rows), bool)
        missing = np.isnan(rows)
        holes = np.asarray(missing.any(axis=1))
        if holes.any():
            good = missing.mean(axis=1) < 1 - MIN_VALID
            for i in np.flatnonzero(good & holes).tolist():
                known = np.flatnonzero(~missing[i])
                flat[i] = reject_flat and is_flat(rows[i, known][None], rate)[0]
                rows[i] = np.interp(np.arange(n), known, rows[i, known])
            rows, at, flat, holes = rows[good], at[good], flat[good], holes[good]
        if reject_flat:
            flat[~holes] = is_flat(rows[~holes], rate)
        estimates[at], quality[at] = estimates_of(rows, rate, low, high[at])
        estimates[at[flat]] = np.nan
    return estimates, quality


def middle_and_spread(estimates: Signal) -> tuple[Signal, Signal]:
    """Return the median of each row and its standard deviation, of what is there."""
    known = np.isfinite(estimates)
    count = known.sum(axis=1)
    ordered = np.sort(estimates, axis=1)  # NaN go last
    i = np.arange(len(estimates))
    lower = ordered[i, np.maximum((count - 1) // 2, 0)]
    upper = ordered[i, np.minimum(count // 2, estimates.shape[1] - 1)]
    median = np.where(count > 0, 0.5 * (lower + upper), np.nan)
    mean = np.where(known, estimates, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(known, (estimates - mean[:, None]) ** 2, 0.0).sum(axis=1)
    spread = np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)
    return median, spread


@analysis
def respiration_rate(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = METHODS[0],
    window_s: float = 32.0,
    step_s: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = MIN_QUALITY,
    usable: UsableLike = None,
) -> Plan[Part, RespirationRate]:
    """Estimate the respiration rate in windows by four estimators, and how far they agree.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        A respiration signal in any unit and of either polarity; NaN marks missing samples.
    fs, usable
        As for `breaths`.
    method : {'median', 'autocorrelation', 'spectrum', 'counting', 'autoregressive'}
        The estimate that is ``rate``. All are computed: 'autocorrelation' from the first high
        peak of the unbiased autocorrelation; 'spectrum' from the highest peak of the periodogram
        with a Hann taper; 'counting' from complete breaths between turning points, of which pairs
        that differ by less than 0.3 of the third quartile are removed [1]_; 'autoregressive' from
        the highest peak of Burg's spectrum of order 10 at 4 Hz, with a Hamming taper [2]_;
        'median' of the four, the default, tolerates one that fails. See [3]_ for a comparison.
    window_s, step_s : float
        Length (10 to 600) and distance of the windows in s; the defaults are common in studies of
        respiration rate. They are exact wherever a bin of 1/32 to 1/8 s divides both; the result
        states the exact values.
    band : (float, float)
        Lowest and highest rate that is searched, in breaths/min. The lowest is raised so that the
        window holds two breaths.
    min_quality : float
        Height of the autocorrelation at one breath (0 to 1) below which ``rate`` is NaN; 95 % of
        windows of white noise have less than 0.45.

    Returns
    -------
    RespirationRate
        Estimates, median, spread and quality of each window.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 4 Hz, or an argument is out of range.

    Notes
    -----
    A window with a spectrum as flat as that of white noise has no estimates: the density in the
    densest 0.2 Hz from 0.05 to 1.2 Hz is less than 5 times that above 1.5 Hz in a window of a
    minute, or 7 times in 32 s. Windows lie on a grid that is fixed to the start of a run of
    samples, so the result is the same however the recording is cut into pieces, to 1e-9. A window
    with a tenth or more missing has no rate; windows that extend beyond the end of a run are
    omitted.

    References
    ----------
    .. [1] Schäfer A, Kratky KW. Estimation of breathing rate from respiratory sinus arrhythmia:
       comparison of various methods. Annals of Biomedical Engineering 2008;36(3):476-485.
       doi:10.1007/s10439-007-9428-1
    .. [2] Swingler DN. Frequency errors in MEM processing. IEEE Transactions on Acoustics, Speech,
       and Signal Processing 1980;28(2):257-259.
    .. [3] Charlton PH, et al. An assessment of algorithms to estimate respiratory rate from the
       electrocardiogram and photoplethysmogram. Physiological Measurement 2016;37(4):610-626.
       doi:10.1088/0967-3334/37/4/610

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import respiration_rate
    >>> found = respiration_rate(np.sin(2 * np.pi * 0.25 * np.arange(2000) / 20), 20)
    >>> found.rate.round(1).tolist()
    [15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0]
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE, why=WHY)
    checked_choice(method, "method", METHODS)
    window, step = checked_window(window_s, step_s)
    limits = checked_band(band, window)
    min_quality = checked_number(min_quality, "min_quality", 0, 1)
    q = _fitting_bin(signal.fs, window, step)
    n, hop = (max(round(seconds * signal.fs / q), 1) for seconds in (window, step))
    return Plan(
        functools.partial(_work, q=q, n=n, hop=hop, limits=limits),
        functools.partial(_join, method=method, bins=(q, n, hop), min_quality=min_quality),
        after=n * q,
        grid=hop * q,
        source=signal,
    )


def _fitting_bin(fs: float, window: float, step: float) -> int:
    """Return the samples in a bin, so that a window and a step are nearest to whole bins."""

    def off(q: int) -> tuple[int, int, int]:
        length, apart = round(window * fs), round(step * fs)
        return abs(round(length / q) * q - length), abs(round(apart / q) * q - apart), -q

    return min(range(max(int(fs / FINEST), 1), bin_samples(fs, COARSEST) + 1), key=off)


def _work(piece: Piece, q: int, n: int, hop: int, limits: tuple[float, float]) -> Part:
    """Return the windows that begin in the core: start, estimates, quality."""
    begin = int(piece.core.start)
    x = binned(piece.values[begin:], q)
    inside = int(piece.core.stop) - begin
    starts = np.arange(0, -(-inside // q), hop, dtype=np.int64)
    starts = starts[starts + n <= (len(piece.values) - begin) // q]
    rate = piece.fs / q
    high = np.full(len(starts), min(limits[1], 0.45 * rate))
    estimates, quality = window_rates(
        x, rate, starts, n, limits[0], high, reject_flat=limits[1] <= BREATH_HZ[1]
    )
    return starts * q + piece.core_first, estimates, quality


def _join(
    partials: Sequence[Part], extent: Extent, method: str, bins: tuple[int, int, int],
    min_quality: float,
) -> RespirationRate:  # fmt: skip
    q, n, hop = bins
    empty: Part = (np.empty(0, np.int64), np.empty((0, len(ESTIMATORS))), np.empty(0))
    starts, estimates, quality = (
        np.concatenate(part) for part in zip(empty, *partials, strict=True)
    )
    median, spread = middle_and_spread(estimates)
    chosen = median if method == METHODS[0] else estimates[:, ESTIMATORS.index(method)]
    rate = np.where(quality >= min_quality, chosen, np.nan)
    seconds, notes = n * q / extent.fs, []
    if not len(starts):
        notes.append(
            not_enough(f"{extent.valid.seconds:.3g} s of signal hold no window of {seconds:.3g} s")
        )
    elif not np.isfinite(rate).any():
        notes.append(not_enough("breathing is not regular in any window"))
    return RespirationRate(
        times=extent.times(starts) + seconds / 2, rate=rate,
        names=ESTIMATORS, estimates=estimates, median=median, spread=spread, quality=quality,
        method=method, window_s=seconds, step_s=hop * q / extent.fs, valid=extent.valid,
        notes=tuple(notes),
    )  # fmt: skip
