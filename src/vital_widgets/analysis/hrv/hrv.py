"""Heart rate variability under a named convention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import EQUAL_MS, PPG, Intervals
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import NOT_ENOUGH, checked_pair, not_enough
from vital_widgets.analysis.hrv.convention import HrvConvention, checked_convention
from vital_widgets.analysis.hrv.frequency_domain import (
    FREQUENCY_UNITS,
    POWERS,
    frequency_measures,
    too_short,
)
from vital_widgets.analysis.hrv.interval_spectra import NO_SPECTRUM
from vital_widgets.analysis.hrv.nn_intervals import (
    MIN_INTERVALS,
    PRV,
    used_intervals,
    what_varies,
)
from vital_widgets.analysis.hrv.nonlinear import HrvNonlinear, hrv_nonlinear
from vital_widgets.analysis.hrv.time_domain import MIN_HISTOGRAM, TIME_UNITS, time_measures
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.progressbar import progress_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals, IntervalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.hrv.convention import HrvConvention
    from vital_widgets.analysis.hrv.interval_spectra import Spectrum
    from vital_widgets.analysis.hrv.nonlinear import HrvNonlinear


DOMAINS = ("time", "frequency", "nonlinear")
UNITS = {**TIME_UNITS, **FREQUENCY_UNITS}
SHOWN = ("mean_nn", "sdnn", "rmssd", "pnn50", "triangular_index", "lf", "hf", "lf_hf")
# What is not defined without power, and if all intervals are equal.
RELATIVE = ("lf_hf", "lf_nu", "hf_nu", "vlf_percent", "lf_percent", "hf_percent", "ln_hf",
            "vlf_peak", "lf_peak", "hf_peak")  # fmt: skip
EQUAL = (
    "all intervals are equal: without power there are no ratios, shares, peaks and logarithms of "
    "it, and no TINN"
)
NO_POWER = "the series has no power in LF or HF, and no ratios, shares, peaks and logarithms of it"
NO_TRIANGLE = "no TINN: one bin of the histogram contains most intervals"
USED_SHARE = 0.98  # of the series, below which a note says how much the spectrum is of


def units_of(convention: HrvConvention) -> dict[str, str]:
    """Return the units of each measure under a convention."""
    return {**UNITS, **(dict.fromkeys(POWERS, "") if convention.relative_to_peak else {})}


@dataclass(frozen=True, kw_only=True, eq=False)
class Hrv(Result, given=("frequencies",)):
    """Heart rate variability (or pulse-rate variability) of a series.

    Attributes
    ----------
    convention : HrvConvention
        How everything was computed.
    source : str
        'ecg', or 'ppg' for pulse-rate variability.
    n : int
        Number of intervals.
    measures : dict of str to float
        Measures of the time and frequency domain by name, in `units`; NaN if the series is too
        short for one.
    nonlinear : HrvNonlinear or None
        Non-linear measures, if they were requested.
    frequencies, density : ndarray
        The spectrum, in Hz and ms²/Hz; empty if the series is too short.
    """

    convention: HrvConvention
    source: str
    n: int
    measures: dict[str, float]
    nonlinear: HrvNonlinear | None = None
    frequencies: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    density: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __getitem__(self, name: str) -> float:
        """Return a measure by its name."""
        every = self.all_measures()
        if name not in every:
            raise InvalidInputError(f"unknown measure {name!r}; available: {', '.join(every)}")
        return every[name]

    if not TYPE_CHECKING:  # a checker must still find misspelt attributes

        def __getattr__(self, name: str) -> float:
            """Say how a measure is read: `result.rmssd` is ``result["rmssd"]``."""
            how = f"; read the measure as result[{name.lower()!r}]"
            known = name.lower() in self.__dict__.get("measures", {})
            words = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(words + (how if known else ""), name=name, obj=self)

    @property
    def figures(self) -> dict[str, float]:
        """The measures, by the name that programs written before this version read."""
        return self.measures

    @property
    def units(self) -> dict[str, str]:
        """Units of each measure by its name: ms, ms², %, Hz or beats/min."""
        units = units_of(self.convention)
        return {name: units[name] for name in self.measures}

    def all_measures(self) -> dict[str, float]:
        """Return the measures of all domains by name."""
        return {**self.measures, **(self.nonlinear.measures if self.nonlinear else {})}

    def to_frame(self) -> pd.DataFrame:
        """Return one row with all measures."""
        import pandas as pd

        return pd.DataFrame([{"convention": self.convention.name, **self.all_measures()}])

    def _facts(self) -> list[tuple[str, str]]:
        names = [name for name in SHOWN if name in self.measures]
        return [
            ("measured", what_varies(self.source)),
            ("convention", self.convention.name),
            ("intervals", f"{self.n:,}"),
            *[(name, quantity(self.measures[name], self.units[name])) for name in names],
            *(self.nonlinear._facts()[1:3] if self.nonlinear else []),  # noqa: SLF001 - a result, too
        ]


@analysis
def hrv(
    beats: IntervalsLike,
    *,
    convention: str | HrvConvention = "task-force-1996",
    domains: Sequence[str] = DOMAINS,
    t_range: tuple[float, float] | None = None,
    options: dict[str, Any] | None = None,
    usable: UsableLike = None,
) -> Hrv:
    """Compute heart rate variability under a named convention.

    Parameters
    ----------
    beats : IntervalsLike
        An ECG or PPG channel, beats, corrected beats, `Intervals`, or successive NN intervals in
        ms, shape (n,). The beats of a channel are found and corrected first, and notes say how;
        correct other beats with `correct_beats`; a note says if `Beats` were not corrected. An
        array that only increases holds R peaks and is refused.
    convention : {'task-force-1996', 'kubios', 'neurokit2-0.2', 'neurokit2-0.3', 'pyhrv'} or \
