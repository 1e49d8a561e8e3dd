"""Heart rate variability under a named convention, and under all of them side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG, Intervals, intervals_of
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import usable_stretches
from vital_widgets.analysis.engine.validity import ValidSignal
from vital_widgets.analysis.hrv.convention import CONVENTIONS, checked_convention
from vital_widgets.analysis.hrv.frequency_domain import (
    FREQUENCY_UNITS,
    POWERS,
    frequency_figures,
)
from vital_widgets.analysis.hrv.hrv_notes import LEAST_INTERVALS, notes_of
from vital_widgets.analysis.hrv.interval_spectra import NO_SPECTRUM
from vital_widgets.analysis.hrv.time_domain import (
    TIME_UNITS,
    time_figures,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.hrv.convention import HrvConvention
    from vital_widgets.analysis.hrv.nonlinear import HrvNonlinear

DOMAINS = ("time", "frequency", "nonlinear")
UNITS = {**TIME_UNITS, **FREQUENCY_UNITS}
SHOWN = ("mean_nn", "sdnn", "rmssd", "pnn50", "triangular_index", "lf", "hf", "lf_hf")


def units_of(convention: HrvConvention) -> dict[str, str]:
    """Return the unit of each figure under a convention."""
    bare = dict.fromkeys(POWERS, "") if convention.relative_to_peak else {}
    return {**UNITS, **bare}


@dataclass(frozen=True, kw_only=True, eq=False)
class Hrv(Result, given=("frequencies",)):
    """Heart rate variability (or pulse-rate variability) of a series.

    Attributes
    ----------
    convention : HrvConvention
        How everything was computed.
    source : str
        'ecg', or 'ppg': then this is pulse-rate variability.
    n : int
        Intervals used.
    figures : dict of str to float
        Figures of the time and frequency domain by name, in ms, ms², %, beats/min (`units`);
        NaN where the series is too short for one. Powers relative to a peak have no unit.
    nonlinear : HrvNonlinear or None
        Non-linear figures, where asked for.
    frequencies, density : ndarray
        The spectrum: Hz, and ms²/Hz; empty if the series is too short.
    """

    convention: HrvConvention
    source: str
    n: int
    figures: dict[str, float]
    nonlinear: HrvNonlinear | None = None
    frequencies: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    density: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __getitem__(self, name: str) -> float:
        """Return a figure by its name."""
        every = self.all_figures()
        if name not in every:
            raise InvalidInputError(f"{name!r} is no figure of this; there are {list(every)!r}")
        return every[name]

    @property
    def units(self) -> dict[str, str]:
        """Unit of each figure by its name."""
        units = units_of(self.convention)
        return {name: units[name] for name in self.figures}

    def all_figures(self) -> dict[str, float]:
        """Return the figures of all domains by name."""
        more = {} if self.nonlinear is None else self.nonlinear.figures()
        return {**self.figures, **more}

    def to_frame(self) -> pd.DataFrame:
        """Return one row with all figures."""
        import pandas as pd

        return pd.DataFrame([{"convention": self.convention.name, **self.all_figures()}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the best known figures."""
        kind = "pulse-rate variability" if self.source == PPG else "heart rate variability"
        names = [name for name in SHOWN if name in self.figures]
        shown = [(name, quantity(self.figures[name], self.units[name])) for name in names]
        more = [] if self.nonlinear is None else self.nonlinear.facts()[1:3]
        head = [("what", kind), ("convention", self.convention.name), ("intervals", f"{self.n:,}")]
        return [*head, *shown, *more]


@with_recipe("beats", "usable")
def hrv(
    beats: Any,
    *,
    convention: Any = "task-force-1996",
    domains: Any = DOMAINS,
    window: tuple[float, float] | None = None,
    usable: Any = None,
    options: dict[str, Any] | None = None,
) -> Hrv:
    """Return heart rate variability under a named convention.

    Parameters
    ----------
    beats : Beats, CorrectedBeats, Intervals, or array-like of float, shape (n,)
        NN intervals in ms, or what holds some. Correct ectopic beats first (`correct_beats`).
        R peaks are not intervals: ten or more values that only rise are refused.
    convention : str or HrvConvention
        'task-force-1996', 'kubios', 'neurokit2-0.2', 'neurokit2-0.3' or 'pyhrv'; 'neurokit2' is
        the newest of these two. Sets detrending, interpolation, divisors, windows, bands; see
        `HrvConvention`.
    domains : tuple of {'time', 'frequency', 'nonlinear'}
        What to compute.
    window : (float, float), optional
        Only the intervals that lie in ``[t0, t1)`` whole, in seconds of the recording.
    usable : optional
        Stretches, Annotations or a quality result: intervals that are not inside are left out,
        and the series is broken there.
    options : dict, optional
        Choices of the convention to change: ``{"resample_hz": 8.0}``. The result's convention
        then says that it was changed.

    Returns
    -------
    Hrv
        Differences and spectra never cross a gap. Bands for which the longest stretch without a
        gap (with Lomb-Scargle the whole series) is too short are NaN: HF needs 1 min, LF 2 min,
        VLF 5 min, ULF 18 h and Welch segments that resolve it
        (``options={"welch_seconds": 7200}``). Conventions that follow a program follow it in
        that too.

    References
    ----------
    Task Force of the ESC and NASPE. Circulation 1996;93:1043-1065. Shaffer F, Ginsberg JP. An
    overview of heart rate variability metrics and norms. Front Public Health 2017;5:258.
    """
    chosen = checked_convention(convention, **(options or {}))
    if isinstance(domains, str) or not set(domains) <= set(DOMAINS):
        raise InvalidInputError(f"domains={domains!r} must be some of {DOMAINS!r}, as a tuple")
    nn = used_intervals(beats, usable)
    if window is not None:
        nn = nn.between(*_checked_window(window))
    figures: dict[str, float] = {}
    spectrum = NO_SPECTRUM
    if "time" in domains:
        figures |= time_figures(nn, chosen)
    if "frequency" in domains:
        of_bands, spectrum = frequency_figures(nn, chosen)
        figures |= of_bands
    nonlinear = None
    if "nonlinear" in domains:
        nonlinear = _nonlinear(nn, chosen)
    return Hrv(
        convention=chosen,
        source=nn.source,
        n=len(nn),
        figures=figures,
        nonlinear=nonlinear,
        frequencies=spectrum.frequency,
        density=spectrum.density,
        valid=valid_of(nn),
        notes=notes_of(nn, figures, chosen, spectrum, nonlinear),
    )


