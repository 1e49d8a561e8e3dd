"""Design filters, and refuse those that double precision or the sampling rate cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_choice, checked_fs, checked_number
from vital_widgets.analysis.signal.filters.design_check import check_design
from vital_widgets.analysis.signal.filters.filter import Filter
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = ("butterworth", "chebyshev1", "chebyshev2", "elliptic", "bessel", "fir")
BANDS = ("lowpass", "highpass", "bandpass", "bandstop")
HAVE_RIPPLE = ("chebyshev1", "elliptic")
HAVE_ATTENUATION = ("chebyshev2", "elliptic", "fir")
ORDER, RIPPLE_DB, ATTENUATION_DB, FIR_ATTENUATION_DB = 4, 0.5, 40.0, 60.0
HIGHEST_ORDER, LONGEST_FIR = 40, 1 << 20
LEAST_ATTENUATION_DB = 21.0  # of the Kaiser window: below, it is a rectangle


def design_filter(
    kind: str = "butterworth",
    band: str = "bandpass",
    *,
    low: float | None = None,
    high: float | None = None,
    order: int | None = None,
    ripple: float | None = None,
    attenuation: float | None = None,
    fs: float,
) -> Filter:
    """Design a filter, or say why it cannot be.

    Parameters
    ----------
    kind : str
        'butterworth', 'chebyshev1', 'chebyshev2', 'elliptic', 'bessel' (recursive, as
        second-order sections) or 'fir' (linear phase, Kaiser window).
    band : str
        'lowpass' (passes below ``high``), 'highpass' (above ``low``), 'bandpass' (between them),
        'bandstop' (all but what is between them).
    low, high : float
        Edges in Hz. What the gain is there: -3 dB for Butterworth and Bessel, minus ``ripple``
        for Chebyshev I and elliptic (end of the pass band), minus ``attenuation`` for Chebyshev
        II (start of the stop band), -6 dB for FIR. Filtering forwards and backwards doubles it.
    order : int, optional
        Order of the prototype as SciPy counts it, 4 by default: a band-pass or band-stop has
        twice as many poles. Of an FIR filter the number of taps less one; by default as many as
        ``attenuation`` needs for transitions a quarter of the edge wide, but at least 2 Hz where
        there is room (and an even number, so that all bands can be made).
    ripple : float, optional
        Of the pass band in dB, 0.5 by default; for Chebyshev I and elliptic.
    attenuation : float, optional
        Of the stop band in dB, 40 by default, 60 for FIR; for Chebyshev II, elliptic and FIR.
    fs : float
        Sampling rate in Hz.

    Returns
    -------
    Filter

    Raises
    ------
    InvalidInputError
        If the edges do not fit the band or the sampling rate, a parameter does not belong to the
        kind, or what comes out in double precision is unstable or is not what was asked for.

    Notes
    -----
    Made by `scipy.signal` (``butter``, ``cheby1``, ``cheby2``, ``ellip``, ``bessel`` with
    ``norm='mag'``, ``firwin``) and then checked: poles within the unit circle, the gain at the
    edges and across the bands as the formulae of the kind say, and rounding errors small.

    References
    ----------
    Oppenheim AV, Schafer RW. Discrete-Time Signal Processing. 3rd ed. Pearson; 2010.
    """
    rate = checked_fs(fs)
    checked_choice(kind, "kind", KINDS)
    checked_choice(band, "band", BANDS)
    edges = checked_edges(band, low, high, rate)
    ripple_db = _wanted(ripple, "ripple", kind, HAVE_RIPPLE, RIPPLE_DB)
    usual = FIR_ATTENUATION_DB if kind == "fir" else ATTENUATION_DB
    attenuation_db = _wanted(attenuation, "attenuation", kind, HAVE_ATTENUATION, usual)
    if kind == "elliptic" and ripple_db >= attenuation_db:
        raise InvalidInputError(
            f"ripple={ripple_db:g} dB is not below attenuation={attenuation_db:g} dB; the pass "
            "band may ripple by far less than the stop band is damped"
        )
    design: dict[str, Any] = {
        "kind": kind, "band": band, "low": low, "high": high, "fs": rate,
        "ripple": ripple_db if kind in HAVE_RIPPLE else None,
        "attenuation": attenuation_db if kind in HAVE_ATTENUATION else None,
    }  # fmt: skip
    if kind == "fir":
        taps = _fir(band, edges, order, attenuation_db, rate)
        design["order"] = len(taps) - 1
        return Filter(rate, _words(design, edges), taps=taps, design=design)
    n = checked_order(ORDER if order is None else order, HIGHEST_ORDER)
    design["order"] = n
    name = _words(design, edges)
    sos = _sections(design, edges, ripple_db, attenuation_db, name)
    made = Filter(rate, name, sos=sos, design=design)
    check_design(made, edges, ripple_db, attenuation_db)
    return made


def checked_edges(band: str, low: Any, high: Any, fs: float) -> tuple[float, ...]:
    """Return the edges in Hz that a band has, or raise `InvalidInputError`."""
    needed = {"lowpass": ("high",), "highpass": ("low",)}.get(band, ("low", "high"))
    given = {"low": low, "high": high}
    for name, value in given.items():
        if name in needed and value is None:
            listed = " and ".join(f"{n}=..." for n in needed)
            raise InvalidInputError(f"a {band} needs {listed} in Hz; {name} is missing")
        if name not in needed and value is not None:
            raise InvalidInputError(
                f"{name}={value!r} is not used by a {band}; it takes {needed[0]} (in Hz), or "
                "choose band='bandpass' or 'bandstop'"
            )
    edges = tuple(checked_number(given[name], name, 0, open_low=True, unit="Hz") for name in needed)
    for name, edge in zip(needed, edges, strict=True):
        if edge >= fs / 2:
            raise InvalidInputError(
                f"{name}={edge:g} Hz is not below half the sampling rate ({fs / 2:g} Hz of "
                f"fs={fs:g} Hz); there is nothing above it to pass or stop: give a lower one"
            )
    if len(edges) > 1 and edges[0] >= edges[1]:
        raise InvalidInputError(
            f"low={edges[0]:g} Hz is not below high={edges[1]:g} Hz; give low < high"
        )
    return edges


def checked_order(order: Any, highest: int) -> int:
    """Return an order as an int, or raise `InvalidInputError`."""
    number = checked_number(order, "order", 1)
    if number > highest:
        raise InvalidInputError(
            f"order={order!r} is too high: above {highest:,} a filter is not held in double "
            "precision with certainty, and rings for long; lower it"
        )
    if number != int(number):
        raise InvalidInputError(f"order={order!r} is not a whole number")
    return int(number)


def notch(freq: float = 50.0, *, q: float = 30.0, fs: float) -> Filter:
    """Return a notch: a second-order filter that takes out one frequency.

    Parameters
    ----------
    freq : float
        The frequency in Hz, such as 50 or 60 of the mains.
    q : float
        ``freq`` over the width of the notch at -3 dB; 30 is 1.7 Hz at 50 Hz.
    fs : float
        Sampling rate in Hz.

    Notes
    -----
    `scipy.signal.iirnotch`. Filtering forwards and backwards widens the notch by about 1.6.
    """
    from scipy.signal import iirnotch

    rate = checked_fs(fs)
    (freq,) = checked_edges("highpass", checked_number(freq, "freq", 0, open_low=True), None, rate)
    q = checked_number(q, "q", 0, open_low=True)
    width = freq / q
    if freq - width / 2 <= 0 or freq + width / 2 >= rate / 2:
        raise InvalidInputError(
            f"a notch at {freq:g} Hz with q={q:g} is {width:g} Hz wide and reaches beyond 0 to "
            f"{rate / 2:g} Hz; give a larger q"
        )
    b, a = iirnotch(freq, q, rate)
    design = {"kind": "notch", "freq": freq, "q": q, "fs": rate}
    made = Filter(rate, f"notch at {freq:g} Hz, q {q:g}", np.array([[*b, *a]]), design=design)
    check_design(made, ())
    return made


def comb(freq: float = 50.0, *, q: float = 30.0, fs: float) -> Filter:
    """Return notches at a frequency and all its harmonics below half the sampling rate.

    Parameters
    ----------
    freq : float
        The fundamental in Hz, such as 50 or 60 of the mains.
    q : float
        ``freq`` over the width in Hz at -3 dB, which is the same for all notches (as of a comb).
    fs : float
        Sampling rate in Hz; it need not be a multiple of ``freq``.

    Notes
    -----
    A cascade of `scipy.signal.iirnotch`, one section a harmonic, which keeps full precision where
    ``scipy.signal.iircomb`` has one polynomial of the order ``fs / freq`` and takes only rates
    that are multiples of ``freq``. A harmonic so near half the sampling rate that its notch would
    reach it is left out.
    """
    from scipy.signal import iirnotch

    first = notch(freq, q=q, fs=fs)
    rate, width = first.fs, first.design["freq"] / first.design["q"]
    freq = first.design["freq"]
    n = int((rate / 2 - width / 2) / freq)
    harmonics = [k * freq for k in range(1, n + 1) if k * freq + width / 2 < rate / 2]
    sections = [np.concatenate(iirnotch(f, f / width, rate)) for f in harmonics]
    design = {"kind": "comb", "freq": freq, "q": first.design["q"], "fs": rate}
    name = f"comb at {freq:g} Hz and harmonics up to {harmonics[-1]:g} Hz, {width:.3g} Hz wide"
    made = Filter(rate, name, np.array(sections), design=design)
    check_design(made, ())
    return made


def _wanted(given: Any, name: str, kind: str, kinds: tuple[str, ...], usual: float) -> float:
    if given is None:
        return usual
    if kind not in kinds:
        raise InvalidInputError(
            f"{name}={given!r} is not used by kind={kind!r}; it belongs to {', '.join(kinds)}"
        )
    lowest = LEAST_ATTENUATION_DB if kind == "fir" else 0.0
    return checked_number(given, name, lowest, 200, open_low=True, unit="dB")


def _sections(
    design: dict[str, Any],
    edges: tuple[float, ...],
    ripple: float,
    attenuation: float,
    name: str,
) -> NDArray[np.float64]:
    import warnings

    from scipy import signal

    kind, band, order, fs = (design[key] for key in ("kind", "band", "order", "fs"))
    at = edges[0] if len(edges) == 1 else list(edges)
    makers: dict[str, Any] = {
        "butterworth": lambda: signal.butter(order, at, band, output="sos", fs=fs),
        "chebyshev1": lambda: signal.cheby1(order, ripple, at, band, output="sos", fs=fs),
        "chebyshev2": lambda: signal.cheby2(order, attenuation, at, band, output="sos", fs=fs),
        "elliptic": lambda: signal.ellip(order, ripple, attenuation, at, band, output="sos", fs=fs),
        "bessel": lambda: signal.bessel(order, at, band, output="sos", norm="mag", fs=fs),
    }
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # what comes out is checked
            sos = np.asarray(makers[kind](), np.float64)
    except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError) as error:
        raise InvalidInputError(
            f"{name} at fs={fs:g} Hz cannot be made ({error}); lower the order, or move the edges "
            "apart and away from 0 and half the sampling rate"
        ) from None
    if not np.all(np.isfinite(sos)):
        raise InvalidInputError(
            f"{name} at fs={fs:g} Hz has coefficients that are no numbers; lower the order, or "
            "move the edges apart"
        )
    return sos


def _fir(
    band: str, edges: tuple[float, ...], order: Any, attenuation: float, fs: float
) -> NDArray[np.float64]:
    from scipy import signal

    nyquist = fs / 2
    if order is None:
        rooms = [min(max(edge / 4, 2.0), edge, nyquist - edge) for edge in edges]
        width = min([*rooms, edges[-1] - edges[0]]) if len(edges) > 1 else rooms[0]
        n = signal.kaiserord(attenuation, width / nyquist)[0] if width > 0 else LONGEST_FIR
        n = min(int(n) | 1, LONGEST_FIR + 1)
    else:
        n = checked_order(order, LONGEST_FIR) + 1
    if n > LONGEST_FIR:
        raise InvalidInputError(
            f"{edges[0]:g} Hz at fs={fs:g} Hz needs an FIR filter of more than {LONGEST_FIR:,} "
            "taps; use a recursive kind, a higher edge, or resample to a lower rate first"
        )
    if n % 2 == 0 and band in ("highpass", "bandstop"):
        raise InvalidInputError(
            f"order={n - 1} is odd: such an FIR {band} would be 0 at half the sampling rate, which "
            f"it should pass; give order={n}"
        )
    window = ("kaiser", signal.kaiser_beta(attenuation))
    cutoff = edges[0] if len(edges) == 1 else list(edges)
    return np.asarray(signal.firwin(n, cutoff, window=window, pass_zero=band, fs=fs))


def _words(design: dict[str, Any], edges: tuple[float, ...]) -> str:
    kinds = {
        "butterworth": "Butterworth", "chebyshev1": "Chebyshev I", "chebyshev2": "Chebyshev II",
        "elliptic": "elliptic", "bessel": "Bessel", "fir": "FIR",
    }  # fmt: skip
    bands = {"lowpass": "low-pass", "highpass": "high-pass", "bandpass": "band-pass",
             "bandstop": "band-stop"}  # fmt: skip
    at = " to ".join(f"{edge:g}" for edge in edges)
    order = f"order {design['order']}"
    if design["ripple"] is not None:
        order += f", ripple {design['ripple']:g} dB"
    if design["attenuation"] is not None:
        order += f", attenuation {design['attenuation']:g} dB"
    return f"{kinds[design['kind']]} {bands[design['band']]} {at} Hz, {order}"
