"""Work on every sample of whole recordings, and keep what comes out in the cache folder.

What is computed is written while the next pieces are computed; it is never in memory as a whole.
The result is a recording like any other: shown, pickled, analysed further.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import old_source
from vital_widgets.analysis.engine.fingerprints import identity_of_source, key_of
from vital_widgets.analysis.engine.samplewise import plan_of_samples
from vital_widgets.analysis.engine.store import store
from vital_widgets.analysis.engine.store_build import Job, stored_tables
from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.analysis.signal.filters.filter_signal import filter_signal
from vital_widgets.core.channel import Channel
from vital_widgets.core.names import unique_names
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.stored_table import StoredColumn
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.analysis.signal.filters.filter import Filter

DTYPES = ("float64", "float32")


def filter_recording(
    channels: Recording | Channel | Sequence[Channel],
    filter: Filter,  # noqa: A002 - the word of the field
    *,
    zero_phase: bool = True,
    initial: str = "steady",
    usable: Any = None,
    chunk_seconds: float | None = None,
    dtype: str = "float64",
) -> Task[Recording]:
    """Filter channels of any length in the background, from their files to the cache folder.

    Parameters
    ----------
    channels : Recording, Channel or sequence of Channel
        What is filtered; all with the same times. Of a recording: all its channels.
    filter, zero_phase, initial
        As for `filter_signal`.
    usable : Stretches, Annotations or a quality result, optional
        Where the signals may be used; the rest is NaN in the result.
    chunk_seconds : float, optional
        Length of a piece; by default as much as needs little memory. The result is the same.
    dtype : str
        'float64', or 'float32', which takes half the disk and rounds each value to 24 bits.

    Returns
    -------
    Task of Recording
        Started. ``task.result()`` is a recording with a channel for each one given, of the same
        name, units, times and gaps, with the start, annotations, metadata and notes of the
        recording they are of. Each stretch equals `filter_signal` on all its samples to
        1e-9 of the largest magnitude of the signal. Done again with the same data and parameters,
        it is there at once.

    Notes
    -----
    On the disk it takes 8 bytes a sample (2.1 GB for 12 channels of 24 h at 250 Hz), within the
    bound of the cache folder (`vital_widgets.config`), which drops what was not used for longest.
    A filter that rings for long needs long pieces; then only some channels are worked on at a
    time, and the file is read several times.
    """
    return process_recording(
        filter_signal, channels, usable=usable, chunk_seconds=chunk_seconds, dtype=dtype,
        filter=filter, zero_phase=zero_phase, initial=initial,
    )  # fmt: skip


def process_recording(
    function: Callable[..., Any],
    channels: Recording | Channel | Sequence[Channel],
    *,
    usable: Any = None,
    chunk_seconds: float | None = None,
    dtype: str = "float64",
    **parameters: Any,
) -> Task[Recording]:
    """Run a function that gives a value for each sample over channels, into the cache folder.

    Parameters
    ----------
    function : callable
        `filter_signal`, `bandpass`, `moving_median`, `remove_baseline`, `wavelet_denoise`, ….
    channels, usable, chunk_seconds, dtype
        As for `filter_recording`. Each channel is worked on by itself, but for functions that
        mix channels (`without_components`).
    **parameters
        Of the function.

    Returns
    -------
    Task of Recording
        As of `filter_recording`.
    """
    if hasattr(function, "plan"):  # converted
        return store(
            function,
            channels,
            usable=usable,
            chunk_seconds=chunk_seconds,
            dtype=dtype,
            **parameters,
        )
    listed, whole = _listed(channels)
    checked_choice(dtype, "dtype", DTYPES)
    name = getattr(function, "__name__", repr(function))
    source = old_source(listed, usable)
    plan = plan_of_samples(function, source.timebase, parameters)
    if plan is None:
        raise InvalidInputError(
            f"{name} does not give one value for each sample of a channel; run it with "
            "vital_widgets.analysis.start, or call it with arrays"
        )
    if chunk_seconds is not None:
        checked_number(chunk_seconds, "chunk_seconds", 0, open_low=True, unit="s")
    made_of = identity_of_source(source)
    key = key_of(function, _written_out(function, parameters), made_of, dtype)
    job = Job(plan, source, np.dtype(dtype), key, chunk_seconds)
    work = functools.partial(_work, job=job, listed=listed, whole=whole)
    return Task(work, f"{name} of {source.name}").start()


def _work(
    task: Task[Recording], *, job: Job, listed: list[Channel], whole: Recording | None
) -> Recording:
    tables = stored_tables(task, job)
    names, _ = unique_names([channel.name for channel in listed])
    columns = [StoredColumn(table, k) for table in tables for k in range(len(table.dtypes))]
    method = job.plan.method
    made = [
        Channel(
            name,
            column,
            job.source.timebase,
            channel.units,
            details={**channel.details, "processed": method},
            origin=channel.origin if whole is None else whole.origin,
        )
        for name, column, channel in zip(names, columns, listed, strict=True)
    ]
    return Recording(
        whole.name if whole is not None else listed[0].name,
        made,
        notes=[f"{method}, computed from {job.source.name}."],
        fingerprint=job.key,
    )


def _listed(channels: Any) -> tuple[list[Channel], Recording | None]:
    if isinstance(channels, Recording):
        channels.wait()
        return list(channels.channels.values()), channels
    if isinstance(channels, Channel):
        return [channels], None
    if isinstance(channels, (list, tuple)):
        return list(channels), None
    raise InvalidInputError(
        f"channels={channels!r} is no channel; give a recording, one channel such as "
        "recording['ECG'], or a list of some"
    )


def _written_out(function: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty and name != "usable"
    }
    return {**defaults, **parameters}
