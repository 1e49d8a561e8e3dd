"""Whether a design, as it comes out in double precision, is stable and what was asked for."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.signal.filters.filter import largest_pole
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.filters.filter import Filter

# Lowest edge, width or distance to half the sampling rate, over the sampling rate. Rounding errors
# in a second-order section grow with the inverse square: at this ratio they reach 1e-9 of the
# signal (measured with Butterworth filters of order 2 to 8 against 80-bit arithmetic).
LEAST_RATIO = 2e-5
TOLERANCE_DB = 0.05
STOP_TOLERANCE_DB = 1.0
GRID = 512  # frequencies in each band that are looked at
HALF_POWER = 3.0103  # dB


def check_design(
    made: Filter, edges: tuple[float, ...], ripple: float = 0.0, attenuation: float = 0.0
) -> None:
    """Raise `InvalidInputError` with the reason if a recursive filter is not fit for use.

    ``edges`` in Hz are those of the design, none for notches; ``ripple`` and ``attenuation`` in
    dB as it was asked for.
    """
    assert made.sos is not None
    _check_ratios(made, edges)
    radius = largest_pole(made.sos)
    if radius >= 1:
        raise InvalidInputError(
            f"{made.name} at fs={made.fs:g} Hz is unstable: a pole lies at the radius {radius:.9f} "
            "in double precision; lower the order, or move the edges apart and away from 0 and "
            "half the sampling rate"
        )
    if edges:
        _check_gains(made, edges, ripple, attenuation)
    assert made.ringing >= 0  # refuses what rings for hours


def _check_ratios(made: Filter, edges: tuple[float, ...]) -> None:
    design = made.design
    named = [(f"the edge {edge:g} Hz", edge) for edge in edges]
    named += [(f"the distance of {edge:g} Hz to half of fs", made.fs / 2 - edge) for edge in edges]
    if len(edges) > 1:
        named.append((f"the width {edges[1] - edges[0]:g} Hz", edges[1] - edges[0]))
    if "q" in design:
        named.append(("the width of the notch", design["freq"] / design["q"]))
    for what, value in named:
        if value < LEAST_RATIO * made.fs:
            raise InvalidInputError(
                f"{made.name}: {what} is too small for fs={made.fs:g} Hz: below "
                f"{LEAST_RATIO * made.fs:g} Hz the sections are ill-conditioned and rounding "
                "errors show in the result; resample the signal to a lower rate first "
                "(resample_signal)"
            )


def _check_gains(made: Filter, edges: tuple[float, ...], ripple: float, attenuation: float) -> None:
    """Hold the gain at the edges, and in the bands, against the formulae of the kind."""
    kind, order = made.design["kind"], made.design["order"]
    at_edge = {"butterworth": HALF_POWER, "bessel": HALF_POWER, "chebyshev2": attenuation}
    expected = -at_edge.get(kind, ripple)
    gains = _db(made, np.array(edges))
    tolerance = STOP_TOLERANCE_DB if kind == "chebyshev2" else TOLERANCE_DB
    worst = float(np.max(np.abs(gains - expected)))
    if not worst <= tolerance:
        k = int(np.argmax(np.abs(gains - expected)))
        raise _deviates(
            made,
            f"the gain at {edges[k]:g} Hz is {gains[k]:.2f} dB in place of {expected:.2f} dB",
        )
    everywhere = np.concatenate([_grid(a, b) for a, b in _bands(made, edges)])
    highest = float(np.max(_db(made, everywhere)))
    # An even Chebyshev I or elliptic filter is at -ripple at its centre, and at 0 dB at most.
    if not highest <= TOLERANCE_DB:
        raise _deviates(made, f"it amplifies by {highest:.2f} dB somewhere")
    inside = _passed(made.design["band"], edges, made.fs)
    reached = float(np.max(_db(made, np.concatenate([_grid(a, b) for a, b in inside]))))
    if not reached >= -max(ripple if kind in ("chebyshev1", "elliptic") else 0, 0) - 1:
        raise _deviates(made, f"it passes nothing: {reached:.1f} dB at most at order {order}")


def _deviates(made: Filter, how: str) -> InvalidInputError:
    return InvalidInputError(
        f"{made.name} at fs={made.fs:g} Hz cannot be held in double precision: {how}; lower the "
        "order, or move the edges apart and away from 0 and half the sampling rate"
    )


def _bands(made: Filter, edges: tuple[float, ...]) -> list[tuple[float, float]]:
    marks = [0.0, *edges, made.fs / 2]
    return list(pairwise(marks))


def _passed(band: str, edges: tuple[float, ...], fs: float) -> list[tuple[float, float]]:
    return {
        "lowpass": [(0.0, edges[0])],
        "highpass": [(edges[0], fs / 2)],
        "bandpass": [(edges[0], edges[-1])],
        "bandstop": [(0.0, edges[0]), (edges[-1], fs / 2)],
    }[band]


def _grid(low: float, high: float) -> NDArray[np.float64]:
    ratio = np.geomspace(max(low, high * 1e-6), high, GRID)
    return np.concatenate([np.linspace(low, high, GRID), ratio])


def _db(made: Filter, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        magnitude = np.abs(made.at(frequencies))
        magnitude[~np.isfinite(magnitude)] = np.inf
        return np.asarray(20 * np.log10(np.maximum(magnitude, 1e-30)))
