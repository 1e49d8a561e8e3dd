"""Conventions of heart rate variability: every choice in which programs differ, by name."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

Band = tuple[float, float]
CHOICES = {
    "differences": ("signed", "absolute"),
    "pnn_of": ("intervals", "differences"),
    "pnn_rounding": ("none", "neurokit2"),
    "segments": ("clock", "neurokit2-0.2", "neurokit2-0.3", "pyhrv"),
    "tinn": ("least-squares", "neurokit2-0.2", "neurokit2-0.3", "pyhrv"),
    "detrend": ("constant", "linear", "smoothness-priors", "none"),
    "interpolation": ("linear", "quadratic", "cubic"),
    "psd": ("welch", "lomb-scargle", "autoregressive"),
    "taper": ("hann", "hamming", "boxcar"),
    "segment_detrend": ("constant", "linear", "none"),
    "band_edges": ("half-open", "closed"),
    "integration": ("sum", "trapezoid"),
    "ar_method": ("yule-walker", "burg"),
    "normalised_by": ("lf+hf", "total-vlf", "total"),
    "dfa_drop_flat": ("none", "absolute", "relative"),
}
# Lowest and highest value of each number, whether the lowest itself is refused, and its unit.
LIMITS: dict[str, tuple[float, float, bool, str]] = {
    "segment_s": (10, 1e9, False, "s"),
    "bin_ms": (0, 200, True, "ms"),
    "resample_hz": (1, 1000, False, "Hz"),
    "overlap": (0, 0.95, False, ""),
    "ar_order": (1, 200, False, ""),
    "entropy_r": (0, 10, True, ""),
    "ulf_mean_s": (1, 60, False, "s"),
    "smoothness": (0, 1e99, True, ""),
    "welch_s": (10, 1e9, False, "s"),
}


@dataclass(frozen=True)
class HrvConvention:
    """How heart rate variability is computed: every choice that changes a value.

    `CHOICES` lists the accepted words, `LIMITS` the ranges of numbers. 'neurokit2-0.2',
    'neurokit2-0.3' and 'pyhrv' follow those programs.

    References
    ----------
    Tarvainen MP, Ranta-aho PO, Karjalainen PA. An advanced detrending method with application to
    HRV analysis. IEEE Transactions on Biomedical Engineering 2002;49(2):172-175.
    doi:10.1109/10.979357 (``detrend='smoothness-priors'``)
    Laguna P, Moody GB, Mark RG. Power spectral density of unevenly sampled data by least-square
    analysis: performance and application to heart rate signals. IEEE Transactions on Biomedical
    Engineering 1998;45(6):698-715. doi:10.1109/10.678605 (``psd='lomb-scargle'``)
    Kay SM. Modern Spectral Estimation: Theory and Application. Prentice Hall 1988, chapter 7
    (``psd='autoregressive'``)
    """

    name: str
    source: str  #: where the convention is described
    program: str = ""  #: program and version whose values it reproduces
    ddof: int = 1  #: of standard deviations: 1 divides by n - 1
    differences: str = "signed"  #: differences of which SDSD is the standard deviation
    pnn_of: str = "intervals"  #: what pNNx is a share of
    pnn_rounding: str = "none"  #: 'neurokit2': differences of exactly 20 or 50 ms as rounded there
    segment_s: float = 300.0  #: segments of SDANN and SDNNi
    segments: str = "clock"  #: how they are cut
    min_segments: int = 2  #: segments that SDANN and SDNNi need
    bin_ms: float = 7.8125  #: of the histogram; 1/128 s
    tinn: str = "least-squares"  #: how the triangle is fitted
    detrend: str = "constant"  #: of the series before its spectrum
    smoothness: float = 500.0  #: lambda of the smoothness priors (Tarvainen et al. 2002)
    detrend_time: bool = False  #: also before all but means, extremes and pNNx of the time domain
    resample_hz: float = 4.0  #: sampling rate of the interpolated series
    interpolation: str = "cubic"  #: spline through the intervals
    grid_past_end: bool = False  #: to the first point after the last beat, with the last value
    psd: str = "welch"  #: method of the spectrum
    taper: str = "hann"  #: window function of Welch's segments
    welch_s: float | None = 300.0  #: Welch's segments; None for half the series
    short_s: float = 0.0  #: a shorter series is one segment
    overlap: float = 0.5  #: of Welch's segments
    segment_detrend: str = "constant"  #: of each segment
    nfft: int | None = None  #: points of the transform; -2 for twice those of the segment
    ar_order: int = 16  #: of the autoregressive model
    ar_method: str = "yule-walker"  #: 'burg' resolves lines better, but needs noise in the series
    ulf_mean_s: float | None = 20.0  #: ULF by Lomb-Scargle of such means; None: as other bands
    ulf: Band | None = (0.0, 0.003)  #: in Hz, as all bands
    vlf: Band = (0.003, 0.04)
    lf: Band = (0.04, 0.15)
    hf: Band = (0.15, 0.4)
    vhf: Band | None = None
    band_edges: str = "half-open"  #: 'closed': the upper edge belongs to a band
    integration: str = "sum"  #: of spectral lines (bands add up), or area from first to last line
    limit_to_length: bool = False  #: exclude frequencies with less than four cycles in the series
    any_length: bool = False  #: compute bands too slow for the series, with a note
    relative_to_peak: bool = False  #: powers as shares of the largest density, without units
    normalised_by: str = "total-vlf"  #: denominator of normalised units
    poincare_ddof: int = 1  #: of SD1, SD2 and recurrence
    entropy_ddof: int = 1  #: of the entropies' tolerance
    entropy_m: int = 2  #: length of the entropies' templates
    entropy_r: float = 0.2  #: their tolerance in standard deviations
    entropy_closed: bool = True  #: whether a distance equal to the tolerance is a match
    dfa_alpha1: tuple[int, int] = (4, 16)  #: windows of the fluctuation analysis in beats
    dfa_alpha2: tuple[int, int] = (16, 64)  #: up to 0 is up to a tenth of the series
    dfa_overlapping: bool = False  #: windows overlap by half
    dfa_drop_flat: str = "none"  #: exclude windows equal to their trend, to 1e-8 (of the largest)

    def __post_init__(self) -> None:
        """Refuse choices that do not exist and numbers out of range."""
        for key, choices in CHOICES.items():
            checked_choice(getattr(self, key), key, choices)
        for key, (low, high, open_low, unit) in LIMITS.items():
            if (value := getattr(self, key)) is not None:
                checked_number(value, key, low, high, unit=unit, open_low=open_low)
        for key, band in self.bands().items():
            if not 0 <= band[0] < band[1] <= self.resample_hz / 2:
                raise InvalidInputError(
                    f"{key}={band!r} is not a band: give (low, high) in Hz with low < high <= "
                    f"{self.resample_hz / 2:g} Hz, half of resample_hz"
                )

    def bands(self) -> dict[str, Band]:
        """Return the bands by name, in order of frequency."""
        named = {key: getattr(self, key) for key in ("ulf", "vlf", "lf", "hf", "vhf")}
        return {key: band for key, band in named.items() if band is not None}

    def with_options(self, **options: Any) -> HrvConvention:
        """Return it with some choices changed; its name then says so."""
        known = sorted(field.name for field in fields(self))
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise InvalidInputError(
                f"unknown option {unknown[0]!r} of a convention; available: {', '.join(known)}"
            )
        return replace(self, **{"name": f"{self.name}, changed", **options}) if options else self


TASK_FORCE = HrvConvention(
    name="task-force-1996",
    source="Task Force of the ESC and NASPE. Heart rate variability: standards of measurement, "
    "physiological interpretation, and clinical use. Circulation 1996;93:1043-1065. What it "
    "leaves open is set as in the attributes: 4 Hz, cubic; Welch with 300 s, Hann, half overlap",
)
KUBIOS = HrvConvention(
    name="kubios",
    source="Kubios HRV user's guide, default settings; Tarvainen MP et al. Kubios HRV: heart rate "
    "variability analysis software. Comput Methods Programs Biomed 2014;113:210-220",
    pnn_of="differences",
    detrend="smoothness-priors",
    detrend_time=True,
    ulf=None,
    vlf=(0.0, 0.04),
    normalised_by="total-vlf",
)
NEUROKIT2_03 = HrvConvention(
    name="neurokit2-0.3",
    source="NeuroKit2 0.3, hrv_time, hrv_frequency and hrv_nonlinear with their defaults; Makowski "
    "D et al. Behav Res Methods 2021;53:1689-1696",
    program="NeuroKit2 0.3.0",
    pnn_rounding="neurokit2",
    segments="neurokit2-0.3",
    min_segments=3,
    tinn="neurokit2-0.3",
    resample_hz=100.0,
    interpolation="quadratic",
    grid_past_end=True,
    welch_s=None,
    segment_detrend="none",
    nfft=-2,
    ulf=(0.0, 0.0033),
    vlf=(0.0033, 0.04),
    vhf=(0.4, 0.5),
    integration="trapezoid",
    ulf_mean_s=None,
    dfa_alpha1=(4, 11),
    dfa_alpha2=(12, 0),
    dfa_overlapping=True,
    dfa_drop_flat="relative",
    limit_to_length=True,
    any_length=True,
    relative_to_peak=True,
    normalised_by="total",
)
NEUROKIT2_02 = replace(
    NEUROKIT2_03,
    name="neurokit2-0.2",
    source=NEUROKIT2_03.source.replace("0.3", "0.2"),
    program="NeuroKit2 0.2.12",
    segments="neurokit2-0.2",
    tinn="neurokit2-0.2",
    dfa_drop_flat="absolute",
)
PYHRV = HrvConvention(
    name="pyhrv",
    program="pyHRV 0.5.0",
    source="pyHRV 0.5, time_domain and welch_psd with their defaults; Gomes P, Margaritoff P, da "
    "Silva HP. pyHRV: development and evaluation of an open-source python toolbox for heart rate "
    "variability (HRV). IcETRAN 2019",
    differences="absolute",
    pnn_of="differences",
    segments="pyhrv",
    tinn="pyhrv",
    taper="hamming",
    welch_s=75.0,
    short_s=300.0,
    nfft=4096,
    ulf=None,
    vlf=(0.0, 0.04),
    any_length=True,
    band_edges="closed",
    normalised_by="lf+hf",
    poincare_ddof=0,
    entropy_ddof=-1,
    entropy_closed=False,
    dfa_alpha2=(17, 64),
)
CONVENTIONS: Mapping[str, HrvConvention] = MappingProxyType(
    {
        convention.name: convention
        for convention in (TASK_FORCE, KUBIOS, NEUROKIT2_02, NEUROKIT2_03, PYHRV)
    }
)
NEWEST = {"neurokit2": NEUROKIT2_03.name}  # of programs with several versions


def checked_convention(convention: str | HrvConvention, **options: Any) -> HrvConvention:
    """Return a convention, by its name if it is not one, with options changed.

    The name of a program without a version is that of the newest one.
    """
    if not isinstance(convention, HrvConvention):
        name = checked_choice(convention, "convention", (*CONVENTIONS, *NEWEST))
        convention = CONVENTIONS[NEWEST.get(name, name)]
    return convention.with_options(**options)
