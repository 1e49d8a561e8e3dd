"""The same heart recorded by a second device with a clock of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.arguments import texts
from vital_widgets.core.channel import Channel
from vital_widgets.core.formatting import format_value
from vital_widgets.core.origin import later
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.limits import generator, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

MIN_SAMPLES = 32  # of a run, for its filter and its spline
PASSED = 0.4  # of the new sampling rate: cutoff of the filter before resampling


@dataclass(frozen=True, eq=False)
class SecondDevice:
    """A recording on another clock, and how this runs.

    Attributes
    ----------
    recording : Recording
        What the second device recorded, with times on its own clock.
    drift_ppm, offset_s : float
        A moment t on the first clock is ``t (1 + drift_ppm 1e-6) + offset_s`` on the second.
    """

    recording: Recording
    drift_ppm: float
    offset_s: float

    def to_device(self, times: ArrayLike) -> Numbers:
        """Return times in s of the first clock on the clock of the second device."""
        t = np.asarray(times, np.float64)
        return np.asarray(t * (1 + self.drift_ppm * 1e-6) + self.offset_s)

    def to_reference(self, times: ArrayLike) -> Numbers:
        """Return times in s of the second device's clock on the first clock."""
        t = np.asarray(times, np.float64)
        return np.asarray((t - self.offset_s) / (1 + self.drift_ppm * 1e-6))


def second_device(
    recording: Recording,
    *,
    drift_ppm: float = 30.0,
    offset_s: float = 1.5,
    noise: float = 0.02,
    fs: float | None = None,
    gain: float = 0.8,
    channels: str | Sequence[str] | None = None,
    suffix: str = "",
    seed: int = 0,
) -> SecondDevice:
    """Return what a second device with a clock of its own records of the same person.

    Parameters
    ----------
    recording : Recording
        What the first device recorded.
    drift_ppm : float
        Drift of the second clock in parts per million; above 0 it runs fast.
    offset_s : float
        What the second clock shows at second 0 of the first, in s.
    noise : float
        White noise of the second device, as a share of the standard deviation of each channel.
    fs : float, optional
        Sampling rate of the second device in Hz, by its own clock; by default four fifths of that
        of each channel.
    gain : float
        Amplitudes of the second device relative to those of the first.
    channels : str or sequence of str, optional
        Names of the channels it records, all by default. They are held in memory.
    suffix : str
        What is appended to the names of the channels.
    seed : int
        Seed of the noise.

    Returns
    -------
    SecondDevice
        The recording and its clock. The recording has no annotations: convert those of the first
        device with `SecondDevice.to_device`.

    Raises
    ------
    InvalidInputError
        An argument is out of range, or a channel does not exist.

    Notes
    -----
    The signal between the samples is that of a cubic spline, after a zero-phase low-pass filter
    (Butterworth, order 4) at 0.4 of the new sampling rate if that is lower than the old one.
    Where the first device has a gap, so has the second: nothing is known of the heart there.
    The second device records from its own second 0 on.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.simulate.second_device import second_device
    >>> other = second_device(vw.sample(60), drift_ppm=50, offset_s=2.0, channels="ECG")
    >>> other.recording["ECG"].fs, float(other.to_device(0.0))
    (200.0, 2.0)
    """
    if not isinstance(recording, Recording):
        raise InvalidInputError(
            f"recording={format_value(recording)} is not a recording; give one, such as "
            "vital_widgets.sample(600)"
        )
    clock = (
        within("drift_ppm", drift_ppm, -10_000, 10_000, "ppm"),
        within("offset_s", offset_s, -86_400, 86_400, "s"),
    )
    share, size = within("noise", noise, 0, 100), within("gain", gain, -1e6, 1e6)
    names = list(recording) if channels is None else texts("channels", channels, "ECG")
    recording.wait()
    made = []
    for name in names:
        source = recording[name]
        rate = 0.8 * source.fs if fs is None else within("fs", fs, 0.1, 1e5, "Hz")
        rng = generator(seed, 1, list(recording).index(name))
        parts, runs = [np.empty(0)], []
        for first, stop in _runs(source):
            onset, values = _seen(source, first, stop, rate, clock)
            parts.append(values)
            runs.append((onset, len(values)))
        values = size * np.concatenate(parts)
        if len(values):
            values += share * float(np.nanstd(values)) * rng.standard_normal(len(values))
        base = from_runs(rate, runs or [(0.0, 0)])
        made.append(Channel(name + suffix, ArraySamples(values), base, source.units))
    device = SecondDevice(
        Recording(f"{recording.name}, second device", made, metadata={"format": "simulated"}),
        *clock,
    )
    if recording.start is not None:
        device.recording.start = later(recording.start, float(device.to_reference(0.0)))
    return device


def _runs(channel: Channel) -> list[tuple[int, int]]:
    """Return the first sample of each stretch without a gap, and the one after its last."""
    edges = [*channel.timebase.starts.tolist(), channel.n_samples]
    return [(a, b) for a, b in itertools.pairwise(edges) if b - a >= MIN_SAMPLES]


def _seen(
    channel: Channel, first: int, stop: int, rate: float, clock: tuple[float, float]
) -> tuple[float, NDArray[Any]]:
    """Return what the second device records of a stretch: its onset by its clock, and values."""
    from scipy.interpolate import CubicSpline
    from scipy.signal import butter, sosfiltfilt

    speed, offset = 1 + clock[0] * 1e-6, clock[1]
    values = np.asarray(channel.read(first, stop), np.float64)
    missing = np.isnan(values)
    t = channel.timebase.times(first, stop)
    if missing.any():
        known = np.flatnonzero(~missing)
        values = np.interp(np.arange(len(values)), known, values[known]) if len(known) else values
    if rate < channel.fs and not np.isnan(values).any():
        sos = butter(4, PASSED * rate, fs=channel.fs, output="sos")
        values = sosfiltfilt(sos, values)
    lowest = max(int(np.ceil((t[0] * speed + offset) * rate - 1e-9)), 0)
    highest = int(np.floor((t[-1] * speed + offset) * rate + 1e-9))
    here = np.arange(lowest, highest + 1) / rate
    on_first = (here - offset) / speed
    if np.isnan(values).all():
        return lowest / rate, np.full(len(here), np.nan)
    seen = CubicSpline(t, values)(on_first)
    nearest = np.clip(np.rint((on_first - t[0]) * channel.fs).astype(np.int64), 0, len(t) - 1)
    seen[missing[nearest]] = np.nan
    return lowest / rate, seen
