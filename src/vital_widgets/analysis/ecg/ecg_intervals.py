"""PR, QRS, QT and QTc of each beat from its waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import MAX_MS, BeatsLike
from vital_widgets.analysis.ecg.beat_places import refuse_with_result
from vital_widgets.analysis.ecg.delineation import Delineation, ecg_delineate
from vital_widgets.analysis.ecg.qtc import FORMULAS, qtc
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import not_enough, passed_on

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import SignalLike, SignalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

    Floats = NDArray[np.float64]

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

    def facts(self) -> list[tuple[str, str]]:
        """Return median and quartiles of each interval, and the number of beats."""
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
    found |= {f"qtc_{name}": qtc(found["qt"], rr, name) for name in FORMULAS}
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
