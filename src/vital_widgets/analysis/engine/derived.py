"""Channels computed from others when they are looked at: only the stretch that is asked for."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import old_source
from vital_widgets.analysis.engine.fingerprints import identity_of_source, key_of
from vital_widgets.analysis.engine.lazy import lazy
from vital_widgets.analysis.engine.plan import Piece, pieces_of
from vital_widgets.analysis.engine.samplewise import (
    ARRAY_CHUNK,
    TIMES_CONTEXT,
    SamplePlan,
    plan_of_samples,
)
from vital_widgets.analysis.signal.filters.filter_signal import filter_signal
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.analysis.signal.filters.filter import Filter


@dataclass(frozen=True, eq=False)
class DerivedSamples:
    """Samples computed when they are read; picklable and thread-safe.

    Attributes
    ----------
    plan : SamplePlan
        What is done with them; without ``carry``.
    source : Source
        What they are computed from.
    key : str
        Fingerprint of both.
    """

    plan: SamplePlan
    source: Source
    key: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """Always float64."""
        return np.dtype(np.float64)

    @property
    def n_samples(self) -> int:
        """Number of samples, those of the source."""
        return self.source.timebase.n_samples

    @cached_property
    def _runs(self) -> list[tuple[int, int]]:
        return self.source.runs()

    def read(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return samples ``start <= i < stop``, computed with the context that they need."""
        out = np.empty(max(stop - start, 0))
        plan = self.plan
        step = max(ARRAY_CHUNK, TIMES_CONTEXT * (plan.before + plan.after))
        for run_start, run_stop in self._runs:
            lo, hi = max(start, run_start), min(stop, run_stop)
            if lo >= hi:
                continue
            lo -= (lo - run_start) % plan.grid
            hi = min(run_stop, hi + (run_start - hi) % plan.grid)
            for _, first, end, _ in pieces_of(plan, lo, hi, step):
                values = self._core(first, end, run_start, run_stop)
                a, b = max(first, start), min(end, stop)
                out[a - start : b - start] = values[a - first : b - first]
        return out

    def _core(self, lo: int, hi: int, run_start: int, run_stop: int) -> NDArray[np.float64]:
        first = max(lo - self.plan.before, run_start)
        last = min(hi + self.plan.after, run_stop)
        values = self.source.read(first, last)
        core = slice(lo - first, hi - first)
        fs = self.source.timebase.fs
        return np.asarray(self.plan.work(Piece(values, core, first, run_start, run_stop, fs)))


def filtered_channel(
    channel: Channel,
    filter: Filter,  # noqa: A002 - the word of the field
    *,
    zero_phase: bool = True,
    usable: Any = None,
    name: str | None = None,
) -> Channel:
    """Return a channel that is filtered when and where it is read.

    Parameters
    ----------
    channel : Channel
        Of a recording of any size.
    filter : Filter
        Made for its sampling rate.
    zero_phase : bool
        Forwards and backwards, or causal (beginning each stretch in the steady state).
    usable : Stretches, Annotations or a quality result, optional
        Where the signal may be used; the rest is NaN.
    name : str, optional
        Of the new channel; by default the old one with '(filtered)'.

    Returns
    -------
    Channel
        With the same times, gaps, units, start and annotations; at once, nothing is computed yet.
        What is read equals the same samples of `filter_signal` on the whole channel to 1e-9 of the
        largest magnitude of the signal: a stretch is read with as many samples around it as the
        filter rings.
    """
    named = name or f"{getattr(channel, 'name', '')} (filtered)"
    return lazy(
        filter_signal, channel, filter=filter, zero_phase=zero_phase, usable=usable, name=named
    )


def derived_channel(
    function: Callable[..., Any],
    channel: Channel,
    *,
    usable: Any = None,
    name: str | None = None,
    **parameters: Any,
) -> Channel:
    """Return a channel on whose samples a function is computed when and where it is read.

    Parameters
    ----------
    function : callable
        One that gives a value for each sample and decides locally: `filter_signal`,
        `moving_median`, `savitzky_golay`, `remove_baseline`, `wavelet_denoise`, ….
    channel, usable, name
        As for `filtered_channel`.
    **parameters
        Of the function.
    """
    if hasattr(function, "plan"):  # converted
        return lazy(function, channel, name=name, usable=usable, **parameters)
    word = getattr(function, "__name__", repr(function))
    source = old_source(channel, usable)
    plan = plan_of_samples(function, source.timebase, parameters)
    if plan is None or plan.carry or plan.stacked:
        why = "needs all samples before" if plan and plan.carry else "gives other values"
        raise InvalidInputError(
            f"{word} cannot be computed for a stretch alone: it {why}; use process_recording, "
            "or vital_widgets.analysis.start"
        )
    defaults = {
        key: parameter.default
        for key, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty and key != "usable"
    }
    made_of = identity_of_source(source)
    key = key_of(function, {**defaults, **parameters}, made_of, "derived")
    short = "filtered" if function is filter_signal else word.replace("_", " ")
    return _channel(channel, DerivedSamples(plan, source, key), name or _named(channel, short))


def _named(channel: Channel, word: str) -> str:
    return f"{channel.name} ({word})"


def _channel(channel: Channel, samples: DerivedSamples, name: str) -> Channel:
    details = {**channel.details, "processed": samples.plan.method}
    return Channel(
        name,
        samples,
        samples.source.timebase,
        channel.units,
        details=details,
        origin=channel.origin,
    )
