"""From marks of sleep stages to one stage an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.formatting import format_value
from vital_widgets.core.sleepstages import STAGES, UNSCORED, sleep_stage
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_EPOCHS = 1_000_000  # a year of epochs of 30 s
ROUNDING = 0.01  # of an epoch: what covers less is a rounding error of times
HALF = 0.5
NAMES = np.array([*STAGES, UNSCORED], object)
ACCEPTED = (
    "give W, N1, N2, N3, R, ? (unscored), the numbers 0 to 5 of Rechtschaffen and Kales, or "
    "Annotations such as 'Sleep stage N2'"
)


@dataclass(frozen=True, eq=False)
class StageMarks:
    """Marks that name a stage.

    Attributes
    ----------
    begin, end : ndarray of float64, shape (n,)
        Times in seconds.
    code : ndarray of int64, shape (n,)
        Index in `NAMES`.
    notes : tuple of str
        What was assumed or left out.
    """

    begin: NDArray[np.float64]
    end: NDArray[np.float64]
    code: NDArray[np.int64]
    notes: tuple[str, ...] = ()


def marks_of(stages: Any, name: str, epoch_s: float, t0: float | None) -> StageMarks:
    """Return the marks of stages, of annotations or one an epoch from ``t0`` on."""
    if isinstance(stages, Annotations):
        return _annotated(stages, name, epoch_s)
    texts = _listed(stages, name)
    codes = np.array([_code(sleep_stage(text)) for text in texts], np.int64)
    if np.any(codes < 0):
        k = int(np.argmax(codes < 0))
        raise InvalidInputError(
            f"{name}[{k}]={format_value(texts[k])} is not a sleep stage; {ACCEPTED}"
        )
    begin = (0.0 if t0 is None else t0) + epoch_s * np.arange(len(codes), dtype=np.float64)
    return StageMarks(begin, begin + epoch_s, codes, _numbering(texts, name))


def _numbering(texts: list[Any], name: str) -> tuple[str, ...]:
    """Return a note if numbers of stages have a second meaning."""
    numbers = {str(one) for one in texts if not isinstance(one, str)}
    if not numbers & {"4", "4.0"}:
        return ()
    note = (
        f"4 in {name} is read as stage 4 of Rechtschaffen and Kales, which is N3; if 4 means REM "
        "(as in YASA), give texts: W, N1, N2, N3, R"
    )
    return (note,)


def _listed(stages: Any, name: str) -> list[Any]:
    """Return what a sequence holds, or raise."""
    kept = stages
    if hasattr(stages, "tolist") and getattr(stages, "ndim", 1) == 1:
        kept = stages.tolist()
    if not isinstance(kept, (list, tuple)):
        raise InvalidInputError(
            f"{name}={format_value(stages)} is not a sequence of sleep stages; {ACCEPTED}"
        )
    return list(kept)


def _code(stage: str) -> int:
    return int(np.flatnonzero(stage == NAMES)[0]) if stage else -1


def _annotated(marks: Annotations, name: str, epoch_s: float) -> StageMarks:
    known = {text: _code(sleep_stage(text)) for text in set(marks.text.tolist())}
    codes = np.array([known[text] for text in marks.text], np.int64)
    kept = codes >= 0
    begin, length = marks.onset[kept], marks.duration[kept]
    notes = []
    if others := sorted(str(text) for text, code in known.items() if code < 0):
        shown = ", ".join(map(repr, others[:4])) + (" and others" if len(others) > 4 else "")  # noqa: PLR2004
        notes.append(f"{int((~kept).sum()):,} marks of {name} are not sleep stages: {shown}")
    if np.any(length <= 0):
        notes.append(
            f"{int((length <= 0).sum()):,} marks of {name} have no duration: each is taken as one "
            f"epoch of {epoch_s:g} s"
        )
        length = np.where(length > 0, length, epoch_s)
    return StageMarks(begin, begin + length, codes[kept], tuple(notes))


def cover_of(marks: StageMarks, t0: float, epoch_s: float, n: int) -> NDArray[np.float64]:
    """Return the share of each epoch that each stage covers, 0 to 1, shape (n, 5)."""
    scored = marks.code < len(STAGES)
    # In epochs from t0 on; a time that misses a border by rounding is on it.
    a, b = ((times[scored] - t0) / epoch_s for times in (marks.begin, marks.end))
    a, b = (np.clip(_snapped(edge), 0, n) for edge in (a, b))
    code = marks.code[scored]
    first, last = np.floor(a).astype(np.int64), np.ceil(b).astype(np.int64) - 1
    kept = b > a
    a, b, code, first, last = a[kept], b[kept], code[kept], first[kept], last[kept]
    cover = np.zeros((n + 1, len(STAGES)))
    np.add.at(cover, (first, code), 1.0)
    np.add.at(cover, (last + 1, code), -1.0)
    cover = np.cumsum(cover, axis=0)[:n]
    np.add.at(cover, (first, code), first - a)
    np.add.at(cover, (last, code), b - (last + 1))
    return np.clip(cover, 0.0, 1.0)


def _snapped(edge: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = np.round(edge)
    return np.where(np.abs(edge - whole) < ROUNDING, whole, edge)


def decided(cover: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the stage of each epoch, and whether several stages were marked in it.

    The stage is the one that covers most of the epoch. If several cover equally much, or all
    together less than half of it, the epoch is not scored.
    """
    n = len(cover)
    best = cover.argmax(axis=1) if n else np.empty(0, np.int64)
    most = cover.max(axis=1, initial=0.0)
    rivals = (cover >= most[:, None] - ROUNDING).sum(axis=1) > 1
    several = (cover > ROUNDING).sum(axis=1) > 1
    scored = (cover.sum(axis=1) >= HALF - ROUNDING) & (most > 0) & ~rivals
    return np.where(scored, best, len(STAGES)).astype(np.int64), np.asarray(several)
