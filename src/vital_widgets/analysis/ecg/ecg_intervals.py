"""PR, QRS, QT and QTc of each beat from its waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.delineation import Delineation
from vital_widgets.analysis.ecg.qtc import FORMULAS, LONGEST_MS, qtc
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

COLUMNS = ("pr", "qrs", "qt", "rr", *(f"qtc_{name}" for name in FORMULAS))
LABELS = {"pr": "PR", "qrs": "QRS", "qt": "QT", "rr": "RR"} | {
    f"qtc_{name}": f"QTc {name.capitalize()}" for name in FORMULAS
}


@dataclass(frozen=True, kw_only=True, eq=False)
class EcgIntervals(Result, given=("times", "rr")):
    """Intervals of beats in ms, NaN where a wave is absent.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        The beats, in seconds from the recording's start.
    pr : ndarray of float64, shape (n,)
        From the onset of P to the onset of the QRS (the PQ interval).
    qrs : ndarray of float64, shape (n,)
        From the onset to the offset of the QRS.
    qt : ndarray of float64, shape (n,)
        From the onset of the QRS to the offset of T.
    rr : ndarray of float64, shape (n,)
        From the R peak before; NaN for the first beat of each stretch of signal.
    qtc_bazett, qtc_fridericia, qtc_framingham, qtc_hodges : ndarray of float64, shape (n,)
        QT corrected for ``rr``.
    """

    times: NDArray[np.float64]
    pr: NDArray[np.float64]
    qrs: NDArray[np.float64]
    qt: NDArray[np.float64]
    rr: NDArray[np.float64]
    qtc_bazett: NDArray[np.float64]
    qtc_fridericia: NDArray[np.float64]
    qtc_framingham: NDArray[np.float64]
    qtc_hodges: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a beat: time (s), and the intervals in ms."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, **{key: getattr(self, key) for key in COLUMNS}})

    def summary(self) -> pd.DataFrame:
        """Return one row an interval: beats it rests on, median, quartiles, mean and SD in ms."""
        import pandas as pd

        rows = {}
        for key in COLUMNS:
            ms = getattr(self, key)
            ms = ms[np.isfinite(ms)]
            figures = [np.nan] * 5
            if len(ms):
                sd = np.std(ms, ddof=1) if len(ms) > 1 else np.nan
                figures = [*np.quantile(ms, [0.5, 0.25, 0.75]), np.mean(ms), sd]
            rows[key] = [len(ms), *figures]
        names = ["beats", "median", "q25", "q75", "mean", "sd"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=names)

    def facts(self) -> list[tuple[str, str]]:
        """Return median and quartiles of each, and the number of beats."""
        facts = []
        for key, row in self.summary().iterrows():
            value = "not available"
            if row["beats"]:
                value = (
                    f"{row['median']:.0f} ms ({row['q25']:.0f} to {row['q75']:.0f}), "
                    f"{int(row['beats']):,} beats"
                )
            facts.append((LABELS[str(key)], value))
        return facts


@with_recipe("delineation")
def ecg_intervals(delineation: Any) -> EcgIntervals:
    """Return PR, QRS, QT, RR and QTc of each beat.

    Parameters
    ----------
    delineation : Delineation
        Of `ecg_delineate`.

    Returns
    -------
    EcgIntervals
        In ms. QTc (see `qtc` for the four formulas) takes the RR interval before the beat, and
        is NaN where that would go across a gap, and NaN where QT is.
    """
    if not isinstance(delineation, Delineation):
        raise InvalidInputError(
            f"delineation={type(delineation).__name__} holds no waves; give the result of "
            "ecg_delineate(values, fs, beats)"
        )
    d = delineation
    rr = rr_before(d)
    qt = (d.t_offset - d.qrs_onset) * 1000
    pr = (d.qrs_onset - d.p_onset) * 1000
    columns = {
        "pr": np.where(pr > 0, pr, np.nan),
        "qrs": (d.qrs_offset - d.qrs_onset) * 1000,
        "qt": qt,
        "rr": rr,
        **{f"qtc_{name}": qtc(qt, rr, name) for name in FORMULAS},
    }
    known = any(np.isfinite(columns[key]).any() for key in ("pr", "qrs", "qt"))
    return EcgIntervals(
        times=d.times,
        **columns,
        valid=d.valid,
        notes=() if known else (not_enough("no beat has waves to measure between"),),
    )


def rr_before(delineation: Delineation) -> NDArray[np.float64]:
    """Return the RR interval before each beat in ms, NaN across a gap and above 10 s."""
    d = delineation
    rr = np.diff(d.r_peak, prepend=np.nan) * 1000
    same = np.diff(d.stretch, prepend=-2) == 0
    return np.where(same & (d.stretch >= 0) & (rr <= LONGEST_MS), rr, np.nan)