HrvConvention
        Detrending, interpolation, divisors, windows and bands; see `HrvConvention`. 'neurokit2'
        is its newest version. The default is the standard that most papers cite.
    domains : sequence of {'time', 'frequency', 'nonlinear'}
        What to compute, everything by default.
    t_range : (float, float), optional
        Only intervals that lie completely in ``[t0, t1)``, in seconds of the recording.
    options : dict, optional
        Choices of the convention to change: ``{"resample_hz": 8.0}``. The name of the convention
        of the result then says that it was changed.
    usable : UsableLike, optional
        Where intervals may be used, everywhere by default. Others are excluded, and the series is
        interrupted there.

    Returns
    -------
    Hrv
        ``result["rmssd"]`` is a measure, ``result.measures`` are all of time and frequency.

    Raises
    ------
    InvalidInputError
        The values are not intervals in ms, the channel is not named like an ECG or PPG, or an
        argument is unknown.

    Notes
    -----
    Differences and spectra never cross a gap. Bands are NaN if the longest stretch without a gap
    (with Lomb-Scargle the whole series) is too short: HF needs 1 min, LF 2 min, VLF 5 min, ULF
    18 h. Conventions that follow a program follow it in this too.

    References
    ----------
    Task Force of the European Society of Cardiology and the North American Society of Pacing and
    Electrophysiology. Heart rate variability: standards of measurement, physiological
    interpretation, and clinical use. Circulation 1996;93(5):1043-1065.
    doi:10.1161/01.CIR.93.5.1043
    Shaffer F, Ginsberg JP. An overview of heart rate variability metrics and norms. Frontiers in
    Public Health 2017;5:258. doi:10.3389/fpubh.2017.00258

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import hrv
    >>> result = hrv(vw.sample(60)["ECG"], domains=("time",))
    >>> 10 < result["rmssd"] < 200, result.units["rmssd"]
    (True, 'ms')
    """
    return _measured(beats, domains, convention, t_range, options, usable)


@analysis
def hrv_time(
    beats: IntervalsLike,
    *,
    convention: str | HrvConvention = "task-force-1996",
    t_range: tuple[float, float] | None = None,
    options: dict[str, Any] | None = None,
    usable: UsableLike = None,
) -> Hrv:
    """Compute the time-domain measures of heart rate variability only.

    Parameters
    ----------
    beats, convention, t_range, options, usable
        As for `hrv`.

    Returns
    -------
    Hrv
        Without a spectrum.

    Examples
    --------
    >>> from vital_widgets.analysis import hrv_time
    >>> hrv_time([800.0, 810.0, 790.0, 805.0] * 5)["mean_nn"]
    801.25
    """
    return _measured(beats, ("time",), convention, t_range, options, usable)


@analysis
def hrv_frequency(
    beats: IntervalsLike,
    *,
    convention: str | HrvConvention = "task-force-1996",
    t_range: tuple[float, float] | None = None,
    options: dict[str, Any] | None = None,
    usable: UsableLike = None,
) -> Hrv:
    """Compute the spectrum and the frequency-domain measures of heart rate variability only.

    Parameters
    ----------
    beats, convention, t_range, options, usable
        As for `hrv`.

    Returns
    -------
    Hrv
        With ``frequencies`` and ``density`` of the spectrum.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import hrv_frequency
    >>> nn = 800 + 40 * np.sin(2 * np.pi * 0.25 * 0.8 * np.arange(400))
    >>> round(hrv_frequency(nn)["hf_peak"], 2)
    0.25
    """
    return _measured(beats, ("frequency",), convention, t_range, options, usable)


def _measured(
    beats: IntervalsLike,
    domains: Sequence[str],
    convention: str | HrvConvention,
    t_range: tuple[float, float] | None,
    options: dict[str, Any] | None,
    usable: UsableLike,
) -> Hrv:
    """Return the measures of some domains, from the arguments of `hrv`."""
    chosen = checked_convention(convention, **(options or {}))
    unknown = sorted(set(domains) - set(DOMAINS))
    if isinstance(domains, str) or unknown:
        raise InvalidInputError(
            f"domains={domains!r} is not accepted; give a tuple of some of {', '.join(DOMAINS)}"
        )
    with progress_part(0.0, 0.5):
        nn = used_intervals(beats, usable)
    if t_range is not None:
        nn = nn.between(*checked_pair(t_range, "t_range", "(t0, t1) in seconds with t0 < t1"))
    measures: dict[str, float] = {}
    spectrum = NO_SPECTRUM
    if "time" in domains:
        measures |= time_measures(nn, chosen)
    if "frequency" in domains:
        of_bands, spectrum = frequency_measures(nn, chosen)
        measures |= of_bands
    nonlinear = None
    if "nonlinear" in domains:
        with progress_part(0.6, 1.0, "non-linear measures"):
            nonlinear = _nonlinear(nn, chosen)
    return Hrv(
        convention=chosen,
        source=nn.source,
        n=len(nn),
        measures=measures,
        nonlinear=nonlinear,
        frequencies=spectrum.frequency,
        density=spectrum.density,
        valid=nn.valid,
        notes=notes_of(nn, measures, chosen, spectrum, nonlinear),
    )


def _nonlinear(nn: Intervals, chosen: HrvConvention) -> HrvNonlinear:
    sd = float(nn.ms.std(ddof=chosen.entropy_ddof)) if len(nn) > 1 else 0.0
    first, last = chosen.dfa_alpha2
    return hrv_nonlinear(
        nn,
        m=chosen.entropy_m,
        r=chosen.entropy_r,
        tolerance=chosen.entropy_r * sd or None,
        ddof=chosen.poincare_ddof,
        closed=chosen.entropy_closed,
        alpha1=chosen.dfa_alpha1,
        alpha2=(first, last or max(int((len(nn) + 1) / 10), first + 4)),
        dfa_overlapping=chosen.dfa_overlapping,
        dfa_drop_flat=chosen.dfa_drop_flat,
    )


def notes_of(
    nn: Intervals,
    measures: dict[str, float],
    convention: HrvConvention,
    spectrum: Spectrum,
    nonlinear: HrvNonlinear | None,
) -> tuple[str, ...]:
    """Return the notes of a result: on the intervals, on what is missing, and why."""
    notes = [*nn.notes, *([PRV] if nn.source == PPG else [])]
    if len(nn) < MIN_INTERVALS:
        return (*notes, not_enough(f"{len(nn)} intervals; {MIN_INTERVALS} are needed"))
    bands = convention.bands()
    missing = [
        name
        for name, value in measures.items()
        if np.isnan(value) and (name not in ("ulf", "vhf") or name in bands)
    ]
    if float(np.ptp(nn.ms)) <= EQUAL_MS:
        notes.append(EQUAL)
        missing = [name for name in missing if name not in (*RELATIVE, "tinn")]
    elif measures.get("lf") == 0 or measures.get("hf") == 0:
        notes.append(NO_POWER)
        missing = [name for name in missing if name not in RELATIVE]
    if "tinn" in missing and len(nn) >= MIN_HISTOGRAM:
        notes.append(NO_TRIANGLE)
        missing.remove("tinn")
    if measures.get("tinn") == 0:
        program = convention.program or "the convention"
        notes.append(f"TINN 0: no triangle fits the histogram; {program} then gives 0")
    seconds = float(nn.ms.sum()) / 1000
    computed = [name for name in bands if np.isfinite(measures.get(name, np.nan))]
    short = [n for n in computed if too_short(n, seconds if n == "ulf" else spectrum.longest)]
    if 0 < spectrum.seconds < USED_SHARE * seconds:
        notes.append(
            f"the spectrum is that of {spectrum.seconds:.0f} s of {seconds:.0f} s: of stretches "
            f"without a gap, the longest {spectrum.longest:.0f} s; options={{'psd': "
            f"'lomb-scargle'}} uses all"
        )
    if short:
        longest = min(seconds, spectrum.longest)
        notes.append(f"{longest:.0f} s of intervals are too short for: {', '.join(short)}")
    if missing:
        notes.append(f"not available from {seconds:.0f} s of intervals: {', '.join(missing)}")
    if nonlinear is not None:
        more = [note.removeprefix(f"{NOT_ENOUGH}: ") for note in nonlinear.notes]
        notes += [f"non-linear: {note}" for note in more if note not in (PRV, *nn.notes)]
    return tuple(notes)
