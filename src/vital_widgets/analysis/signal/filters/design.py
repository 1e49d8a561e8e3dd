"""Design filters, and refuse those that double precision or the sampling rate cannot hold."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_integer,
    checked_number,
)
from vital_widgets.analysis.signal.filters.filter import HALF_POWER_DB, Filter
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = {  # name, and type of `scipy.signal.iirfilter`
    "butterworth": ("Butterworth", "butter"), "chebyshev1": ("Chebyshev I", "cheby1"),
    "chebyshev2": ("Chebyshev II", "cheby2"), "elliptic": ("elliptic", "ellip"),
    "bessel": ("Bessel", "bessel_mag"), "fir": ("FIR", ""),
}  # fmt: skip
BANDS = {  # name, and those of the ranges between the cutoffs that pass
    "lowpass": ("low-pass", [0]), "highpass": ("high-pass", [1]), "bandpass": ("band-pass", [1]),
    "bandstop": ("band-stop", [0, 2]),
}  # fmt: skip
HAVE_RIPPLE = ("chebyshev1", "elliptic")
HAVE_ATTENUATION = ("chebyshev2", "elliptic", "fir")
ORDER, RIPPLE_DB, ATTENUATION_DB, FIR_ATTENUATION_DB = 4, 0.5, 40.0, 60.0
MAX_ORDER, MAX_FIR_ORDER = 40, 1 << 20
MIN_FIR_ATTENUATION_DB = 21.0  # of the Kaiser window: below, it is a rectangle
# Lowest cutoff, width or distance to half the sampling rate, over the sampling rate. Rounding
# errors in a second-order section grow with the inverse square: at this ratio they reach 1e-9 of
# the signal (measured with Butterworth filters of order 2 to 8 against 80-bit arithmetic).
MIN_RATIO = 2e-5
TOLERANCE_DB, STOP_TOLERANCE_DB = 0.05, 1.0
GRID = 512  # frequencies in each band at which the gain is checked
REMEDY = "lower the order, or move the cutoffs apart and away from 0 and half the sampling rate"


def design_filter(
    ftype: str = "butterworth",
    btype: str = "bandpass",
    *,
    lowcut: float | None = None,
    highcut: float | None = None,
    order: int | None = None,
    ripple: float | None = None,
    attenuation: float | None = None,
    fs: float,
) -> Filter:
    """Design a digital filter and check that it does what was asked for.

    Parameters
    ----------
    ftype : {'butterworth', 'chebyshev1', 'chebyshev2', 'elliptic', 'bessel', 'fir'}
        'fir' has linear phase and a Kaiser window; all others are recursive (IIR) and are
        designed as second-order sections. 'butterworth' has the flattest pass band.
    btype : {'lowpass', 'highpass', 'bandpass', 'bandstop'}
        Which frequencies pass: below ``highcut``, above ``lowcut``, between the two, or all
        except those between the two.
    lowcut, highcut : float
        Cutoff frequencies in Hz, those that the band has. The gain there is -3 dB for
        Butterworth and Bessel filters, minus ``ripple`` for Chebyshev I and elliptic ones (end of
        the pass band), minus ``attenuation`` for Chebyshev II (start of the stop band), and -6 dB
        for FIR filters. Filtering forwards and backwards doubles these.
    order : int, optional
        Order of the prototype, by default 4, which most ECG and EEG packages use, and at most 40;
        a band-pass or band-stop filter has twice as many poles. For an FIR filter the number of
        taps minus one; by default what ``attenuation`` needs for transition bands of a quarter of
        the cutoff, but at least 2 Hz where there is room.
    ripple : float, optional
        Ripple of the pass band in dB, by default 0.5; for Chebyshev I and elliptic filters.
    attenuation : float, optional
        Attenuation of the stop band in dB, by default 40, or 60 for FIR; for Chebyshev II,
        elliptic and FIR filters.
    fs : float
        Sampling rate in Hz.

    Returns
    -------
    Filter
        To be used with `filter_signal`; ``response()`` returns its frequency response.

    Raises
    ------
    InvalidInputError
        The cutoffs do not fit the band or the sampling rate, a parameter does not belong to the
        family, or the filter is unstable or inaccurate in double precision.

    Notes
    -----
    Designed by `scipy.signal.iirfilter` (Bessel with the norm 'mag') or `scipy.signal.firwin`, and
    then checked: poles, the gain at the cutoffs and in the bands, rounding errors.

    References
    ----------
    Oppenheim AV, Schafer RW. Discrete-Time Signal Processing. 3rd ed. Pearson; 2010.

    Examples
    --------
    >>> from vital_widgets.analysis import design_filter
    >>> design_filter("butterworth", "bandpass", lowcut=0.5, highcut=40, fs=250)
    <Filter Butterworth band-pass 0.5 to 40 Hz, order 4, for 250 Hz>
    """
    rate = checked_fs(fs)
    checked_choice(ftype, "ftype", tuple(KINDS))
    checked_choice(btype, "btype", tuple(BANDS))
    edges = _checked_cutoffs(btype, lowcut, highcut, rate)
    ripple = _decibels(ripple, "ripple", ftype, HAVE_RIPPLE, RIPPLE_DB)
    usual = FIR_ATTENUATION_DB if ftype == "fir" else ATTENUATION_DB
    attenuation = _decibels(attenuation, "attenuation", ftype, HAVE_ATTENUATION, usual)
    if ripple is not None and attenuation is not None and ripple >= attenuation:
        raise InvalidInputError(
            f"ripple={ripple:g} dB is not below attenuation={attenuation:g} dB; give a "
            "ripple of the pass band well below the attenuation of the stop band"
        )
    taps = None
    if attenuation is not None and ftype == "fir":
        taps = _fir(btype, edges, order, attenuation, rate)
        order = len(taps) - 1
    else:
        order = checked_integer(ORDER if order is None else order, "order", 1, MAX_ORDER)
    design: dict[str, Any] = {
        "ftype": ftype, "btype": btype, "lowcut": lowcut, "highcut": highcut, "order": order,
        "ripple": ripple, "attenuation": attenuation, "fs": rate,
    }  # fmt: skip
    at = " to ".join(f"{edge:g}" for edge in edges)
    name = f"{KINDS[ftype][0]} {BANDS[btype][0]} {at} Hz, order {order}"
    for key in ("ripple", "attenuation"):
        name += "" if design[key] is None else f", {key} {design[key]:g} dB"
    if taps is not None:
        return Filter(rate, name, taps=taps, design=design)
    return _checked(Filter(rate, name, _sections(design, edges, name), design=design), edges)


def _checked_cutoffs(
    btype: str, lowcut: float | None, highcut: float | None, fs: float
) -> tuple[float, ...]:
    """Return the cutoff frequencies in Hz that a band has."""
    given = {"lowcut": lowcut, "highcut": highcut}
    needed = {"lowpass": ("highcut",), "highpass": ("lowcut",)}.get(btype, tuple(given))
    for name, value in given.items():
        if name in needed and value is None:
            listed = " and ".join(f"{n}=..." for n in needed)
            raise InvalidInputError(f"a {btype} filter needs {listed} in Hz; {name} is missing")
        if name not in needed and value is not None:
            raise InvalidInputError(
                f"{name}={value!r} is not used by a {btype} filter; give {needed[0]} in Hz, or "
                "choose btype='bandpass' or 'bandstop'"
            )
    edges = tuple(checked_number(given[name], name, 0, open_low=True, unit="Hz") for name in needed)
    for name, edge in zip(needed, edges, strict=True):
        _check_below_nyquist(edge, name, fs)
    if len(edges) > 1 and edges[0] >= edges[1]:
        raise InvalidInputError(
            f"lowcut={edges[0]:g} Hz is not below highcut={edges[1]:g} Hz; give lowcut < highcut"
        )
    return edges


def _check_below_nyquist(frequency: float, name: str, fs: float) -> None:
    if frequency >= fs / 2:
        raise InvalidInputError(
            f"{name}={frequency:g} Hz is not below half the sampling rate ({fs / 2:g} Hz at "
            f"fs={fs:g} Hz); give a lower frequency"
        )


def notch(freq: float = 50.0, *, q: float = 30.0, fs: float) -> Filter:
    """Design a notch filter, which removes one frequency.

    Parameters
    ----------
    freq : float
        Frequency to remove in Hz, such as that of the mains, 50 or 60.
    q : float
        Quality factor: ``freq`` divided by the width of the notch at -3 dB. The default of 30 is
        1.7 Hz wide at 50 Hz, which covers the drift of the mains.
    fs : float
        Sampling rate in Hz.

    Returns
    -------
    Filter
        `scipy.signal.iirnotch`. Filtering forwards and backwards widens the notch by about 1.6.

    Raises
    ------
    InvalidInputError
        The notch reaches beyond 0 or half the sampling rate, or is too narrow for double
        precision.

    Examples
    --------
    >>> from vital_widgets.analysis import notch
    >>> notch(60, fs=250)
    <Filter notch at 60 Hz, q 30, for 250 Hz>
    """
    from scipy.signal import iirnotch

    rate = checked_fs(fs)
    freq = checked_number(freq, "freq", 0, open_low=True, unit="Hz")
    _check_below_nyquist(freq, "freq", rate)
    q = checked_number(q, "q", 0, open_low=True)
    width = freq / q
    if freq - width / 2 <= 0 or freq + width / 2 >= rate / 2:
        raise InvalidInputError(
            f"a notch at {freq:g} Hz with q={q:g} is {width:g} Hz wide and reaches beyond 0 to "
            f"{rate / 2:g} Hz; give a larger q"
        )
    b, a = iirnotch(freq, q, rate)
    design = {"ftype": "notch", "freq": freq, "q": q, "fs": rate}
    return _checked(
        Filter(rate, f"notch at {freq:g} Hz, q {q:g}", np.array([[*b, *a]]), design=design)
    )


def comb(freq: float = 50.0, *, q: float = 30.0, fs: float) -> Filter:
    """Design notches at a frequency and at all its harmonics below half the sampling rate.

    Parameters
    ----------
    freq : float
        Fundamental frequency in Hz, such as that of the mains, 50 or 60.
    q, fs
        As for `notch`. All notches have the same width in Hz. ``fs`` need not be a multiple of
        ``freq``.

    Returns
    -------
    Filter
        One notch for each harmonic: more precise than the one polynomial of
        `scipy.signal.iircomb`. A harmonic whose notch would reach half the sampling rate is left
        out.

    Raises
    ------
    InvalidInputError
        As for `notch`.

    Examples
    --------
    >>> from vital_widgets.analysis import comb
    >>> comb(50, fs=250)
    <Filter comb at 50 Hz and harmonics up to 100 Hz, 1.67 Hz wide, for 250 Hz>
    """
    from scipy.signal import iirnotch

    first = notch(freq, q=q, fs=fs)
    rate, freq, q = (first.design[key] for key in ("fs", "freq", "q"))
    width = freq / q
    count = int((rate / 2 - width / 2) / freq) + 1
    harmonics = [k * freq for k in range(1, count + 1) if k * freq + width / 2 < rate / 2]
    sections = [np.concatenate(iirnotch(f, f / width, rate)) for f in harmonics]
    name = f"comb at {freq:g} Hz and harmonics up to {harmonics[-1]:g} Hz, {width:.3g} Hz wide"
    design = {"ftype": "comb", "freq": freq, "q": q, "fs": rate}
    return _checked(Filter(rate, name, np.array(sections), design=design))


def _decibels(
    given: float | None, name: str, ftype: str, kinds: tuple[str, ...], usual: float
) -> float | None:
    """Return the value that a kind of filter has, or None if it has none."""
    if given is None:
        return usual if ftype in kinds else None
    if ftype not in kinds:
        raise InvalidInputError(
            f"{name}={given!r} is not used by ftype={ftype!r}; it is for {', '.join(kinds)}"
        )
    low = MIN_FIR_ATTENUATION_DB if ftype == "fir" else 0.0
    return checked_number(given, name, low, 200, open_low=True, unit="dB")


def _sections(design: dict[str, Any], edges: tuple[float, ...], name: str) -> NDArray[np.float64]:
    import warnings

    from scipy.signal import iirfilter

    fs, at = design["fs"], edges[0] if len(edges) == 1 else list(edges)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # the design is checked
            made = iirfilter(
                design["order"], at, rp=design["ripple"], rs=design["attenuation"],
                btype=design["btype"], ftype=KINDS[design["ftype"]][1], output="sos", fs=fs,
            )  # fmt: skip
        sos = np.asarray(made)
    except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError):
        sos = np.full((1, 6), np.nan)
    if not np.all(np.isfinite(sos)):
        raise InvalidInputError(
            f"{name} at fs={fs:g} Hz cannot be designed in double precision; {REMEDY}"
        )
    return sos


def _fir(
    btype: str, edges: tuple[float, ...], order: int | None, attenuation: float, fs: float
) -> NDArray[np.float64]:
    from scipy import signal

    nyquist = fs / 2
    if order is None:
        widths = [min(max(edge / 4, 2.0), edge, nyquist - edge) for edge in edges]
        width = min([*widths, *np.diff(edges).tolist()])
        n = signal.kaiserord(attenuation, width / nyquist)[0] if width > 0 else MAX_FIR_ORDER
        n = min(int(n) | 1, MAX_FIR_ORDER + 1)
    else:
        n = checked_integer(order, "order", 1, MAX_FIR_ORDER) + 1
    if n > MAX_FIR_ORDER:
        raise InvalidInputError(
            f"{edges[0]:g} Hz at fs={fs:g} Hz needs an FIR filter of more than {MAX_FIR_ORDER:,} "
            "taps; use a recursive kind or a higher cutoff, or resample to a lower rate first"
        )
    if n % 2 == 0 and btype in ("highpass", "bandstop"):
        raise InvalidInputError(
            f"order={n - 1} is odd, and such an FIR {btype} filter has a gain of 0 at half the "
            f"sampling rate; give order={n}"
        )
    window = ("kaiser", signal.kaiser_beta(attenuation))
    cutoff = edges[0] if len(edges) == 1 else list(edges)
    return np.asarray(signal.firwin(n, cutoff, window=window, pass_zero=btype, fs=fs))


def _checked(made: Filter, edges: tuple[float, ...] = ()) -> Filter:
    """Return a recursive filter with cutoffs ``edges`` (Hz), or raise if it is unfit for use."""
    _check_ratios(made, edges)
    if made.largest_pole >= 1:
        raise InvalidInputError(
            f"{made.name} at fs={made.fs:g} Hz is unstable: a pole has the radius "
            f"{made.largest_pole:.9f} in double precision; {REMEDY}"
        )
    if edges and (deviation := _deviation(made, edges)):
        raise InvalidInputError(
            f"{made.name} at fs={made.fs:g} Hz is inaccurate in double precision: {deviation}; "
            f"{REMEDY}"
        )
    assert made.ringing >= 0  # raises for a filter that rings too long
    return made


def _check_ratios(made: Filter, edges: tuple[float, ...]) -> None:
    named = {f"the cutoff {edge:g} Hz": edge for edge in edges}
    named |= {f"the distance of {edge:g} Hz to half of fs": made.fs / 2 - edge for edge in edges}
    named |= {f"the width {high - low:g} Hz": high - low for low, high in pairwise(edges)}
    if "q" in made.design:
        named["the width of the notch"] = made.design["freq"] / made.design["q"]
    for what, value in named.items():
        if value < MIN_RATIO * made.fs:
            raise InvalidInputError(
                f"{made.name}: {what} is too small for fs={made.fs:g} Hz: below "
                f"{MIN_RATIO * made.fs:g} Hz the filter is ill-conditioned and rounding errors "
                "show in the result; resample the signal to a lower rate first (resample_signal)"
            )


def _deviation(made: Filter, edges: tuple[float, ...]) -> str:
    """Return how the gain at the cutoffs or in the bands deviates from the formulae."""
    ftype, ripple, attenuation = (made.design[key] for key in ("ftype", "ripple", "attenuation"))
    expected, tolerance = HALF_POWER_DB if ripple is None else -ripple, TOLERANCE_DB
    if ftype == "chebyshev2":
        expected, tolerance = -attenuation, STOP_TOLERANCE_DB
    with np.errstate(all="ignore"):
        gains = made.decibels(edges)
        bands = pairwise([0.0, *edges, made.fs / 2])
        largest = np.array([np.max(made.decibels(_grid(*band))) for band in bands])
    k = int(np.argmax(np.abs(gains - expected)))
    if not abs(gains[k] - expected) <= tolerance:  # NaN too
        return f"the gain at {edges[k]:g} Hz is {gains[k]:.2f} dB instead of {expected:.2f} dB"
    # An even Chebyshev I or elliptic filter has -ripple at its centre, and at most 0 dB.
    if not np.max(largest) <= TOLERANCE_DB:
        return f"it amplifies by up to {np.max(largest):.2f} dB"
    reached = float(np.max(largest[BANDS[made.design["btype"]][1]]))
    if not reached >= -(ripple or 0) - 1:
        return f"it passes nothing: its largest gain is {reached:.1f} dB"
    return ""


def _grid(low: float, high: float) -> NDArray[np.float64]:
    ratio = np.geomspace(max(low, high * 1e-6), high, GRID)
    return np.concatenate([np.linspace(low, high, GRID), ratio])
