"""Ratio of ratios of red and infrared light, and an oxygen saturation by a given calibration."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Found = tuple[NDArray[np.int64], NDArray[np.float64]]

TEXTBOOK = "textbook"
TEXTBOOK_LINE = (110.0, -25.0)
LOWEST_RATE = 20.0  # Hz
SLOW = 1.0  # s: means over it, twice, are the steady part
SMOOTH = 0.1  # s
HIGHEST_SHARE = 0.25  # of the steady part: no tissue pulsates so much (root mean square)
SATURATION = (0.0, 100.0)  # %


@dataclass(frozen=True, kw_only=True, eq=False)
class OxygenRatio(Result, given=("times", "correlation", "calibration")):
    """Ratio of ratios in successive windows.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Middle of each window in s.
    ratio : ndarray, shape (n,)
        R = (AC/DC of red) / (AC/DC of infrared); NaN where the two do not pulsate together.
    correlation : ndarray, shape (n,)
        Of the pulsating parts of red and infrared, -1 to 1.
    spo2 : ndarray, shape (n,)
        Saturation in % by the calibration given; NaN without one.
    calibration : tuple of float
        Coefficients of the polynomial in R, constant first; empty without one.
    calibrated : bool
        Whether it is a calibration of the caller's; False for none and for 'textbook'.
    """

    times: NDArray[np.float64]
    ratio: NDArray[np.float64]
    correlation: NDArray[np.float64]
    spo2: NDArray[np.float64]
    calibration: tuple[float, ...] = ()
    calibrated: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row a window."""
        import pandas as pd

        columns = {"time": self.times, "ratio": self.ratio, "correlation": self.correlation}
        return pd.DataFrame({**columns, "spo2_%": self.spo2} if self.calibration else columns)

    def facts(self) -> list[tuple[str, str]]:
        """Return the medians."""
        known = self.ratio[np.isfinite(self.ratio)]
        middle = float(np.median(known)) if len(known) else float("nan")
        facts = [
            ("windows", f"{len(known):,} of {len(self.ratio):,}"),
            ("ratio of ratios (median)", quantity(middle)),
        ]
        if self.calibration:
            known = self.spo2[np.isfinite(self.spo2)]
            middle = float(np.median(known)) if len(known) else float("nan")
            label = "SpO2" if self.calibrated else "SpO2, uncalibrated"
            facts.append((f"{label} (median)", quantity(middle, "%")))
        return facts


def _plan(
    fs: float,
    *,
    calibration: Any = None,
    window: float = 8.0,
    min_correlation: float = 0.9,
) -> Plan[Found, OxygenRatio]:
    rate = checked_fs(fs, LOWEST_RATE, "pulses have parts up to 8 Hz")
    line = _checked_calibration(calibration)
    window = checked_number(window, "window", 3.0, 600.0, unit="s")
    least = checked_number(min_correlation, "min_correlation", 0.0, 1.0)
    context = round(3 * rate)
    return Plan(
        functools.partial(_work, window=window),
        functools.partial(
            _join, line=line, calibrated=line != () and calibration != TEXTBOOK, least=least,
            window=window,
        ),
        before=context,
        after=context,
        grid=round(window * rate),
        stacked=True,
    )  # fmt: skip


@chunked(_plan)
@with_recipe("red", "infrared", "usable")
def ratio_of_ratios(
    red: Any,
    infrared: Any,
    fs: float,
    *,
    calibration: Any = None,
    window: float = 8.0,
    min_correlation: float = 0.9,
    usable: Any = None,
) -> OxygenRatio:
    """Compute the ratio of ratios of red and infrared light, window by window.

    Over a recording: ``start(ratio_of_ratios, [recording['red'], recording['infrared']])``.

    Parameters
    ----------
    red, infrared : array-like of float, shape (n,)
        The raw signals **with their steady parts**, zero where there is no light.
    fs : float
        Sampling rate of both in Hz, at least 20.
    calibration : sequence of float, 'textbook', or None
        Coefficients of the sensor's own polynomial, constant first: SpO2 = c0 + c1 R + c2 R² …
        in %. 'textbook' is 110 - 25 R, which belongs to no sensor, and the result says so. None,
        the default, gives no saturation: R depends on wavelengths and optics.
    window : float
        Length of the windows in s, counted from the start of each run.
    min_correlation : float
        R is NaN where the pulsating parts are correlated less: they move by something else.
    usable : optional
        Where the signals may be used.

    Returns
    -------
    OxygenRatio
        AC is the deviation from the steady part (means over 1 s, twice), smoothed over 0.1 s; the
        ratio of the two is their regression through zero with errors in both (the geometric mean
        of both slopes), which noise in one moves less than a ratio of two amplitudes. A window
        with a hole in it has no R. The same whatever the chunk length, to 1e-9.

    References
    ----------
    Webster JG (ed.). Design of Pulse Oximeters. IOP Publishing 1997.
    """
    plan = _plan(fs, calibration=calibration, window=window, min_correlation=min_correlation)
    rate = checked_fs(fs)
    first, second = checked_signal(red, "red"), checked_signal(infrared, "infrared")
    if len(first) != len(second):
        raise InvalidInputError(
            f"red has {len(first)} samples and infrared {len(second)}; give the same stretch of "
            "both"
        )
    both = only_usable(np.stack([first, second]), usable, rate)
    return run_on_array(plan, both, rate, chunk_samples=round(1200 * rate))


