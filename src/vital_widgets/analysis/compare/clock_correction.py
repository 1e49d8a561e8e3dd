"""Recordings of a second device on the clock of the first, and signals at the same times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.compare.clock import ClockDrift
from vital_widgets.analysis.engine.lazy import lazy
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter_signal import filter_signal
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_S = 7 * 86400.0
LARGEST_PPM = 10_000.0
STRETCH_S = 3600.0  # between the two nodes of a line; any length gives the same line
PASSED = 0.4  # of the lower rate: cutoff before samples are taken at it
ORDER = 4
LARGEST = 1 << 26  # samples
EXACT = 1e-6  # of a sample interval: rounding of times


def correct_clock(
    recording: Recording,
    drift: ClockDrift | None = None,
    *,
    offset_s: float = 0.0,
    ppm: float = 0.0,
) -> Recording:
    """Return a recording of a second device with all times on the clock of the first.

    Parameters
    ----------
    recording : Recording
        What the second device recorded.
    drift : ClockDrift, optional
        Result of `clock_drift`; instead of the two numbers.
    offset_s : float
        What the second clock shows at second 0 of the first, in s: above 0, everything comes
        later in the second recording.
    ppm : float
        Drift of the second clock in parts per million; above 0 it runs fast.

    Returns
    -------
    Recording
        The same samples with new times (see `ClockDrift.correct`): nothing is copied or resampled.
        Annotations and the start are converted too.

    Raises
    ------
    InvalidInputError
        Both or neither are given, or the clocks could not be aligned.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import correct_clock
    >>> corrected = correct_clock(vw.sample(60), offset_s=1.5)
    >>> corrected["ECG"].start
    -1.5
    """
    if not isinstance(recording, Recording):
        raise InvalidInputError(
            f"recording={type(recording).__name__} is not a recording; open it with "
            "vital_widgets.open"
        )
    offset_s = checked_number(offset_s, "offset_s", -LARGEST_S, LARGEST_S, unit="s")
    ppm = checked_number(ppm, "ppm", -LARGEST_PPM, LARGEST_PPM)
    if (drift is None) == (offset_s == 0 and ppm == 0):
        raise InvalidInputError("give either drift, the result of clock_drift, or offset_s and ppm")
    clock = _line(offset_s, ppm) if drift is None else drift
    if not isinstance(clock, ClockDrift):
        raise InvalidInputError(
            f"drift={type(clock).__name__} is not the result of clock_drift; give that, or "
            "offset_s and ppm"
        )
    made = [clock.correct(channel) for channel in recording.channels.values()]
    for one in made[1:]:
        one.origin = made[0].origin
    return Recording(f"{recording.name} (clock corrected)", made)


def _line(offset_s: float, ppm: float) -> ClockDrift:
    nodes = np.array([0.0, STRETCH_S])
    offsets = offset_s + nodes * ppm * 1e-6
    none = np.empty(0)
    return ClockDrift(
        nodes=nodes, offsets=offsets, ppm=ppm, anchor_times=none, anchor_offsets=none,
        residual=0.0, n_windows=0,
    )  # fmt: skip


def same_times(x: Channel, y: Channel) -> list[Channel]:
    """Return two signals at the same sample times, those of the one with the lower rate.

    Parameters
    ----------
    x, y : Channel
        Of one recording or of two, with any rates and gaps.

    Returns
    -------
    list of Channel
        ``x`` and ``y`` from where the later one begins to where the earlier one ends, for
        functions such as `signal_delay` and `bland_altman`. The one with the higher rate is
        filtered without delay (Butterworth, order 4, 0.4 of the lower rate) and interpolated
        linearly; in its gaps, and up to a sample beside them, it is NaN. Its samples are in memory.

    Raises
    ------
    InvalidInputError
        The signals have no time in common, or that has more than 67 million samples.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import same_times
    >>> rec = vw.sample(60)
    >>> ecg, ppg = same_times(rec["ECG"], rec["PPG"])
    >>> ecg.fs == ppg.fs == rec["PPG"].fs
    True
    """
    for name, one in (("x", x), ("y", y)):
        if not isinstance(one, Channel):
            raise InvalidInputError(
                f"{name}={type(one).__name__} is not a channel; give one, such as rec['ECG']"
            )
        one.wait()
    first = max(x.timebase.start, y.timebase.start)
    end = min(x.timebase.end, y.timebase.end)
    if not first < end:
        raise InvalidInputError(
            f"{x.name!r} ({x.timebase.start:g} to {x.timebase.end:g} s) and {y.name!r} "
            f"({y.timebase.start:g} to {y.timebase.end:g} s) have no time in common"
        )
    swapped = y.fs < x.fs
    slow, fast = (y, x) if swapped else (x, y)
    kept = slow.between(first, end)
    if kept.n_samples > LARGEST:
        raise InvalidInputError(
            f"the signals have {kept.n_samples:,} samples in common, and {LARGEST:,} fit into the "
            "memory; give a part of them: channel.between(t0, t1)"
        )
    source = fast
    if fast.fs > slow.fs * (1 + 1e-3):
        low = design_filter(
            "butterworth", "lowpass", highcut=PASSED * slow.fs, order=ORDER, fs=fast.fs
        )
        source = lazy(filter_signal, fast, filter=low)
    times = kept.timebase.times(0, kept.n_samples)
    taken = Channel(
        fast.name, ArraySamples(_interpolated(source, times)), kept.timebase, fast.units,
        details=fast.details, origin=fast.origin,
    )  # fmt: skip
    return [taken, kept] if swapped else [kept, taken]


def _interpolated(channel: Channel, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values between the samples of a channel; NaN in gaps and outside of it."""
    reach = 2 / channel.fs
    at, values = channel.window(float(times[0]) - reach, float(times[-1]) + reach)
    values = np.asarray(values, np.float64)
    made: Any = np.full(len(times), np.nan)
    if len(at) > 1:
        after = np.clip(np.searchsorted(at, times, side="left"), 1, len(at) - 1)
        share = (times - at[after - 1]) / (at[after] - at[after - 1])
        between = values[after - 1] + share * (values[after] - values[after - 1])
        # A time of a sample has its exact value, whatever is beside it.
        between = np.where(np.abs(share) < EXACT, values[after - 1], between)
        between = np.where(np.abs(share - 1) < EXACT, values[after], between)
        apart = at[after] - at[after - 1] > 1.5 / channel.fs
        exact = np.minimum(np.abs(share), np.abs(share - 1)) < EXACT
        known = exact | (~apart & (share > 0) & (share < 1))
        made = np.where(known, between, np.nan)
    return np.asarray(made, np.float64)
