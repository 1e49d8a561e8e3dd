"""PR, QRS, QT and QTc of each beat from its waves; QT corrected for rate by four formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vital_widgets.analysis.beats.beat_series import LOOKS_LIKE_SECONDS, MAX_MS, MIN_MS, BeatsLike
from vital_widgets.analysis.ecg.beat_places import refuse_with_result
from vital_widgets.analysis.ecg.delineation import Delineation, ecg_delineate
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import checked_choice, not_enough, passed_on, real_array
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.engine.source import SignalLike, SignalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

    Floats = NDArray[np.float64]

FORMULAS = ("bazett", "fridericia", "framingham", "hodges")
INTERVALS = ("pr", "qrs", "qt", "rr", *(f"qtc_{name}" for name in FORMULAS))
LABELS = {"pr": "PR", "qrs": "QRS", "qt": "QT", "rr": "RR"} | {
    f"qtc_{name}": f"QTc {name.capitalize()}" for name in FORMULAS
}


@dataclass(frozen=True, kw_only=True, eq=False)
class EcgIntervals(
    Result, given=("times", "rr"), columns={"time": "times", **{name: name for name in INTERVALS}}
):
    """Intervals of beats in ms, NaN where a wave is absent.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        The beats, in seconds from the start of the recording.
    pr : ndarray of float64, shape (n,)
        From the onset of P to the onset of the QRS complex (the PQ interval).
    qrs : ndarray of float64, shape (n,)
        From the onset to the offset of the QRS complex.
    qt : ndarray of float64, shape (n,)
        From the onset of the QRS complex to the offset of T.
    rr : ndarray of float64, shape (n,)
        From the R peak before; NaN for the first beat of each stretch of signal.
    qtc_bazett, qtc_fridericia, qtc_framingham, qtc_hodges : ndarray of float64, shape (n,)
        QT corrected for ``rr``.
    """

    times: Floats
    pr: Floats
    qrs: Floats
    qt: Floats
    rr: Floats
    qtc_bazett: Floats
    qtc_fridericia: Floats
    qtc_framingham: Floats
    qtc_hodges: Floats

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    def summary(self) -> pd.DataFrame:
        """Return one row per interval: number of beats, median, quartiles, mean and SD in ms."""
        import pandas as pd

        table = pd.DataFrame({name: getattr(self, name) for name in INTERVALS})
        quartiles = table.quantile([0.5, 0.25, 0.75]).T.set_axis(["median", "q25", "q75"], axis=1)
        quartiles.insert(0, "beats", table.count())
        return quartiles.assign(mean=table.mean(), sd=table.std())

    def _facts(self) -> list[tuple[str, str]]:
        return [
            (
                LABELS[str(name)],
                f"{row['median']:.0f} ms ({row['q25']:.0f} to {row['q75']:.0f}), "
                f"{int(row['beats']):,} beats"
                if row["beats"]
                else "not available",
            )
            for name, row in self.summary().iterrows()
        ]


@analysis
def ecg_intervals(
    x: Delineation | SignalLike | SignalsLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    usable: UsableLike = None,
) -> EcgIntervals | Chain[EcgIntervals]:
    """Compute PR, QRS, QT, RR and QTc of each beat.

    Parameters
    ----------
    x : Delineation, or ECG as for `ecg_delineate`
        Waves found by `ecg_delineate`, or an ECG of one or several leads, in which
        `ecg_delineate` finds them first.
    fs, beats, usable
        As for `ecg_delineate`; only for an ECG.

    Returns
    -------
    EcgIntervals
        In ms. QTc (see `qtc` for the four formulas) uses the RR interval before the beat, and is
        NaN where that would cross a gap, and where QT is NaN.

    Raises
    ------
    InvalidInputError
        As of `ecg_delineate`, or ``fs``, ``beats`` or ``usable`` were given with a delineation.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ecg_intervals
    >>> table = ecg_intervals(vw.sample(60)["ECG"]).summary()
    >>> bool(100 < table.loc["pr", "median"] < 220)
    True
    """
    if not isinstance(x, Delineation):
        return Chain((ecg_delineate.plan(x, fs, beats, usable=usable),), _of_found)
    refuse_with_result(x, fs=fs, beats=beats, usable=usable)
    return _intervals(x)


def _of_found(waves: Delineation) -> EcgIntervals:
    return _intervals(waves, f"waves found by ecg_delineate ({waves.method})")


def _intervals(waves: Delineation, *notes: str) -> EcgIntervals:
    rr = rr_before(waves)
    qt, pr = waves.t_offset - waves.qrs_onset, waves.qrs_onset - waves.p_onset
    found: dict[str, Any] = {
        "pr": 1000 * np.where(pr > 0, pr, np.nan),
        "qrs": 1000 * (waves.qrs_offset - waves.qrs_onset),
        "qt": 1000 * qt,
    }
    known = any(np.isfinite(one).any() for one in found.values())
    usual = np.where(rr >= MIN_MS, rr, np.nan)
    found |= {f"qtc_{name}": qtc(found["qt"], usual, name) for name in FORMULAS}
    return EcgIntervals(
        times=waves.times,
        rr=rr,
        **found,
        valid=waves.valid,
        notes=(
            *(() if known else (not_enough("no beat has waves to measure between"),)),
            *passed_on(waves),
            *notes,
        ),
    )


def rr_before(waves: Delineation) -> Floats:
    """Return the RR interval before each beat in ms, NaN across a gap and above 10 s."""
    rr = np.diff(waves.r_peak, prepend=np.nan) * 1000
    same = np.diff(waves.stretch, prepend=-2) == 0
    return np.where(same & (waves.stretch >= 0) & (rr <= MAX_MS), rr, np.nan)


@overload
def qtc(qt_ms: float, rr_ms: float, formula: str = "fridericia") -> float: ...
@overload
def qtc(qt_ms: ArrayLike, rr_ms: ArrayLike, formula: str = "fridericia") -> NDArray[np.float64]: ...
def qtc(
    qt_ms: ArrayLike, rr_ms: ArrayLike, formula: str = "fridericia"
) -> float | NDArray[np.float64]:
    """Correct QT intervals for heart rate.

    Parameters
    ----------
    qt_ms : float or array-like of float
        QT interval in ms; NaN (or masked) where unknown.
    rr_ms : float or array-like of float
        RR interval before it in ms, of a shape that broadcasts with that of ``qt_ms``.
    formula : {'fridericia', 'bazett', 'framingham', 'hodges'}
        With QT in ms and RR in s: Bazett ``QT / RR**(1/2)`` [1]_; Fridericia ``QT / RR**(1/3)``
        [2]_, the default, which overcorrects less than Bazett's at high rates; Framingham
        ``QT + 154 (1 - RR)`` [3]_; Hodges ``QT + 1.75 (60 / RR - 60)`` [4]_.

    Returns
    -------
    float or ndarray of float64
        QTc in ms, NaN where QT or RR is NaN.

    Raises
    ------
    InvalidInputError
        A QT interval is not between 0 and 10,000 ms, an RR interval not between 100 and 10,000 ms,
        or the shapes do not fit.

    References
    ----------
    .. [1] Bazett HC. An analysis of the time-relations of electrocardiograms. Heart
       1920;7:353-370.
    .. [2] Fridericia LS. Die Systolendauer im Elektrokardiogramm bei normalen Menschen und bei
       Herzkranken. Acta Medica Scandinavica 1920;53:469-486.
    .. [3] Sagie A, Larson MG, Goldberg RJ, Bengtson JR, Levy D. An improved method for adjusting
       the QT interval for heart rate (the Framingham Heart Study). American Journal of Cardiology
       1992;70(7):797-801. doi:10.1016/0002-9149(92)90562-D
    .. [4] Hodges M, Salerno D, Erlien D. Bazett's QT correction reviewed: evidence that a linear
       QT correction for heart rate is better. Journal of the American College of Cardiology
       1983;1(2):694.

    Examples
    --------
    >>> from vital_widgets.analysis import qtc
    >>> round(qtc(400, 640, "bazett"))
    500
    """
    name = checked_choice(formula, "formula", FORMULAS)
    qt, rr = _checked_ms(qt_ms, "qt_ms"), _checked_ms(rr_ms, "rr_ms")
    if np.any(rr < MIN_MS):
        raise InvalidInputError(
            f"rr_ms contains {float(rr[rr < MIN_MS].flat[0]):g} ms, below {MIN_MS:g} ms, which "
            "looks like beats/min; give RR intervals in ms: RR = 60000 / rate"
        )
    try:
        qt, rr = np.broadcast_arrays(qt, rr)
    except ValueError:
        raise InvalidInputError(
            f"qt_ms has the shape {qt.shape} and rr_ms {rr.shape}; give one RR interval for each "
            "QT interval"
        ) from None
    seconds = rr / 1000
    if name == "bazett":
        corrected = qt / np.sqrt(seconds)
    elif name == "fridericia":
        corrected = qt / np.cbrt(seconds)
    elif name == "framingham":
        corrected = qt + 154 * (1 - seconds)
    else:
        corrected = qt + 1.75 * (60 / seconds - 60)
    return float(corrected) if corrected.ndim == 0 else corrected


def _checked_ms(given: ArrayLike, name: str) -> NDArray[np.float64]:
    if given is None:
        raise InvalidInputError(f"{name} is missing; give a number in ms, or an array")
    ms = real_array(given)
    if ms is None:
        raise InvalidInputError(f"{name}={given!r} is not a number in ms, or an array")
    known = ms[np.isfinite(ms)]
    if np.isinf(ms).any() or np.any((known <= 0) | (known > MAX_MS)):
        bad = ms[np.isinf(ms) | (ms <= 0) | (ms > MAX_MS)].flat[0]
        raise InvalidInputError(
            f"{name} contains {bad!r}; intervals are above 0 and up to {MAX_MS:g} ms (NaN where "
            "unknown)"
        )
    if len(known.ravel()) and float(np.median(known)) < LOOKS_LIKE_SECONDS:
        raise InvalidInputError(
            f"{name} has the median {float(np.median(known)):.4g}, which looks like seconds; give "
            "milliseconds: multiply by 1000"
        )
    return ms