def _checked_calibration(calibration: Any) -> tuple[float, ...]:
    if calibration is None:
        return ()
    if isinstance(calibration, str):
        if calibration == TEXTBOOK:
            return TEXTBOOK_LINE
    elif np.ndim(calibration) == 1 and len(calibration) > 1:
        return tuple(checked_number(c, "calibration") for c in calibration)
    raise InvalidInputError(
        f"calibration={calibration!r} is no calibration; give the coefficients of your sensor, "
        "constant first, such as (110, -25), or 'textbook', or None"
    )


def _work(piece: Piece, window: float) -> Found:
    """Return the first sample of each window of the core, and R and the correlation."""
    if piece.values.shape[0] != 2:  # noqa: PLR2004
        raise InvalidInputError(
            f"{piece.values.shape[0]} channels were given; give two: red, then infrared"
        )
    width = round(window * piece.fs)
    steady, pulsating = _parts(piece.values, piece.fs)
    starts = np.arange(int(piece.core.start), int(piece.core.stop) - width + 1, width)
    found = np.full((len(starts), 2), np.nan)
    for i, a in enumerate(starts.tolist()):
        part, level = pulsating[:, a : a + width], steady[:, a : a + width]
        mean = level.mean(axis=1)
        if not np.all(np.isfinite(part)) or not np.all(mean > 0):
            continue
        x, y = part / mean[:, None]
        size = np.sqrt(np.array([np.mean(x**2), np.mean(y**2)]))
        if not np.all((size > 0) & (size < HIGHEST_SHARE)):
            continue
        found[i] = size[0] / size[1], np.mean(x * y) / (size[0] * size[1])
    return starts + piece.first, found


def _parts(
    values: NDArray[np.float64], fs: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the steady and the pulsating part; NaN is not smoothed over."""
    from scipy.ndimage import uniform_filter1d

    from vital_widgets.analysis.engine.validity import finite_stretches

    steady, pulsating = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    slow, fast = max(round(SLOW * fs), 1) | 1, max(round(SMOOTH * fs), 1) | 1
    for a, b in finite_stretches(values).tolist():
        part = level = values[:, a:b]
        for _ in range(2):
            level = uniform_filter1d(level, slow, axis=1, mode="nearest")
        steady[:, a:b] = level
        pulsating[:, a:b] = uniform_filter1d(part - level, fast, axis=1, mode="nearest")
    return steady, pulsating


def _join(
    partials: Sequence[Found],
    extent: Extent,
    line: tuple[float, ...],
    calibrated: bool,  # noqa: FBT001 - of a partial
    least: float,
    window: float,
) -> OxygenRatio:
    starts = np.concatenate([np.empty(0, np.int64), *(partial[0] for partial in partials)])
    found = np.concatenate([np.empty((0, 2)), *(partial[1] for partial in partials)])
    correlation = found[:, 1]
    ratio = np.where(correlation >= least, found[:, 0], np.nan)
    spo2 = np.full(len(ratio), np.nan)
    notes = []
    if line:
        spo2 = np.polynomial.polynomial.polyval(ratio, line)
        spo2 = np.where((spo2 >= SATURATION[0]) & (spo2 <= SATURATION[1]), spo2, np.nan)
        if not calibrated:
            notes.append(
                "SpO2 = 110 - 25 R is a textbook line, not a calibration of this sensor: its "
                "figures are uncalibrated"
            )
    if not np.any(np.isfinite(ratio)):
        seen = np.isfinite(correlation).any()
        why = (
            f"red and infrared pulsate together (r >= {least:g}) in none of {len(ratio)} windows"
            if seen
            else f"no window of {window:g} s is whole, with pulses over a steady part (raw signals "
            "are needed, before any high-pass filter)"
        )
        notes.append(not_enough(why))
    return OxygenRatio(
        times=extent.times(starts.astype(np.int64)) + window / 2,
        ratio=ratio,
        correlation=correlation,
        spo2=spo2,
        calibration=line,
        calibrated=calibrated,
        valid=extent.valid,
        notes=tuple(notes),
    )
