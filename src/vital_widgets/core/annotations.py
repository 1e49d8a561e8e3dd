"""Marks on a recording: beats, events, stages, comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vital_widgets.core.arguments import time
from vital_widgets.core.formatting import format_value, is_writable
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Texts = Sequence[str] | NDArray[np.object_]

SHOWN_KINDS = 6


@dataclass(frozen=True)
class Annotation:
    """One mark: ``onset`` and ``duration`` in seconds, ``text``, and the channel ('' for all)."""

    onset: float
    duration: float
    text: str
    channel: str = ""


class Columns(NamedTuple):
    """The columns of annotations, in order of onset."""

    onset: NDArray[np.float64]
    duration: NDArray[np.float64]
    text: NDArray[np.object_]
    channel: NDArray[np.object_]

    def mark(self, i: int) -> Annotation:
        """Return mark ``i``."""
        return Annotation(
            float(self.onset[i]), float(self.duration[i]), str(self.text[i]), str(self.channel[i])
        )

    def where(self, mask: NDArray[np.bool_]) -> Annotations:
        """Return the marks for which a mask is true."""
        return Annotations(
            self.onset[mask], self.text[mask], self.duration[mask], self.channel[mask]
        )


class Annotations:
    """Marks sorted by onset, held as arrays.

    Parameters
    ----------
    onset : array-like of float, shape (n,)
        Seconds from the recording's start.
    text : sequence of str, length n
        Text of the mark: a beat code of WFDB, the text of an EDF+ annotation.
    duration : array-like of float, shape (n,), optional
        Seconds; 0 for a moment.
    channel : sequence of str, length n, optional
        The channel a mark belongs to; empty for the whole recording.
    comment : sequence of str, length n, optional
        A remark on each mark; empty for none.
    extra : sequence of str, length n, optional
        What a file format says beside that, as JSON; empty for nothing.
    """

    def __init__(
        self,
        onset: Sequence[float] | np.ndarray[Any, Any] = (),
        text: Texts = (),
        duration: Sequence[float] | np.ndarray[Any, Any] | None = None,
        channel: Texts | None = None,
        comment: Texts | None = None,
        extra: Texts | None = None,
    ) -> None:
        onsets = _seconds("onset", onset)
        n = len(onsets)
        durations = np.zeros(n) if duration is None else _seconds("duration", duration)
        if np.any(durations < 0):
            first = int(np.argmax(durations < 0))
            msg = f"duration[{first}]={float(durations[first])!r} is below 0; give 0 for a moment"
            raise InvalidInputError(msg)
        texts = _texts("text", text, n)
        channels = _texts("channel", channel, n)
        if not len(texts) == len(durations) == len(channels) == n:
            msg = (
                f"annotations need as many texts ({len(texts)}), durations ({len(durations)}) and "
                f"channels ({len(channels)}) as onsets ({n})"
            )
            raise InvalidInputError(msg)
        order = np.argsort(onsets, kind="stable")
        more: list[NDArray[np.object_] | None] = []
        for name, values in (("comment", comment), ("extra", extra)):
            checked = None if values is None else _texts(name, values, n)
            if checked is not None and len(checked) != n:
                msg = f"{name} has {len(checked)} values for {n} annotations"
                raise InvalidInputError(msg)
            more.append(None if checked is None else checked[order])
        self._comment, self._extra = more
        self._columns = Columns(onsets[order], durations[order], texts[order], channels[order])

    def _now(self) -> Columns:
        """Return the marks at this moment; of a document, others may follow."""
        return self._columns

    @property
    def onset(self) -> NDArray[np.float64]:
        """Seconds from the recording's start, in order."""
        return self._now().onset

    @property
    def duration(self) -> NDArray[np.float64]:
        """Seconds; 0 for a moment."""
        return self._now().duration

    @property
    def text(self) -> NDArray[np.object_]:
        """What each mark says."""
        return self._now().text

    @property
    def channel(self) -> NDArray[np.object_]:
        """The channel of each mark, '' for all."""
        return self._now().channel

    @property
    def comment(self) -> NDArray[np.object_]:
        """A remark on each mark, '' for none."""
        return np.full(len(self), "", object) if self._comment is None else self._comment

    @property
    def extra(self) -> NDArray[np.object_]:
        """What a file format says of each mark beside that, as JSON; '' for nothing."""
        return np.full(len(self), "", object) if self._extra is None else self._extra

    def __len__(self) -> int:
        """Return the number of marks."""
        return len(self.onset)

    def __iter__(self) -> Iterator[Annotation]:
        """Iterate over the marks in order of onset."""
        now = self._now()
        for i in range(len(now.onset)):
            yield now.mark(i)

    def __getitem__(self, i: int) -> Annotation:
        """Return mark ``i``."""
        return self._now().mark(i)

    def between(self, t0: float, t1: float) -> Annotations:
        """Return the marks that overlap the interval ``[t0, t1)`` in seconds."""
        t0, t1 = time("t0", t0), time("t1", t1)
        now = self._now()
        moment = (now.onset >= t0) & (now.onset < t1)
        reaching = (now.onset < t1) & (now.onset + now.duration > t0)
        return now.where(moment | reaching)

    def with_text(self, *texts: str) -> Annotations:
        """Return the marks whose text is one of ``texts``."""
        wanted = set(texts)
        now = self._now()
        return now.where(np.array([text in wanted for text in now.text], bool))

    def to_frame(self) -> pd.DataFrame:
        """Return a table with the columns onset, duration, text and channel."""
        import pandas as pd

        return pd.DataFrame(self._now()._asdict())

    def __repr__(self) -> str:
        """Return the number of marks and their kinds."""
        text = self.text
        if not len(text):
            return "Annotations(none)"
        texts, counts = np.unique(text.astype(str), return_counts=True)
        common = np.argsort(-counts, kind="stable")[:SHOWN_KINDS]
        kinds = ", ".join(f"{str(texts[i])!r} x {counts[i]}" for i in common)
        more = f", and {len(texts) - SHOWN_KINDS} more kinds" if len(texts) > SHOWN_KINDS else ""
        return f"Annotations({len(text)}: {kinds}{more})"


