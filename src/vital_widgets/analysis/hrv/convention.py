"""Conventions of heart rate variability: everything that makes two programs differ, named."""

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


@dataclass(frozen=True)
class HrvConvention:
    """How heart rate variability is computed; every choice that changes a figure.

    Attributes
    ----------
    name, source : str
        What it is called, and where it is described.
    program : str
        The program it follows, with the version that its figures were compared with; empty where
        it follows none, or none could be compared.
    ddof : int
        Of standard deviations: 1 divides by n - 1.
    differences : {'signed', 'absolute'}
        Of which differences SDSD is the standard deviation.
    pnn_of : {'intervals', 'differences'}
        Whether pNNx is a share of the intervals or of the differences.
    pnn_rounding : {'none', 'neurokit2'}
        Whether a difference of exactly 20 or 50 ms counts as larger where that program has it
        so, by the rounding of sample numbers over their rate; otherwise none does.
    segment_seconds : float
        Segments of SDANN and SDNNi.
    segments : {'clock', 'neurokit2-0.2', 'neurokit2-0.3', 'pyhrv'}
        How they are cut: by the clock, or as those programs do.
    least_segments : int
        Fewer give no SDANN and SDNNi.
    bin_ms : float
        Bins of the histogram; 7.8125 ms is 1/128 s.
    tinn : {'least-squares', 'neurokit2-0.2', 'neurokit2-0.3', 'pyhrv'}
        How the triangle is fitted.
    detrend : {'constant', 'linear', 'smoothness-priors', 'none'}
        Of the series before its spectrum.
    smoothness : float
        Lambda of the smoothness priors (Tarvainen et al. 2002).
    detrend_time : bool
        Whether time-domain figures, apart from means, extremes and pNNx, are of the detrended
        series.
    resample_hz : float
        Rate of the even series.
    interpolation : {'linear', 'quadratic', 'cubic'}
        How it is made.
    grid_past_end : bool
        Whether it goes on to the first point past the last beat, with the last value.
    psd : {'welch', 'lomb-scargle', 'autoregressive'}
        Method of the spectrum.
    taper : {'hann', 'hamming', 'boxcar'}
        Of Welch's segments.
    welch_seconds : float or None
        Length of Welch's segments; None for half the series.
    short_seconds : float
        A series shorter than this is one segment.
    overlap : float
        Of Welch's segments, 0 to below 1.
    segment_detrend : {'constant', 'linear', 'none'}
        Of each segment.
    nfft : int or None
        Points of the transform; None for the segment's, -2 for twice the segment's.
    ar_order : int
        Order of the autoregressive model.
    ar_method : {'yule-walker', 'burg'}
        How it is fitted. Burg's resolves lines better, but of a series without noise it gives
        lines so thin that no grid of frequencies holds their power.
    ulf_mean_seconds : float or None
        ULF is of the means of the series over so many seconds, by Lomb and Scargle, as segments
        of minutes cannot hold it; None: of the same spectrum as the other bands.
    ulf, vlf, lf, hf, vhf : (float, float) or None
        Bands in Hz.
    band_edges : {'half-open', 'closed'}
        Whether the upper edge belongs to a band.
    integration : {'sum', 'trapezoid'}
        How the power of a band is summed: all its lines, so that bands that touch add up to the
        whole; or the area between its first line and its last.
    lowest_of_series : bool
        Whether frequencies below four cycles in the series are left out.
    any_length : bool
        Whether bands are told of a series that the Task Force calls too short for them; the
        result says for which it is.
    relative_to_peak : bool
        Whether powers are relative to the largest density, without unit.
    normalised_by : {'lf+hf', 'total-vlf', 'total'}
        What normalised units are shares of.
    poincare_ddof, entropy_ddof : int
        Of the standard deviations of SD1, SD2 and recurrence, and of the entropies' tolerance.
    entropy_m, entropy_r : int, float
        Length of the entropies' templates, and tolerance in standard deviations.
    entropy_closed : bool
        Whether a distance equal to the tolerance counts as alike.
    dfa_alpha1, dfa_alpha2 : (int, int)
        Windows of the fluctuation analysis in beats; a last one of 0 is a tenth of the series.
    dfa_overlap : bool
        Whether its windows overlap by half.
    dfa_drop_flat : {'none', 'absolute', 'relative'}
        Whether windows that their trend fits are left out: to a variance of 1e-8, or to 1e-8 of
        the largest.
    """

    name: str
    source: str
    program: str = ""
    ddof: int = 1
    differences: str = "signed"
    pnn_of: str = "intervals"
    pnn_rounding: str = "none"
    segment_seconds: float = 300.0
    segments: str = "clock"
    least_segments: int = 2
    bin_ms: float = 7.8125
    tinn: str = "least-squares"
    detrend: str = "constant"
    smoothness: float = 500.0
    detrend_time: bool = False
    resample_hz: float = 4.0
    interpolation: str = "cubic"
    grid_past_end: bool = False
    psd: str = "welch"
    taper: str = "hann"
    welch_seconds: float | None = 300.0
    short_seconds: float = 0.0
    overlap: float = 0.5
    segment_detrend: str = "constant"
    nfft: int | None = None
    ar_order: int = 16
    ar_method: str = "yule-walker"
    ulf_mean_seconds: float | None = 20.0
    ulf: Band | None = (0.0, 0.003)
    vlf: Band = (0.003, 0.04)
    lf: Band = (0.04, 0.15)
    hf: Band = (0.15, 0.4)
    vhf: Band | None = None
    band_edges: str = "half-open"
    integration: str = "sum"
    lowest_of_series: bool = False
    any_length: bool = False
    relative_to_peak: bool = False
    normalised_by: str = "total-vlf"
    poincare_ddof: int = 1
    entropy_ddof: int = 1
    entropy_m: int = 2
    entropy_r: float = 0.2
    entropy_closed: bool = True
    dfa_alpha1: tuple[int, int] = (4, 16)
    dfa_alpha2: tuple[int, int] = (16, 64)
    dfa_overlap: bool = False
    dfa_drop_flat: str = "none"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for key, choices in CHOICES.items():
            checked_choice(getattr(self, key), key, choices)
        checked_number(self.segment_seconds, "segment_seconds", 10, unit="s")
        checked_number(self.bin_ms, "bin_ms", 0, 200, open_low=True, unit="ms")
        checked_number(self.resample_hz, "resample_hz", 1, 1000, unit="Hz")
        checked_number(self.overlap, "overlap", 0, 0.95)
        checked_number(self.ar_order, "ar_order", 1, 200)
        checked_number(self.entropy_r, "entropy_r", 0, 10, open_low=True)
        if self.ulf_mean_seconds is not None:
            checked_number(self.ulf_mean_seconds, "ulf_mean_seconds", 1, 60, unit="s")
        checked_number(self.smoothness, "smoothness", 0, open_low=True)
        if self.welch_seconds is not None:
            checked_number(self.welch_seconds, "welch_seconds", 10, unit="s")
        for key, band in self.bands().items():
            if not 0 <= band[0] < band[1] <= self.resample_hz / 2:
                raise InvalidInputError(
                    f"{key}={band!r} is no band in Hz: give (low, high) with low < high, at most "
                    f"{self.resample_hz / 2:g} Hz, half of resample_hz"
                )

    def bands(self) -> dict[str, Band]:
        """Return the bands by name, in order."""
        named = {"ulf": self.ulf, "vlf": self.vlf, "lf": self.lf, "hf": self.hf, "vhf": self.vhf}
        return {key: band for key, band in named.items() if band is not None}

    def with_options(self, **options: Any) -> HrvConvention:
        """Return it with some choices changed; its name says that it is no longer the same."""
        known = {field.name for field in fields(self)}
        unknown = sorted(set(options) - known)
        if unknown:
            raise InvalidInputError(
                f"{unknown[0]!r} is no choice of a convention; there are {sorted(known)!r}"
            )
        if not options:
            return self
        return replace(self, **{"name": f"{self.name}, changed", **options})


