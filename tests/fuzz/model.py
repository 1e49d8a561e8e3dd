"""What a fuzzed case is, and what may be wrong with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from vital_widgets.core.recording import Recording


@dataclass
class Fault:
    """Something that must not happen.

    ``kind`` is one of `KINDS`; ``mechanism`` names the place, so that the cases of one cause
    fall together; ``detail`` is the sentence of this case.
    """

    kind: str
    mechanism: str
    detail: str = ""


KINDS = (
    "other exception",
    "abort",
    "hang",
    "memory",
    "short read",
    "wrong sample",
    "lost in silence",
    "refused though sound",
    "no JSON",
    "no file named",
    "warning",
)


@dataclass
class Case:
    """A mutated recording.

    Parameters
    ----------
    path : Path
        What is opened.
    options : dict
        Options of `open`.
    changes : list of str
        The mutations in words.
    check : callable, optional
        Compares an opened recording with what a plain oracle says and returns the faults.
    may_refuse : bool
        False where the oracle knows that the file is sound.
    must_tell : str
        What is lost for certain (rows, records, marks): an error or a note has to come.
    """

    path: Path
    options: dict[str, Any] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    check: Callable[[Recording], list[Fault]] | None = None
    may_refuse: bool = True
    must_tell: str = ""


@dataclass
class Outcome:
    """How a case ended: ``state`` is opened, refused, or failed (opened, then an error of ours)."""

    reader: str
    number: int
    state: str = "opened"
    message: str = ""
    changes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0
    megabytes: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain dicts and lists."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Outcome:
        """Take back what `to_json` gave."""
        faults = [Fault(**fault) for fault in told.pop("faults")]
        return cls(**told, faults=faults)


class FuzzedReader(Protocol):
    """What a module of a format offers: the module itself is passed around."""

    NAME: str  # for --reader

    @staticmethod
    def seeds(data: Path | None) -> list[Any]:
        """Return what is mutated: made here where ``data`` is None, else from real recordings."""

    @staticmethod
    def make(seed: Any, random: random.Random, folder: Path) -> Case:
        """Write a mutated copy of a seed into an empty folder."""
