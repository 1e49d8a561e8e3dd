"""Marks on a recording: beats, events, stages, comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd


SHOWN_KINDS = 6


@dataclass(frozen=True)
class Annotation:
    """One mark: ``onset`` and ``duration`` in seconds, ``text``, and the channel ('' for all)."""

    onset: float
    duration: float
    text: str
    channel: str = ""


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
    """

    def __init__(
        self,
        onset: Sequence[float] | np.ndarray[Any, Any] = (),
        text: Sequence[str] = (),
        duration: Sequence[float] | np.ndarray[Any, Any] | None = None,
        channel: Sequence[str] | None = None,
    ) -> None:
        onsets = np.asarray(onset, np.float64)
        n = len(onsets)
        durations = np.zeros(n) if duration is None else np.asarray(duration, np.float64)
        texts = np.asarray(text, object) if n else np.empty(0, object)
        channels = np.asarray([""] * n if channel is None else channel, object)
        if not len(texts) == len(durations) == len(channels) == n:
            msg = (
                f"annotations need as many texts ({len(texts)}), durations ({len(durations)}) and "
                f"channels ({len(channels)}) as onsets ({n})"
            )
            raise InvalidInputError(msg)
        order = np.argsort(onsets, kind="stable")
        self.onset = onsets[order]
        self.duration = durations[order]
        self.text = texts[order]
        self.channel = channels[order]

    def __len__(self) -> int:
        """Return the number of marks."""
        return len(self.onset)

    def __iter__(self) -> Iterator[Annotation]:
        """Iterate over the marks in order of onset."""
        for i in range(len(self)):
            yield self[i]

    def __getitem__(self, i: int) -> Annotation:
        """Return mark ``i``."""
        return Annotation(
            float(self.onset[i]), float(self.duration[i]), str(self.text[i]), str(self.channel[i])
        )

    def between(self, t0: float, t1: float) -> Annotations:
        """Return the marks that overlap the interval ``[t0, t1)`` in seconds."""
        moment = (self.onset >= t0) & (self.onset < t1)
        reaching = (self.onset < t1) & (self.onset + self.duration > t0)
        return self._where(moment | reaching)

    def with_text(self, *texts: str) -> Annotations:
        """Return the marks whose text is one of ``texts``."""
        wanted = set(texts)
        return self._where(np.array([text in wanted for text in self.text], bool))

    def to_frame(self) -> pd.DataFrame:
        """Return a table with the columns onset, duration, text and channel."""
        import pandas as pd

        return pd.DataFrame(
            {
                "onset": self.onset,
                "duration": self.duration,
                "text": self.text,
                "channel": self.channel,
            }
        )

    def __repr__(self) -> str:
        """Return the number of marks and their kinds."""
        if not len(self):
            return "Annotations(none)"
        texts, counts = np.unique(self.text.astype(str), return_counts=True)
        common = np.argsort(-counts, kind="stable")[:SHOWN_KINDS]
        kinds = ", ".join(f"{str(texts[i])!r} x {counts[i]}" for i in common)
        more = f", and {len(texts) - SHOWN_KINDS} more kinds" if len(texts) > SHOWN_KINDS else ""
        return f"Annotations({len(self)}: {kinds}{more})"

    def _where(self, mask: np.ndarray[Any, Any]) -> Annotations:
        return Annotations(
            self.onset[mask], self.text[mask], self.duration[mask], self.channel[mask]
        )
