"""The signals of a session: the recording's channels, then derived ones that viewers add."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.pyramid.build import open_derived_pyramids, open_pyramids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vital_widgets.core.recording import Recording
    from vital_widgets.pyramid.build import PyramidSet
    from vital_widgets.pyramid.level_store import Pyramid
    from vital_widgets.runtime.tasks import Task
    from vital_widgets.serve.lanes import Lane

KEPT_GROUPS = 4  # of derived signals that are no longer shown
LONG_BUILD = 100_000_000  # samples; a longer build gives the first picture a head start
HEAD_START = 1.0  # seconds


@dataclass(frozen=True, eq=False)
class Group:
    """Derived signals that became visible together; one task builds their pyramids."""

    pyramids: PyramidSet
    indices: tuple[int, ...]


class Signals:
    """All signals of a session by index; an index always means the same signal.

    Parameters
    ----------
    recording : Recording
        Its channels have the indices 0 to n - 1.

    Attributes
    ----------
    channels : list of Channel
        The channel of each signal. In the place of a signal that is no longer kept is a channel
        without samples.
    pyramids : PyramidSet
        Those of the recording's channels.
    shown : dict of str to int
        The signal that a lane of this name shows.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.channels = list(recording.channels.values())
        self.pyramids = open_pyramids(recording)
        self.shown = {channel.name: k for k, channel in enumerate(self.channels)}
        self._n_recorded = len(self.channels)
        self._derived: dict[int, Lane] = {}
        self._groups: list[Group] = []
        self._lock = threading.Lock()
        self._later: threading.Timer | None = None
        if self.pyramids.task is not None:
            self._start(self.pyramids.task)

    def _start(self, task: Task[Any]) -> None:
        """Start the build of the recording's pyramids, a long one after the first picture."""
        if task.begun or sum(one.samples.n_samples for one in self.channels) < LONG_BUILD:
            task.start()
            return
        self._later = threading.Timer(HEAD_START, task.start)
        self._later.daemon = True
        self._later.start()

    @property
    def named(self) -> dict[str, int]:
        """The signal of each name: of a lane, or of a channel that no lane shows."""
        recorded = {one.name: k for k, one in enumerate(self.channels[: self._n_recorded])}
        return {**recorded, **self.shown}

    @property
    def groups(self) -> list[Group]:
        """The groups of derived signals, those that are no longer visible first."""
        with self._lock:
            return list(self._groups)

    def tasks(self) -> list[Task[Any]]:
        """Return the tasks that build pyramids, those of the recording's channels first."""
        every = [self.pyramids, *(group.pyramids for group in self.groups)]
        return [one.task for one in every if one.task is not None]

    def lane(self, k: int) -> Lane | None:
        """Return the lane that a derived signal was made for; None for other signals."""
        return self._derived.get(k)

    def is_kept(self, k: int) -> bool:
        """Whether the ``k``-th signal can be read."""
        return k < self._n_recorded or k in self._derived

    def pyramid(self, k: int) -> Pyramid | None:
        """Return the pyramid of the ``k``-th signal; None if it was never visible."""
        if k < self._n_recorded:
            return self.pyramids.channel(k)
        group = self._group_of(k)
        return None if group is None else group.pyramids.channel(group.indices.index(k))

    def complete(self, k: int) -> bool:
        """Whether the pyramid of the ``k``-th signal is complete."""
        if k < self._n_recorded:
            return self.pyramids.complete
        group = self._group_of(k)
        return group is not None and group.pyramids.complete

    def show(self, lanes: Sequence[Lane], visible: Sequence[str]) -> None:
        """Offer these lanes, and build the pyramids of the visible ones in the background.

        The build of signals that are no longer visible is cancelled. Some signals that were
        visible before are kept.
        """
        with self._lock:
            known = {lane.key: k for k, lane in self._derived.items()}
            for lane in lanes:
                if lane.key and lane.key not in known:
                    known[lane.key] = len(self.channels)
                    self._derived[len(self.channels)] = lane
                    self.channels.append(lane.channel)
            recorded = {one.name: k for k, one in enumerate(self.channels[: self._n_recorded])}
            self.shown = {
                lane.name: known[lane.key] if lane.key else recorded[lane.name] for lane in lanes
            }
            seen = [self.shown[name] for name in visible if name in self.shown]
            new = [k for k in seen if k in self._derived and self._group_of(k) is None]
            if new:
                self._groups.append(Group(self._open(new), tuple(new)))
            dropped = self._drop_unused(set(seen), set(self.shown.values()))
        for group in dropped:
            group.pyramids.close()

    def close(self) -> None:
        """Stop the tasks that no other session needs."""
        if self._later is not None:
            self._later.cancel()
        self.pyramids.close()
        with self._lock:
            groups, self._groups = self._groups, []
        for group in groups:
            group.pyramids.close()

    def _group_of(self, k: int) -> Group | None:
        return next((group for group in self._groups if k in group.indices), None)

    def _open(self, indices: Sequence[int]) -> PyramidSet:
        recording = self._recording
        lanes = [self._derived[k] for k in indices]
        key = None
        if recording.fingerprint is not None:
            joined = " ".join(lane.key for lane in lanes)
            key = hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()
        words = {lane.filter or lane.montage for lane in lanes}
        name = f"{recording.name}, {', '.join(sorted(words))}"
        opened = open_derived_pyramids(name, [lane.channel for lane in lanes], key, recording.check)
        if opened.task is not None:
            opened.task.start()
        return opened

    def _drop_unused(self, visible: set[int], offered: set[int]) -> list[Group]:
        """Remove the groups and signals that nobody looks at, but keep the last complete groups."""
        used = [group for group in self._groups if visible & set(group.indices)]
        unused = [group for group in self._groups if group not in used]
        kept = [group for group in unused if group.pyramids.complete][-KEPT_GROUPS:]
        self._groups = [*kept, *used]
        for k in list(self._derived):
            if k not in offered and self._group_of(k) is None:
                del self._derived[k]
                self.channels[k] = Channel("", ArraySamples(np.empty(0)), regular(1.0, 0))
        return [group for group in unused if group not in kept]
