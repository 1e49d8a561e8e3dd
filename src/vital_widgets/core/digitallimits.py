"""The smallest and the largest value that a channel can hold: samples there may be clipped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vital_widgets.core.channel import Channel

# A channel with fewer levels holds states, which are at their limits as a rule.
LEAST_LEVELS = 256
# Larger integers hold computed values and not those of a converter.
LARGEST_ITEM = 2  # bytes


def digital_limits(channel: Channel) -> tuple[float, float] | None:
    """Return the limits in physical units; None if they are unknown.

    They are the digital minimum and maximum of an EDF or BDF file, the range of the converter of a
    WFDB signal, and the range of the data type of other 8 and 16 bit integers.
    """
    if channel.dtype.kind not in "iu":
        return None
    native = _native_limits(channel)
    if native is None or not native[1] - native[0] >= LEAST_LEVELS - 1:
        return None
    low, high = sorted(value * channel.gain + channel.offset for value in native)
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


def _native_limits(channel: Channel) -> tuple[float, float] | None:
    details = channel.details
    stated = details.get("digital_range")
    if stated is not None:
        low, high = sorted(map(float, stated))
        return low, high
    resolution = details.get("adc_resolution")
    if resolution:
        zero, half = float(details.get("adc_zero", 0)), 2.0 ** (int(resolution) - 1)
        return zero - half, zero + half - 1
    if channel.dtype.itemsize > LARGEST_ITEM:
        return None
    limits = np.iinfo(channel.dtype)
    low = limits.min + 1 if channel.missing == limits.min else limits.min
    return float(low), float(limits.max)
