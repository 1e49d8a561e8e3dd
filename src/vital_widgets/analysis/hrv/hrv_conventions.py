"""The same intervals under several conventions of heart rate variability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.hrv.convention import CONVENTIONS, HrvConvention
from vital_widgets.analysis.hrv.frequency_domain import POWERS
from vital_widgets.analysis.hrv.hrv import UNITS, Hrv, hrv
from vital_widgets.analysis.hrv.nn_intervals import used_intervals
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.progressbar import progress_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from vital_widgets.analysis.beats.beat_series import IntervalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike


@dataclass(frozen=True, kw_only=True, eq=False)
class ConventionComparison(Result):
    """The same series under several conventions.

    Attributes
    ----------
    results : dict of str to Hrv
        By name of the convention.
    """

    results: dict[str, Hrv]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per measure: its value under each convention, and the spread.

        ``spread_percent`` is the range in percent of the median's magnitude, ``furthest`` the
        convention furthest from the median. Powers relative to a peak have no units and are not
        part of the spread; ``units`` names their conventions.
        """
        import pandas as pd

        table = pd.DataFrame({name: made.all_measures() for name, made in self.results.items()})
        relative = [n for n, made in self.results.items() if made.convention.relative_to_peak]
        absolute = table.copy()
        absolute.loc[table.index.intersection([*POWERS, "ln_hf"]), relative] = np.nan
        middle = absolute.median(axis=1)
        spread = 100 * (absolute.max(axis=1) - absolute.min(axis=1)) / middle.abs()
        away = absolute.sub(middle, axis=0).abs()
        furthest = [
            str(row.idxmax()) if row.notna().any() and row.max() > 0 else ""
            for _, row in away.iterrows()
        ]
        without = f" (none: {', '.join(relative)})" if relative else ""
        units = [
            UNITS.get(str(name), "") + (without if name in POWERS else "") for name in table.index
        ]
        return table.assign(units=units, spread_percent=spread.to_numpy(), furthest=furthest)

    def _facts(self) -> list[tuple[str, str]]:
        frame = self.to_frame()["spread_percent"].dropna().sort_values(ascending=False)
        most = [(str(name), f"differs by {spread:.3g} %") for name, spread in frame.head(6).items()]
        return [("conventions", ", ".join(self.results)), *most]


@analysis
def hrv_conventions(
    beats: IntervalsLike,
    *,
    conventions: Sequence[str | HrvConvention] = tuple(CONVENTIONS),
    domains: Sequence[str] = ("time", "frequency"),
    usable: UsableLike = None,
) -> ConventionComparison:
    """Compare heart rate variability of the same intervals under several conventions.

    Parameters
    ----------
    beats, usable
        As for `hrv`.
    conventions : sequence of str or HrvConvention
        Two or more, all named conventions by default.
    domains : sequence of {'time', 'frequency', 'nonlinear'}
        What to compare; non-linear measures take longest and are not compared by default.

    Returns
    -------
    ConventionComparison
        ``to_frame()`` has one row per measure and one column per convention.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import hrv_conventions
    >>> nn = 800 + 40 * np.sin(np.arange(400))
    >>> frame = hrv_conventions(nn, conventions=("task-force-1996", "kubios")).to_frame()
    >>> float(frame.loc["mean_nn", "spread_percent"])
    0.0
    """
    if isinstance(conventions, str) or len(conventions) < 2:  # noqa: PLR2004
        raise InvalidInputError(
            f"conventions={conventions!r} is not accepted; give a tuple of two or more of "
            f"{', '.join(CONVENTIONS)}"
        )
    with progress_part(0.0, 0.6):
        nn = used_intervals(beats, usable)
    with progress_part(0.6, 1.0):
        made = [hrv(nn, convention=one, domains=domains) for one in conventions]
    return ConventionComparison(
        results={result.convention.name: result for result in made},
        valid=nn.valid,
        notes=tuple(dict.fromkeys(note for result in made for note in result.notes)),
    )
