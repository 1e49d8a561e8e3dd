"""What tests of pulses share."""

from __future__ import annotations

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs


def channel_of(values, fs, runs=None):
    base = from_runs(fs, runs or [(0.0, len(values))])
    return Channel("PPG", ArraySamples(np.asarray(values)), base)


def nearest(found, truth):
    """Distance in s of the nearest of those found from each true time."""
    found = found[np.isfinite(found)]
    truth = truth[np.isfinite(truth)]
    return found[np.argmin(np.abs(found[None, :] - truth[:, None]), axis=1)] - truth
