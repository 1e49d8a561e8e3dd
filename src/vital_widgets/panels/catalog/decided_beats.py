"""A layer of annotations with the beats that a person accepted from one detector or another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import BEAT_CODES
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BEAT = "N"
SAID = "beats of "  # before the name of the detector, in the mark of a decision


class DecidedBeats:
    """The layer: beats, and for each decided place a mark that says whose beats were accepted.

    Parameters
    ----------
    marks : RecordingAnnotations
        The annotations of the recording.
    layer : str
        Name of the layer, which need not exist yet.
    channel : str
        The channel of its marks.
    tolerance_s : float
        Seconds that marks of the same beat may differ.
    """

    def __init__(self, marks: Any, layer: str, channel: str, tolerance_s: float) -> None:
        self._marks = marks
        self._layer = layer
        self._channel = channel
        self._tolerance = tolerance_s

    def _present(self) -> Any:
        """Return the marks of the layer; None if there is no such layer."""
        known = [one.name for one in self._marks.layers]
        return self._marks.layer(self._layer) if self._layer in known else None

    def decisions(self, ranked: Any) -> list[str]:
        """Return whose beats were accepted at each place; '' where nothing was decided."""
        present = self._present()
        said = [""] * len(ranked.onset)
        if present is None:
            return said
        for onset, end, detector in self._decided(present):
            inside = (ranked.onset <= end) & (ranked.end >= onset)
            for k in np.flatnonzero(inside).tolist():
                said[k] = detector
        return said

    def accept(self, ranked: Any, k: int, method: str, found: Mapping[str, Any]) -> int:
        """Keep the beats of one detector at a place; return their number.

        Beats elsewhere in the analysed part of the recording that are missing in the layer are
        added from the first detector.
        """
        span = self._span(ranked, k)
        present = self._present()
        beats, decided = np.empty(0), []
        if present is not None:
            over = (present.onset <= span[1]) & (present.onset + present.duration >= span[0])
            old = present.id[over].tolist()
            is_beat = np.array([str(one) in BEAT_CODES for one in present.text], bool)
            beats = present.onset[is_beat & ~over]
            decided = [(a, b) for a, b, _ in self._decided(present)]
            if old:
                self._marks.delete(old)
        accepted = _within(found[method].times, *span)
        first = next(iter(found.values())).times
        others = self._new(first, beats, [*decided, span])
        onset = np.concatenate([accepted, others, [span[0]]])
        texts = [BEAT] * (len(accepted) + len(others)) + [f"{SAID}{method}"]
        duration = np.append(np.zeros(len(onset) - 1), span[1] - span[0])
        channels = [self._channel] * len(texts)
        self._marks.extend(Annotations(onset, texts, duration, channels), layer=self._layer)
        return len(accepted)

    def _span(self, ranked: Any, k: int) -> tuple[float, float]:
        """Return what a decision about a place covers, in seconds."""
        begin = max(float(ranked.onset[k]) - self._tolerance, 0.0)
        return begin, float(ranked.end[k]) + self._tolerance

    def _decided(self, present: Any) -> list[tuple[float, float, str]]:
        """Return begin and end of each decision, and the detector."""
        return [
            (float(a), float(a + b), str(text).removeprefix(SAID))
            for a, b, text in zip(present.onset, present.duration, present.text, strict=True)
            if str(text).startswith(SAID)
        ]

    def _new(self, times: Floats, known: Floats, spans: list[tuple[float, float]]) -> Floats:
        """Return the times that are near no known beat and in no decided place."""
        kept = np.ones(len(times), bool)
        if len(known):
            known = np.sort(known)
            after = np.searchsorted(known, times - self._tolerance)
            near = known[np.minimum(after, len(known) - 1)]
            kept &= np.abs(near - times) > self._tolerance
        for begin, end in spans:
            kept &= (times < begin) | (times > end)
        return times[kept]


def _within(times: Floats, begin: float, end: float) -> Floats:
    return times[(times >= begin) & (times <= end)]
