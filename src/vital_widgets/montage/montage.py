"""A montage: what is shown in each lane, as a sum of labels with factors."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vital_widgets.core.arguments import file_path
from vital_widgets.core.formatting import format_value
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError, RecordingNotFoundError
from vital_widgets.montage.sources import Sources
from vital_widgets.runtime.wholefile import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vital_widgets.core.channel import Channel

    Rule = Callable[[Sources], list["Derivation"]]

VERSION = 1
MOST_LANES = 1000


@dataclass(frozen=True)
class Derivation:
    """One lane of a montage.

    Attributes
    ----------
    weights : mapping of str to float
        Factors by label: the name of a channel, an electrode such as 'Fp1' or a limb lead such as
        'II'. 'average' stands for the mean of all electrodes on the scalp, 'linked ears' for the
        mean of both ears.
    name : str
        Name of the lane; by default made of the labels.
    """

    weights: Mapping[str, float]
    name: str = ""


@dataclass(frozen=True, eq=False)
class Derived:
    """What a montage makes of a recording.

    Attributes
    ----------
    channels : list of Channel
        The derived channels, computed when they are read.
    missing : dict of str to str
        Why a lane could not be made, by name of the lane.
    replaced : frozenset of str
        Names of the channels whose place the derived channels take.
    """

    channels: list[Channel]
    missing: dict[str, str] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()


class Montage:
    """A list of lanes, each a sum of channels with factors.

    Parameters
    ----------
    name : str
        Name of the montage.
    lanes : iterable of str, mapping or Derivation
        A text such as ``"Fp1 - F7"``, a mapping of labels to factors such as
        ``{"C3": 1, "A1": -0.5, "A2": -0.5}``, or a `Derivation`.

    Examples
    --------
    >>> from vital_widgets.montage import Montage
    >>> Montage("chin and eyes", ["E1 - M2", "E2 - M1", {"Chin1": 1, "Chin2": -1}])
    <Montage 'chin and eyes': 3 lanes>
    """

    def __init__(self, name: str, lanes: Iterable[Any]) -> None:
        given: object = name
        if not isinstance(given, str) or not name.strip():
            msg = f"name={name!r} is not a name of a montage; give a text"
            raise InvalidInputError(msg)
        self.name = name.strip()
        self.lanes = tuple(derivations_of(lanes))

    @property
    def fixed(self) -> bool:
        """Whether the lanes are the same for each recording."""
        return True

    def lanes_for(self, sources: Sources) -> Sequence[Derivation]:
        """Return the lanes for a recording."""
        del sources
        return self.lanes

    @property
    def identity(self) -> str:
        """A text that differs for montages with other lanes."""
        return json.dumps(self.to_dict()) if self.fixed else self.name

    def derive(self, recording: Recording) -> Derived:
        """Return the derived channels, what could not be made, and what they replace."""
        sources = Sources(recording)
        made = Derived([])
        taken: set[str] = set()
        for one in self.lanes_for(sources):
            name = one.name or sources.name_of(one.weights)
            if name in taken:
                continue
            taken.add(name)
            try:
                made.channels.append(sources.channel(one.weights, name))
            except InvalidInputError as error:
                made.missing[name] = str(error)
        used = sources.used | (sources.electrodes_used and sources.all_electrodes)
        return Derived(made.channels, made.missing, frozenset(used))

    def apply(self, recording: Recording) -> Recording:
        """Return a recording of the derived channels.

        Parameters
        ----------
        recording : Recording
            The recording; its channels are found by their labels: ``EEG Fp1-Ref``, ``Fp1`` and
            ``FP1`` are the same electrode, T3 is T7.

        Returns
        -------
        Recording
            With start, time zone, annotations and notes of the recording. Samples are computed
            when they are read. A note names each lane that cannot be made, and why.

        Raises
        ------
        InvalidInputError
            No lane can be made.
        """
        given: object = recording
        if not isinstance(given, Recording):
            msg = (
                f"a montage is applied to a recording, not to {type(given).__name__}; give "
                "for example vital_widgets.open('night.edf')"
            )
            raise InvalidInputError(msg)
        made = self.derive(recording)
        if not made.channels:
            raise InvalidInputError(self.refusal(recording, made.missing))
        notes = [f"montage {self.name!r}: {name!r} is left out: {why}"
                 for name, why in made.missing.items()]  # fmt: skip
        return Recording(f"{recording.name}, {self.name}", made.channels, notes=notes)

    def refusal(self, recording: Recording, missing: Mapping[str, str]) -> str:
        """Return why no lane can be made."""
        known = ", ".join(map(repr, list(recording.channels)[:30])) or "none"
        why = next(iter(missing.values()), "no electrode of the 10-20 system was found")
        return (
            f"the montage {self.name!r} cannot be made of {recording.name!r}: {why}. "
            f"Channels: {known}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the montage as plain values that can be written as JSON."""
        if not self.fixed:
            msg = (
                f"the lanes of {self.name!r} depend on the recording; to save them, make a "
                "Montage of the lanes that you want"
            )
            raise InvalidInputError(msg)
        lanes = [
            {**({"name": one.name} if one.name else {}), "weights": dict(one.weights)}
            for one in self.lanes
        ]
        return {"version": VERSION, "name": self.name, "lanes": lanes}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Montage:
        """Return the montage that `to_dict` described."""
        given: object = values
        if not isinstance(given, Mapping):
            msg = f"{format_value(given)} is not a montage; give a dictionary with name and lanes"
            raise InvalidInputError(msg)
        unknown = sorted(set(values) - {"version", "name", "lanes"})
        if unknown:
            msg = f"unknown entry {unknown[0]!r} in a montage; accepted: version, name, lanes"
            raise InvalidInputError(msg)
        if values.get("version", VERSION) != VERSION:
            msg = (
                f"the montage has version {values['version']!r}; this release of vital_widgets "
                f"reads version {VERSION}"
            )
            raise InvalidInputError(msg)
        lacking = [name for name in ("name", "lanes") if name not in values]
        if lacking:
            msg = f"a montage needs {lacking[0]!r}; for example {EXAMPLE}"
            raise InvalidInputError(msg)
        return cls(values["name"], values["lanes"])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the montage into a small JSON file."""
        file = file_path("path", path, "mine.json")
        if file.suffix.lower() != ".json":
            msg = f"path={format_value(path)} does not end in .json; give for example 'mine.json'"
            raise InvalidInputError(msg)
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False)
        write_whole(file, text.encode("utf-8", "replace"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Montage:
        """Return the montage in a JSON file that `save` wrote, or that was written by hand."""
        file = file_path("path", path, "mine.json")
        try:
            values = json.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            msg = f"there is no file {os.fspath(path)!r}"
            raise RecordingNotFoundError(msg) from None
        except (ValueError, OSError) as error:
            msg = f"{os.fspath(path)!r} is not a montage in JSON ({error}); for example {EXAMPLE}"
            raise InvalidInputError(msg) from None
        try:
            return cls.from_dict(values)
        except InvalidInputError as error:
            msg = f"{os.fspath(path)!r}: {error}"
            raise InvalidInputError(msg) from None

    def __eq__(self, other: object) -> bool:
        """Whether both have the same name and the same lanes."""
        if not isinstance(other, Montage):
            return NotImplemented
        return type(self) is type(other) and (self.name, self.lanes) == (other.name, other.lanes)

    def __hash__(self) -> int:
        """Return a hash of the name."""
        return hash(self.name)

    def __repr__(self) -> str:
        """Return the name and the number of lanes."""
        lanes = f"{len(self.lanes)} lanes" if self.fixed else "lanes by recording"
        return f"<Montage {self.name!r}: {lanes}>"


class RuledMontage(Montage):
    """A montage whose lanes depend on the electrodes of a recording."""

    def __init__(self, name: str, rule: Rule) -> None:
        self.name = name
        self.lanes = ()
        self._rule = rule

    @property
    def fixed(self) -> bool:
        """Whether the lanes are the same for each recording."""
        return False

    def lanes_for(self, sources: Sources) -> Sequence[Derivation]:
        """Return the lanes for a recording."""
        return self._rule(sources)


EXAMPLE = '{"name": "mine", "lanes": ["Fp1 - F7", {"weights": {"C3": 1, "A2": -1}}]}'


def derivations_of(lanes: Any) -> list[Derivation]:
    """Return checked derivations of texts, mappings and derivations."""
    if isinstance(lanes, str | Mapping) or not hasattr(lanes, "__iter__"):
        msg = f"lanes={format_value(lanes)} is not a list of lanes; for example ['Fp1 - F7']"
        raise InvalidInputError(msg)
    listed: Sequence[Any] = list(lanes)
    if not 1 <= len(listed) <= MOST_LANES:
        msg = f"a montage has 1 to {MOST_LANES} lanes, not {len(listed)}"
        raise InvalidInputError(msg)
    return [_derivation(one, k) for k, one in enumerate(listed, 1)]


def _derivation(lane: Any, number: int) -> Derivation:
    name = ""
    if isinstance(lane, Derivation):
        name, lane = lane.name, lane.weights
    if isinstance(lane, Mapping) and "weights" in lane:
        unknown = sorted(set(map(str, lane)) - {"name", "weights"})
        if unknown:
            msg = f"lane {number}: unknown entry {unknown[0]!r}; accepted: name, weights"
            raise InvalidInputError(msg)
        name, lane = lane.get("name", ""), lane["weights"]
    if isinstance(lane, str):
        parts = [part.strip() for part in lane.split(" - ")]
        if len(parts) > 2 or not all(parts):  # noqa: PLR2004
            msg = (
                f"lane {number}: {lane!r} is neither a label nor a difference of two such as "
                "'Fp1 - F7'; give factors by label for anything else"
            )
            raise InvalidInputError(msg)
        return Derivation(dict(zip(parts, (1.0, -1.0), strict=False)), name)
    if not isinstance(lane, Mapping) or not lane or not isinstance(name, str):
        msg = (
            f"lane {number}: {format_value(lane)} is not a lane; give a text such as 'Fp1 - F7', "
            "or factors by label such as {'C3': 1, 'A2': -1}"
        )
        raise InvalidInputError(msg)
    for label, weight in lane.items():
        good = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not isinstance(label, str) or not good or not math.isfinite(weight) or weight == 0:
            msg = (
                f"lane {number}: the factor {format_value(weight)} of {format_value(label)} is not "
                "a finite number other than 0"
            )
            raise InvalidInputError(msg)
    return Derivation({label: float(weight) for label, weight in lane.items()}, name)
