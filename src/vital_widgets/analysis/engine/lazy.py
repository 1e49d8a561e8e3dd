"""Channels computed from others when they are read: only the stretch that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.compute import source_of, step_of
from vital_widgets.analysis.engine.fingerprints import identity_of_source, key_of
from vital_widgets.analysis.engine.plan import Piece, pieces_of
from vital_widgets.analysis.engine.recipe import arguments_of, own_copy
from vital_widgets.analysis.engine.samplewise import SamplePlan
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source


@dataclass(frozen=True, eq=False)
class DerivedSamples:
    """Samples computed when they are read; picklable and thread-safe.

    Attributes
    ----------
    plan : SamplePlan
        How they are computed; without ``carry``.
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
        return self.source.n_samples

    @cached_property
    def _runs(self) -> list[tuple[int, int]]:
        return self.source.runs()

    def read(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return samples ``start <= i < stop``, computed with the context that they need."""
        out = np.empty(max(stop - start, 0))
        plan = self.plan
        for run_start, run_stop in self._runs:
            lo, hi = max(start, run_start), min(stop, run_stop)
            if lo >= hi:
                continue
            lo -= (lo - run_start) % plan.grid
            hi = min(run_stop, hi + (run_start - hi) % plan.grid)
            for _, first, end, _ in pieces_of(plan, lo, hi, step_of(plan, self.source)):
                values = self._core(first, end, run_start, run_stop)
                a, b = max(first, start), min(end, stop)
                out[a - start : b - start] = values[a - first : b - first]
        return out

    def _core(self, lo: int, hi: int, run_start: int, run_stop: int) -> NDArray[np.float64]:
        first = max(lo - self.plan.before, run_start)
        last = min(hi + self.plan.after, run_stop)
        values = self.source.read(first, last)
        core = slice(lo - first, hi - first)
        piece = Piece(values, core, first, run_start, run_stop, self.source.fs)
        return np.asarray(self.plan.work(piece))


def lazy(
    function: Callable[..., Any],
    channel: Channel,
    *args: Any,
    name: str | None = None,
    **kwargs: Any,
) -> Channel:
    """Return a channel that is computed when and where it is read.

    Nothing is computed yet. A stretch is read with as many samples around it as the function
    needs, so that each sample equals that of the function on the whole channel, to the tolerance
    that the function states.

    Parameters
    ----------
    function : callable
        An analysis that gives a value for each sample and decides locally: `filter_signal`,
        `bandpass`, `moving_median`, `savitzky_golay`, `remove_baseline`, `wavelet_denoise`, ….
    channel : Channel
        Of a recording of any size.
    *args, **kwargs
        Further arguments of the function.
    name : str, optional
        Of the new channel; by default the old one with the name of the function.

    Returns
    -------
    Channel
        With the same times, gaps, units, start and annotations; NaN where ``usable`` says that
        the signal may not be used.

    Raises
    ------
    InvalidInputError
        The function does not give a value for each sample, or needs all samples before.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import bandpass, lazy
    >>> ecg = vw.sample(60)["ECG"]
    >>> lazy(bandpass, ecg, lowcut=0.5, highcut=40)
    <Channel 'ECG (bandpass)': mV, 250 Hz, 15000 samples (float64), 0 to 60 s>
    """
    if not isinstance(channel, Channel):
        raise InvalidInputError(
            f"channel is {type(channel).__name__}; lazy needs a channel, such as rec['ECG']"
        )
    plan = sample_plan_of(function, channel, args, kwargs)
    plan = plan if plan.local is None else plan.local()
    word = function.__name__
    if plan.carry or plan.stacked:
        why = "needs all samples before it" if plan.carry else "needs several channels"
        raise InvalidInputError(
            f"{word} cannot be computed for a stretch alone, because it {why}; use "
            f"store({word}, channel) or run({word}, channel)"
        )
    source = source_of(plan)
    arguments = arguments_of(function, (channel, *args), kwargs)
    key = key_of(function, arguments, identity_of_source(source), "derived")
    return Channel(
        name or f"{channel.name} ({word.replace('_', ' ')})",
        DerivedSamples(replace(plan, source=None, local=None), source, key),
        source.timebase,
        plan.units_of(channel),
        details={**channel.details, "processed": plan.method},
        origin=channel.origin,
    )


def sample_plan_of(
    function: Callable[..., Any], signal: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> SamplePlan:
    """Return the plan of an analysis that gives one value for each sample, or raise."""
    word = getattr(function, "__name__", repr(function))
    planned = getattr(function, "plan", None)
    args, kwargs = own_copy(args), own_copy(kwargs)
    plan = planned(signal, *args, **kwargs) if planned is not None else None
    if not isinstance(plan, SamplePlan):
        raise InvalidInputError(
            f"{word} does not give one value for each sample of a channel; call it, or use "
            f"run({word}, ...)"
        )
    return plan