def _seconds(name: str, values: Any) -> NDArray[np.float64]:
    """Return checked numbers of seconds."""
    try:
        seconds = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        seconds = np.empty((0, 0))
    if seconds.ndim != 1:
        msg = f"{name}={format_value(values)} is not a list of numbers of seconds, one per mark"
        raise InvalidInputError(msg)
    wrong = ~np.isfinite(seconds)
    if wrong.any():
        first = int(np.argmax(wrong))
        advice = "; give 0 for a moment" if name == "duration" else "; leave this mark out"
        msg = f"{name}[{first}]={float(seconds[first])!r} is not a number of seconds{advice}"
        raise InvalidInputError(msg)
    return seconds


def _texts(name: str, values: Texts | None, n: int) -> NDArray[np.object_]:
    """Return checked texts, '' for each of ``n`` marks by default."""
    if values is not None and not hasattr(values, "__len__"):
        msg = f"{name}={format_value(values)} is not a list of texts, one per mark"
        raise InvalidInputError(msg)
    if values is None or len(values) == 0:
        return np.full(n if values is None else 0, "", object)
    texts = np.asarray(values, object)
    if texts.ndim != 1:
        msg = f"{name}={format_value(values)} is not a list of texts, one per mark"
        raise InvalidInputError(msg)
    kinds = set(map(type, texts.tolist()))
    if not all(issubclass(kind, str) for kind in kinds):
        first = next(k for k, one in enumerate(texts) if not isinstance(one, str))
        msg = f"{name}[{first}]={format_value(texts[first])} is not a text; give for example 'N'"
        raise InvalidInputError(msg)
    for one in set(texts.tolist()):
        if not is_writable(one):
            msg = f"{name}={format_value(one)} contains half a character; give a valid text"
            raise InvalidInputError(msg)
    return texts
