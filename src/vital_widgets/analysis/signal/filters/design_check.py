"""Check that a filter, as designed in double precision, is stable and accurate."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.signal.filters.filter import largest_pole
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.filters.filter import Filter

# Lowest cutoff, width or distance to half the sampling rate, over the sampling rate. Rounding
# errors in a second-order section grow with the inverse square: at this ratio they reach 1e-9 of
# the signal (measured with Butterworth filters of order 2 to 8 against 80-bit arithmetic).
MIN_RATIO = 2e-5
TOLERANCE_DB = 0.05
STOP_TOLERANCE_DB = 1.0
GRID = 512  # frequencies in each band at which the gain is checked
HALF_POWER = 3.0103  # dB


def check_design(
    made: Filter, edges: tuple[float, ...], ripple: float = 0.0, attenuation: float = 0.0
) -> None:
    """Raise `InvalidInputError` with the reason if a recursive filter is unfit for use.

    ``edges`` are the cutoffs in Hz, none for notches; ``ripple`` and ``attenuation`` in dB.
    """
    assert made.sos is not None
    _check_ratios(made, edges)
    radius = largest_pole(made.sos)
    if radius >= 1:
        raise InvalidInputError(
            f"{made.name} at fs={made.fs:g} Hz is unstable: a pole has the radius {radius:.9f} in "
            "double precision; lower the order, or move the cutoffs apart and away from 0 and "
            "half the sampling rate"
        )
    if edges:
        _check_gains(made, edges, ripple, attenuation)
    assert made.ringing >= 0  # raises for a filter that rings too long


def _check_ratios(made: Filter, edges: tuple[float, ...]) -> None:
    named = [(f"the cutoff {edge:g} Hz", edge) for edge in edges]
    named += [(f"the distance of {edge:g} Hz to half of fs", made.fs / 2 - edge) for edge in edges]
    if len(edges) > 1:
        named.append((f"the width {edges[1] - edges[0]:g} Hz", edges[1] - edges[0]))
    if "q" in made.design:
        named.append(("the width of the notch", made.design["freq"] / made.design["q"]))
    for what, value in named:
        if value < MIN_RATIO * made.fs:
            raise InvalidInputError(
                f"{made.name}: {what} is too small for fs={made.fs:g} Hz: below "
                f"{MIN_RATIO * made.fs:g} Hz the filter is ill-conditioned and rounding errors "
                "show in the result; resample the signal to a lower rate first (resample_signal)"
            )


def _check_gains(made: Filter, edges: tuple[float, ...], ripple: float, attenuation: float) -> None:
    """Check the gain at the cutoffs and in the bands against the formulae of the kind."""
    kind = made.design["kind"]
    at_edge = {"butterworth": HALF_POWER, "bessel": HALF_POWER, "chebyshev2": attenuation}
    expected = -at_edge.get(kind, ripple)
    gains = _db(made, np.array(edges))
    k = int(np.argmax(np.abs(gains - expected)))
    deviates = ""
    if not abs(gains[k] - expected) <= (
        STOP_TOLERANCE_DB if kind == "chebyshev2" else TOLERANCE_DB
    ):
        deviates = f"the gain at {edges[k]:g} Hz is {gains[k]:.2f} dB instead of {expected:.2f} dB"
    bands = list(pairwise([0.0, *edges, made.fs / 2]))
    gains = np.array([np.max(_db(made, _grid(*band))) for band in bands])
    # An even Chebyshev I or elliptic filter has -ripple at its centre, and at most 0 dB.
    if not np.max(gains) <= TOLERANCE_DB:
        deviates = deviates or f"it amplifies by up to {np.max(gains):.2f} dB"
    passed = {"lowpass": [0], "highpass": [1], "bandpass": [1], "bandstop": [0, 2]}
    reached = float(np.max(gains[passed[made.design["band"]]]))
    if not reached >= -(ripple if kind in ("chebyshev1", "elliptic") else 0) - 1:
        deviates = deviates or f"it passes nothing: its largest gain is {reached:.1f} dB"
    if deviates:
        raise InvalidInputError(
            f"{made.name} at fs={made.fs:g} Hz is inaccurate in double precision: {deviates}; "
            "lower the order, or move the cutoffs apart and away from 0 and half the sampling rate"
        )


def _grid(low: float, high: float) -> NDArray[np.float64]:
    ratio = np.geomspace(max(low, high * 1e-6), high, GRID)
    return np.concatenate([np.linspace(low, high, GRID), ratio])


def _db(made: Filter, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        magnitude = np.abs(made.at(frequencies))
        magnitude[~np.isfinite(magnitude)] = np.inf
        return np.asarray(20 * np.log10(np.maximum(magnitude, 1e-30)))