TASK_FORCE = HrvConvention(
    name="task-force-1996",
    source="Task Force of the ESC and NASPE. Heart rate variability: standards of measurement, "
    "physiological interpretation, and clinical use. Circulation 1996;93:1043-1065. What it "
    "leaves open is as in the attributes: 4 Hz cubic, Welch of 300 s, Hann, half overlapping",
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
    least_segments=3,
    tinn="neurokit2-0.3",
    resample_hz=100.0,
    interpolation="quadratic",
    grid_past_end=True,
    welch_seconds=None,
    segment_detrend="none",
    nfft=-2,
    ulf=(0.0, 0.0033),
    vlf=(0.0033, 0.04),
    vhf=(0.4, 0.5),
    integration="trapezoid",
    ulf_mean_seconds=None,
    dfa_alpha1=(4, 11),
    dfa_alpha2=(12, 0),
    dfa_overlap=True,
    dfa_drop_flat="relative",
    lowest_of_series=True,
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
    "Silva HP. pyHRV: development and evaluation of an open-source Python toolbox for heart rate "
    "variability. IcETRAN 2019",
    differences="absolute",
    pnn_of="differences",
    segments="pyhrv",
    tinn="pyhrv",
    taper="hamming",
    welch_seconds=75.0,
    short_seconds=300.0,
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
NEWEST = {"neurokit2": NEUROKIT2_03.name}  # of programs of which several versions are followed


def checked_convention(convention: Any, **options: Any) -> HrvConvention:
    """Return a convention by its name, or one that was made, with options changed.

    The name of a program without a version is that of the newest one.
    """
    if isinstance(convention, HrvConvention):
        return convention.with_options(**options)
    known = (*CONVENTIONS, *NEWEST)
    name = checked_choice(convention, "convention", known)
    name = NEWEST.get(name, name)
    return CONVENTIONS[name].with_options(**options)
