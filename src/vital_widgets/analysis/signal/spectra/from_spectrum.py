"""What is computed from a spectrum, from samples, or over a whole recording."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.plan import Extent, Plan
from vital_widgets.analysis.signal.spectra.power_spectrum import plan_spectrum, power_spectrum
from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def spectrum_of(
    values: Any, fs: float | None, method: str, window_seconds: float | None, usable: Any
) -> PowerSpectrum:
    """Return a spectrum that was given, or that of samples."""
    if not isinstance(values, PowerSpectrum):
        return power_spectrum(
            values, fs, method=method, window_seconds=window_seconds, usable=usable
        )
    given = {"fs": fs, "window_seconds": window_seconds, "usable": usable}
    for name, value in given.items():
        if value is not None:
            raise InvalidInputError(
                f"{name}={value!r} is for samples, but a spectrum was given, which is made "
                "already; leave it out, or give the samples"
            )
    return values


def plan_from_spectrum(
    function: Callable[..., Any],
    fs: float,
    *,
    method: str = "welch",
    window_seconds: float | None = None,
    **options: Any,
) -> Plan[Any, Any]:
    """Return how a function of a spectrum runs over a recording.

    ``function(spectrum, **options)`` is called on nothing first, so that it refuses bad options
    before the recording is read.
    """
    plan = plan_spectrum(fs, method=method, window_seconds=window_seconds)
    finish = functools.partial(function, **options)
    finish(plan.join([], Extent(regular(fs, 0), np.empty((0, 2), np.int64))))

    def join(partials: Sequence[Any], extent: Extent) -> Any:
        return finish(plan.join(partials, extent))

    return replace(plan, join=join)
