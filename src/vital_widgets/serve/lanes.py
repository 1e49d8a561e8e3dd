"""The lanes that a viewer can show: channels of the recording and derived ones, and filters."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.engine.compute import source_of
from vital_widgets.analysis.engine.fingerprints import versions
from vital_widgets.analysis.engine.lazy import DerivedSamples
from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.analysis.signal.filters.filter_signal import filter_plan
from vital_widgets.analysis.signal.filters.filter_text import FilterText, filter_text
from vital_widgets.core.channel import Channel
from vital_widgets.core.signalkind import KINDS, signal_kind
from vital_widgets.core.weighted import BLOCK, KeptSamples
from vital_widgets.errors import InvalidInputError, UnknownChannelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vital_widgets.core.recording import Recording
    from vital_widgets.montage import Montage

SHOWN_NAMES = 40


@dataclass(frozen=True, eq=False)
class Lane:
    """A signal that a lane of a viewer shows.

    Attributes
    ----------
    name : str
        Name of the lane, unique in a viewer.
    channel : Channel
        The channel that is drawn.
    kind : str
        What it records, one of `core.signalkind.KINDS`.
    ink : int
        Number of its colour, the same with another filter.
    key : str
        Fingerprint of the computation; '' for a channel as it was recorded.
    filter : str
        Its filter as text; '' for none.
    montage : str
        Name of the montage that it belongs to; '' for none.
    style : str
        How it is drawn: "line", "stages" (as steps), "ribbon" or "spectrogram".
    host : str
        Name of the lane in which it is drawn, '' for its own.
    options : dict
        Parameters of the spectrogram.
    """

    name: str
    channel: Channel
    kind: str
    ink: int
    key: str = ""
    filter: str = ""
    montage: str = ""
    style: str = "line"
    host: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LaneSet:
    """All lanes that can be shown.

    Attributes
    ----------
    lanes : list of Lane
        In order: those of a montage take the place of their electrodes.
    replaced : frozenset of str
        Names of the recorded channels whose place a montage takes.
    notes : list of str
        Which lanes of the montage cannot be made, and why.
    """

    lanes: list[Lane]
    replaced: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Names of all lanes."""
        return [lane.name for lane in self.lanes]


def lanes_of(
    recording: Recording,
    montage: Montage | None,
    filters: Mapping[str, Any],
    extra: Sequence[Lane] = (),
) -> LaneSet:
    """Return the lanes of a recording with a montage and filters.

    Parameters
    ----------
    recording : Recording
        Read completely.
    montage : Montage or None
        None for the channels as they were recorded.
    filters : mapping of str to filter
        Filters by name of a lane, or by kind of signal; the name has priority. Entries that fit no
        lane are ignored.
    extra : sequence of Lane
        Lanes of signals that are no channels of the recording.

    Raises
    ------
    InvalidInputError
        No lane of the montage can be made, or a filter does not fit the sampling rate of a lane.
    """
    plain, replaced, notes = _with_montage(recording, montage)
    chosen = {name: filter_text(given) for name, given in filters.items()}
    lanes = [_filtered(recording, lane, chosen) for lane in [*plain, *extra]]
    return LaneSet(lanes, replaced, notes)


def check_keys(filters: Mapping[str, Any], lanes: LaneSet, recording: Recording) -> None:
    """Raise unless each filter has the name of a lane or a kind of signal that there is."""
    known = {*lanes.names, *recording.channels}
    kinds = {lane.kind for lane in lanes.lanes}
    for name in filters:
        if name in known:
            continue
        kind = kind_of_key(name)
        listed = ", ".join(map(repr, lanes.names[:SHOWN_NAMES]))
        if not kind:
            msg = (
                f"filters[{name!r}]: {recording.name!r} has no channel {name!r}; its lanes are "
                f"{listed}; kinds of signals are {', '.join(KINDS)}"
            )
            raise UnknownChannelError(msg)
        if kind not in kinds:
            msg = (
                f"filters[{name!r}]: no channel of {recording.name!r} is of the kind {kind}; its "
                f"lanes are {listed}"
            )
            raise UnknownChannelError(msg)


def kind_of_key(name: str) -> str:
    """Return the kind of signal that a text names, in any case of letters; '' for another text."""
    return next((kind for kind in KINDS if kind.lower() == name.strip().lower()), "")


def _with_montage(
    recording: Recording, montage: Montage | None
) -> tuple[list[Lane], frozenset[str], list[str]]:
    recorded = [
        Lane(channel.name, channel, signal_kind(channel.name, channel.units), k)
        for k, channel in enumerate(recording.channels.values())
    ]
    if montage is None:
        return recorded, frozenset(), []
    made = montage.derive(recording)
    if not made.channels:
        raise InvalidInputError(montage.refusal(recording, made.missing))
    kinds = {lane.name: lane.kind for lane in recorded}
    used = [kinds[name] for name in made.replaced]
    kind = max(sorted(set(used)), key=used.count) if used else "other"
    derived = [
        Lane(
            channel.name,
            channel,
            kind,
            k,
            _key(recording, "montage", montage.identity, channel.name),
            montage=montage.name,
        )
        for k, channel in enumerate(made.channels)
    ]
    names = {lane.name for lane in derived}
    lanes: list[Lane] = []
    for lane in recorded:
        if lane.name in made.replaced and derived[0] not in lanes:
            lanes += derived
        if lane.name not in names:
            lanes.append(lane)
    if derived[0] not in lanes:
        lanes = [*derived, *lanes]
    notes = [
        f"montage {montage.name!r}: {name!r} is left out: {why}"
        for name, why in made.missing.items()
    ]
    return lanes, made.replaced | names, notes


def _filtered(recording: Recording, lane: Lane, chosen: Mapping[str, FilterText]) -> Lane:
    """Return a lane with its filter; the lane itself if there is none."""
    by_kind = {kind_of_key(name): one for name, one in chosen.items() if kind_of_key(name)}
    given = chosen.get(lane.name) or by_kind.get(lane.kind)
    if given is None:
        return lane
    channel = lane.channel
    try:
        made = given.design(channel.fs)
    except InvalidInputError as error:
        msg = f"filter {str(given)!r} of {lane.name!r}: {error}"
        raise InvalidInputError(msg) from None
    key = _key(recording, "filter", lane.key or lane.name, str(given))
    block = BLOCK
    while block < made.context:
        block *= 2
    plan = filter_plan(signal_of(channel), made)
    source = source_of(plan)
    derived = Channel(
        lane.name,
        KeptSamples(DerivedSamples(replace(plan, source=None), source, key), key, block),
        source.timebase,
        channel.units,
        details={**channel.details, "processed": plan.method},
        origin=channel.origin,
    )
    return replace(lane, channel=derived, key=key, filter=str(given))


def _key(recording: Recording, *recipe: str) -> str:
    """Return the fingerprint of a computation from a recording."""
    of = recording.fingerprint or recording.origin.key
    said = json.dumps([of, recipe, dict(versions())])
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def names_with_montage(shown: Sequence[str], lanes: LaneSet) -> list[str]:
    """Return the lanes to show with a montage, from the channels that were shown without it."""
    derived = [lane.name for lane in lanes.lanes if lane.montage]
    places = [k for k, name in enumerate(shown) if name in lanes.replaced]
    first = places[0] if places else 0
    others = [name for name in shown if name not in lanes.replaced]
    before = sum(name not in lanes.replaced for name in shown[:first])
    return [*others[:before], *derived, *others[before:]]
