"""Results as signals of a viewer: a second signal, stages as steps, a mask as a ribbon."""

from __future__ import annotations

import hashlib
import math
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.fingerprints import identity_of_samples
from vital_widgets.analysis.engine.function_identity import UnknownIdentityError
from vital_widgets.core.channel import Channel
from vital_widgets.core.formatting import format_value
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.signalkind import signal_kind
from vital_widgets.core.sleepstages import sleep_stage
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.serve.lanes import Lane

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

STYLES = ("line", "stages", "ribbon")
# Samples of a mask that is made of stretches: ten a second, fewer in a long recording.
MASK_RATE = 10.0
MASK_SAMPLES = 1 << 20
# From top to bottom, as hypnograms are drawn.
STAGES = {"W": 5, "R": 4, "N1": 3, "N2": 2, "N3": 1}
DEFAULT_EPOCH = 30.0


def signal_channel(
    signal: Any, name: str, *, fs: float | None, times: Any, start: float, units: str
) -> Channel:
    """Return a channel of a signal that is given as a channel, or as an array with its times."""
    if isinstance(signal, Channel):
        return signal
    values = np.asarray(signal)
    if values.ndim != 1 or values.dtype.kind not in "biuf" or not len(values):
        msg = (
            f"{name}={format_value(signal)} cannot be shown as a signal; give a channel, or a "
            "one-dimensional array of numbers with fs or times"
        )
        raise InvalidInputError(msg)
    if (fs is None) == (times is None):
        msg = f"the array {name!r} needs either fs in Hz or times in seconds, one of both"
        raise InvalidInputError(msg)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if times is not None:
        return _at_times(values, name, times, units)
    return Channel(name, ArraySamples(values), regular(float(fs or 0), len(values), start), units)


def _at_times(values: NDArray[Any], name: str, times: Any, units: str) -> Channel:
    import pandas as pd

    from vital_widgets.core.recording import Recording

    at = np.asarray(times, np.float64)
    if at.shape != values.shape or not np.all(np.isfinite(at)):
        msg = f"times={format_value(times)} must be {len(values)} finite seconds, one of each value"
        raise InvalidInputError(msg)
    frame = pd.DataFrame({"seconds": at, name: values})
    return Recording.from_dataframe(frame, time="seconds", units=units)[name]


def stages_channel(stages: Any, epoch_s: float | None, start: float) -> Channel:
    """Return sleep stages as numbers, W at the top; other texts are missing samples."""
    onsets = getattr(stages, "onset", None)
    if onsets is not None:
        return _annotated_stages(stages, epoch_s)
    length = DEFAULT_EPOCH if epoch_s is None else epoch_s
    codes = np.array([stage_code(text) for text in stages])
    _check_stages(codes, stages)
    return Channel("stages", ArraySamples(codes), regular(1 / length, len(codes), start))


def _annotated_stages(marks: Any, epoch_s: float | None) -> Channel:
    codes = np.array([stage_code(text) for text in marks.text])
    known = np.isfinite(codes)
    _check_stages(codes, marks.text)
    onset, length = np.asarray(marks.onset)[known], np.asarray(marks.duration)[known]
    step = epoch_s or float(min(length[length > 0], default=DEFAULT_EPOCH))
    ends = onset + np.where(length > 0, length, step)
    start = float(onset.min())
    n = min(math.ceil((ends.max() - start) / step - 1e-6), MASK_SAMPLES)
    values = np.full(n, np.nan)
    for first, end, code in zip(onset, ends, codes[known], strict=True):
        a, b = round((first - start) / step), round((end - start) / step)
        values[a : max(b, a + 1)] = code
    return Channel("stages", ArraySamples(values), regular(1 / step, n, start))


def stage_code(text: object) -> float:
    """Return the number of a sleep stage: ``"Sleep stage W"``, ``"REM"``, ``"N2"``, ``2``."""
    return float(STAGES.get(sleep_stage(text), math.nan))


def _check_stages(codes: NDArray[np.float64], stages: object) -> None:
    if not np.any(np.isfinite(codes)):
        msg = (
            f"stages={format_value(stages)} contain no sleep stage; give W, N1, N2, N3, R, or "
            "annotations such as 'Sleep stage N2'"
        )
        raise InvalidInputError(msg)


def mask_channel(mask: Any, duration: float, fs: float | None, start: float) -> Channel:
    """Return a mask as a channel: 1 where the signal is usable, 0 elsewhere."""
    mask = getattr(mask, "usable", mask)
    onset, end = getattr(mask, "onset", None), getattr(mask, "end", None)
    if onset is None or end is None:
        values = np.asarray(mask)
        if values.dtype.kind != "b" or values.ndim != 1 or fs is None or not len(values):
            msg = (
                f"{format_value(mask)} cannot be shown as a ribbon; give the quality of a signal, "
                "stretches, or a mask of True and False with fs"
            )
            raise InvalidInputError(msg)
        made = values.astype(np.uint8)
        return Channel("usable", ArraySamples(made), regular(fs, len(made), start))
    rate = min(MASK_RATE, MASK_SAMPLES / max(duration, 1e-3))
    n = max(1, math.ceil(duration * rate - 1e-6))
    values = np.zeros(n, np.uint8)
    # A sample is usable if all of its time is, so that no short disturbance is lost.
    for first, last in zip(onset, end, strict=True):
        a, b = math.ceil(first * rate - 1e-6), math.floor(last * rate + 1e-6)
        values[max(a, 0) : max(b, 0)] = 1
    return Channel("usable", ArraySamples(values), regular(rate, n))


def spectrogram_lane(
    channel: Channel, name: str, ink: int, taken: Sequence[str], options: Mapping[str, Any]
) -> Lane:
    """Return a lane that shows the spectrogram of a channel."""
    lane = overlay_lane(channel, name, "spectrogram", "", ink, taken)
    lane.channel.units = "Hz"
    said = repr((lane.key, sorted(options.items())))
    key = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
    return replace(lane, key=key, options=dict(options))


def overlay_lane(
    channel: Channel, name: str, style: str, host: str, ink: int, taken: Sequence[str]
) -> Lane:
    """Return the lane of an overlay; ``host`` is the lane that it is drawn in, '' for its own."""
    if name in taken:
        msg = f"there is a lane called {name!r} already; give another name"
        raise InvalidInputError(msg)
    kind = signal_kind(name, channel.units) if style == "line" else "other"
    renamed = Channel(
        name,
        channel.samples,
        channel.timebase,
        channel.units,
        gain=channel.gain,
        offset=channel.offset,
        missing=channel.missing,
        details=channel.details,
        origin=channel.origin,
    )
    return Lane(name, renamed, kind, ink, _key(channel, style), style=style, host=host)


def _key(channel: Channel, style: str) -> str:
    """Return a fingerprint of what is drawn, so that its pyramid is built once."""
    base = channel.timebase
    try:
        of: Any = identity_of_samples(channel.samples)
    except UnknownIdentityError:
        of = uuid.uuid4().hex
    times = (base.fs, base.n_samples, base.starts.tobytes(), base.onsets.tobytes())
    scale = (channel.gain, channel.offset, channel.missing)
    said = repr((of, times, scale, style))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
