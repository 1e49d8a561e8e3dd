"""Compute every sample of channels of any length, and keep what comes out on disk.

What is computed is written while the next pieces are computed; it is never in memory as a whole.
The result is a recording like any other: shown, pickled, analysed further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.fingerprints import identity_of_source, key_of
from vital_widgets.analysis.engine.lazy import sample_plan_of
from vital_widgets.analysis.engine.recipe import arguments_of
from vital_widgets.analysis.engine.source import signals_of
from vital_widgets.analysis.engine.store_build import Job, stored_tables
from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.core.channel import Channel
from vital_widgets.core.names import unique_names
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.stored_table import StoredColumn
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DTYPES = ("float64", "float32")


def store(
    function: Callable[..., Any],
    channels: Recording | Channel | Sequence[Channel],
    *args: Any,
    dtype: str = "float64",
    chunk_s: float | None = None,
    **kwargs: Any,
) -> Task[Recording]:
    """Compute an analysis over channels in the background, from their files to the cache folder.

    Parameters
    ----------
    function : callable
        An analysis that gives a value for each sample: `filter_signal`, `bandpass`,
        `moving_median`, `remove_baseline`, `wavelet_denoise`, `without_components`, ….
    channels : Recording, Channel or sequence of Channel
        Channels with common sample times; of a recording, all its channels. Each is computed by
        itself, unless the function takes several signals (`without_components`).
    *args, **kwargs
        Further arguments of the function.
    dtype : {'float64', 'float32'}
        'float32' takes half the disk and rounds each value to 24 bits.
    chunk_s : float, optional
        Length of a piece in seconds; by default as much as needs little memory. The result does
        not depend on it.

    Returns
    -------
    Task of Recording
        Started. ``task.result()`` is a recording with a channel for each one given, of the same
        name, units, times and gaps, with the start, annotations, metadata and notes of the
        recording they are of. Each sample equals that of the function on the whole channel, to
        the tolerance that the function states. Computed again with the same data and arguments,
        it is there at once.

    Raises
    ------
    InvalidInputError
        The function does not give a value for each sample, or an argument cannot be used.

    Notes
    -----
    On the disk it takes 8 bytes a sample (2.1 GB for 12 channels of 24 h at 250 Hz), within the
    limit of the cache folder (`vital_widgets.config`), which drops what was unused for longest.
    A filter that rings for long needs long pieces; then only some channels are computed at a
    time, and the file is read several times.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import bandpass, store
    >>> rec = vw.sample(60)
    >>> task = store(bandpass, rec["ECG"], lowcut=0.5, highcut=40)
    >>> list(task.result().channels)
    ['ECG']
    """
    listed, whole = _listed(channels)
    checked_choice(dtype, "dtype", DTYPES)
    if chunk_s is not None:
        checked_number(chunk_s, "chunk_s", 0, open_low=True, unit="s")
    together = takes_several(function)
    plan = sample_plan_of(function, listed if together else listed[0], args, kwargs)
    source = signals_of(listed, usable=plan.source.usable if plan.source else None)
    arguments = arguments_of(function, (listed, *args), kwargs)
    key = key_of(function, arguments, identity_of_source(source), dtype)
    job = Job(plan, source, np.dtype(dtype), key, chunk_s)

    def work(task: Task[Recording]) -> Recording:
        return _recording(task, job, listed, whole)

    return Task(work, f"{function.__name__} of {source.name}").start()


def takes_several(function: Callable[..., Any]) -> bool:
    """Return whether the first parameter of an analysis holds several signals."""
    annotations = list(getattr(function, "__annotations__", {}).values())
    return bool(annotations) and "SignalsLike" in str(annotations[0])


def _recording(
    task: Task[Recording], job: Job, listed: list[Channel], whole: Recording | None
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
            job.plan.units_of(channel),
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
    listed = list(channels) if isinstance(channels, (list, tuple)) else []
    if not listed or not all(isinstance(channel, Channel) for channel in listed):
        raise InvalidInputError(
            f"channels is {type(channels).__name__}; give a recording, a channel such as "
            "rec['ECG'], or a list of channels"
        )
    return listed, None