def hrv_time(beats: Any, *, convention: Any = "task-force-1996", **more: Any) -> Hrv:
    """Return the time-domain figures only.

    Parameters
    ----------
    beats, convention
        As for `hrv`.
    **more
        ``window``, ``usable`` and ``options`` of `hrv`.
    """
    made: Hrv = hrv(beats, convention=convention, domains=("time",), **more)
    return made


def hrv_frequency(beats: Any, *, convention: Any = "task-force-1996", **more: Any) -> Hrv:
    """Return the frequency-domain figures and the spectrum only.

    Parameters
    ----------
    beats, convention
        As for `hrv`.
    **more
        ``window``, ``usable`` and ``options`` of `hrv`.
    """
    made: Hrv = hrv(beats, convention=convention, domains=("frequency",), **more)
    return made


def _checked_window(window: Any) -> tuple[float, float]:
    try:
        t0, t1 = (float(edge) for edge in window)
    except (TypeError, ValueError):
        t0 = t1 = float("nan")
    if not t0 < t1:
        raise InvalidInputError(f"window={window!r} is none: give (t0, t1) in seconds, t0 < t1")
    return t0, t1


def _nonlinear(nn: Intervals, chosen: HrvConvention) -> HrvNonlinear:
    from vital_widgets.analysis.hrv.nonlinear import hrv_nonlinear

    spread = float(nn.ms.std(ddof=chosen.entropy_ddof)) if len(nn) > LEAST_INTERVALS else 0.0
    first, last = chosen.dfa_alpha2
    tenth = int((len(nn) + 1) / 10)
    made: HrvNonlinear = hrv_nonlinear(
        nn,
        m=chosen.entropy_m,
        r=chosen.entropy_r,
        tolerance=chosen.entropy_r * spread or None,
        ddof=chosen.poincare_ddof,
        closed=chosen.entropy_closed,
        alpha1=chosen.dfa_alpha1,
        alpha2=(first, last or max(tenth, first + 4)),
        dfa_overlap=chosen.dfa_overlap,
        dfa_drop_flat=chosen.dfa_drop_flat,
    )
    return made


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
        """Return a row for each figure: its value under each convention, and the spread.

        ``spread_percent`` is the range in percent of the median's magnitude, ``furthest`` the
        convention furthest from the median. Powers relative to a peak have no unit and are left
        out of the spread; ``unit`` says under which conventions.
        """
        import pandas as pd

        table = pd.DataFrame({name: made.all_figures() for name, made in self.results.items()})
        relative = [n for n, made in self.results.items() if made.convention.relative_to_peak]
        absolute = table.copy()
        powers = [*POWERS, "ln_hf"]
        absolute.loc[table.index.intersection(powers), relative] = np.nan
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
        return table.assign(unit=units, spread_percent=spread.to_numpy(), furthest=furthest)

    def facts(self) -> list[tuple[str, str]]:
        """Return the figures that differ most."""
        frame = self.to_frame()["spread_percent"].dropna().sort_values(ascending=False)
        worst = [
            (str(name), f"differs by {spread:.3g} %") for name, spread in frame.head(6).items()
        ]
        return [("conventions", ", ".join(self.results)), *worst]


@with_recipe("beats", "usable")
def hrv_conventions(
    beats: Any,
    *,
    conventions: Any = tuple(CONVENTIONS),
    domains: Any = ("time", "frequency"),
    usable: Any = None,
) -> ConventionComparison:
    """Return the same intervals under several conventions side by side, with the spread.

    Parameters
    ----------
    beats, usable
        As for `hrv`.
    conventions : tuple of str or HrvConvention
        All that have a name by default.
    domains : tuple of {'time', 'frequency', 'nonlinear'}
        What to compare.
    """
    if isinstance(conventions, str) or len(conventions) < 2:  # noqa: PLR2004
        raise InvalidInputError(f"conventions={conventions!r} must be a tuple of two or more")
    nn = used_intervals(beats, usable)
    made = [hrv(nn, convention=one, domains=domains) for one in conventions]
    return ConventionComparison(
        results={result.convention.name: result for result in made},
        valid=valid_of(nn),
        notes=tuple(dict.fromkeys(note for result in made for note in result.notes)),
    )


def used_intervals(beats: Any, usable: Any) -> Intervals:
    """Return the intervals that lie in usable stretches with both their beats."""
    nn = intervals_of(beats)
    stretches = usable_stretches(usable)
    if stretches is None:
        return nn
    return nn.where(stretches.hold(nn.times - nn.ms / 1000, nn.times))


def valid_of(nn: Intervals) -> ValidSignal:
    """Return how much of the time from the first to the last beat the intervals cover."""
    if not len(nn):
        return ValidSignal(0.0, 0.0)
    covered = float(nn.ms.sum()) / 1000
    span = float(nn.times[-1] - nn.times[0] + nn.ms[0] / 1000)
    return ValidSignal(min(covered, span), span)
