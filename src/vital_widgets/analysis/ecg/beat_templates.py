"""Beats sorted by their shape, with the average of each kind."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.ecg.beat_places import MIN_FS, WHY_FS, BeatPlaces, at_beats
from vital_widgets.analysis.ecg.clustering import NONE, blocks_of, groups_of, sums_of
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain, Collector, Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

    Floats = NDArray[np.float64]
    Shapes = NDArray[np.float32]
    Partial = tuple[NDArray[np.int64], Shapes]  # beats by number, and the signal around each

KEPT_FS = 250.0  # Hz at which shapes are kept
MAX_KEPT = 18_000_000  # values in single precision: 72 MB
COMPARED = (-0.12, 0.25)  # s around the R peak whose shape is compared: QRS and most of ST-T
AT_ONCE = 1 << 18
SHOWN = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class BeatTemplates(
    Result,
    given=("beat_times", "times", "confidence"),
    columns={"time": "beat_times", "label": "labels", "correlation": "correlation"},
):
    """Kinds of beats.

    Attributes
    ----------
    beat_times : ndarray of float64, shape (n,)
        The beats, in seconds from the start of the recording.
    labels : ndarray of int64, shape (n,)
        Kind of each beat, 0 for the most frequent; -1 for beats that resemble no other (noise),
        and for those near a gap or an edge.
    correlation : ndarray of float64, shape (n,)
        Of a beat with the template of its kind; NaN where it has none.
    times : ndarray of float64, shape (m,)
        Seconds from the R peak.
    centre, sd, low, high : ndarray of float64, shape (k, m)
        Mean, standard deviation and confidence band of the mean of each kind, in the units of
        the signal. The mean of each beat from 0.12 s before to 0.25 s after the R peak is
        subtracted.
    n_beats : ndarray of int64, shape (k,)
        Number of beats of each kind.
    confidence : float
        Confidence level of the band.
    """

    beat_times: NDArray[np.float64]
    labels: NDArray[np.int64]
    correlation: NDArray[np.float64]
    times: NDArray[np.float64]
    centre: NDArray[np.float64]
    sd: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_beats: NDArray[np.int64]
    confidence: float

    def __len__(self) -> int:
        """Return the number of kinds."""
        return len(self.n_beats)

    def templates_frame(self) -> pd.DataFrame:
        """Return one row per kind and sample: label, time (s), centre, sd, low, high."""
        import pandas as pd

        k, m = self.centre.shape
        names = ("centre", "sd", "low", "high")
        return pd.DataFrame(
            {
                "label": np.repeat(np.arange(k), m),
                "time": np.tile(self.times, k),
                **{name: getattr(self, name).ravel() for name in names},
            }
        )

    def _facts(self) -> list[tuple[str, str]]:
        kinds = enumerate(self.n_beats[:SHOWN].tolist())
        return [
            ("beats", f"{len(self.labels):,}"),
            ("kinds", f"{len(self):,}"),
            *((f"kind {k}", f"{count:,} beats") for k, count in kinds),
            ("no kind", f"{int((self.labels == NONE).sum()):,}"),
        ]

    def annotations(self, channel: str = "") -> Annotations:
        """Return an annotation per beat that names its kind ('0', '1', ..., or '?' for none)."""
        text = np.where(self.labels >= 0, self.labels.astype(str), "?")
        return Annotations(self.beat_times, list(text), channel=[channel] * len(text))


@analysis
def beat_templates(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    before_s: float = 0.25,
    after_s: float = 0.4,
    min_correlation: float = 0.9,
    min_beats: int = 3,
    confidence: float = 0.95,
    usable: UsableLike = None,
) -> Plan[Partial, BeatTemplates] | Chain[BeatTemplates]:
    """Sort beats by their shape and average each kind.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        One ECG lead in any unit; NaN marks missing samples. Remove strong baseline wander first.
    fs, beats, usable
        As for `ecg_delineate`.
    before_s, after_s : float
        Length of the templates in s before and after the R peak, from 0.12 and 0.25 up to 2;
        by default they contain the QRS complex and most of the P and T waves.
    min_correlation : float
        Correlation, 0.3 to 0.999, from which beats of equal size are of one kind. 0.9 keeps
        normal and ventricular beats apart and tolerates noise.
    min_beats : int
        Number of beats from which there is a kind.
    confidence : float
        Confidence level of the band of each mean (Student's t).

    Returns
    -------
    BeatTemplates
        The kinds, most frequent first. The result is the same however the recording is cut into
        pieces, to 1e-6 of the signal.

    Raises
    ------
    InvalidInputError
        As of `ecg_delineate`, or a parameter is out of range.

    Notes
    -----
    The distance of two beats is the norm of their difference over the larger of their norms, from
    0.12 s before to 0.25 s after the R peak and without the straight line that fits each best, so
    that size counts as well as shape and baseline wander does not. Up to 1200 beats at a time,
    evenly spread over those without a kind, are clustered by average linkage over 12 principal
    components; all beats join the nearest mean. Shapes are kept at 250 Hz (less for very many
    beats: at most 72 MB), as means of the samples between.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import beat_templates
    >>> kinds = beat_templates(vw.sample(60)["ECG"])
    >>> bool(kinds.n_beats[0] > 40)
    True
    """
    if beats is None:
        check_kind(x, "ecg", "beat_templates", beats=True)
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why=WHY_FS)
    first = checked_number(before_s, "before_s", -COMPARED[0], 2, unit="s")
    last = checked_number(after_s, "after_s", COMPARED[1], 2, unit="s")
    r = checked_number(min_correlation, "min_correlation", 0.3, 0.999)
    checked_number(confidence, "confidence", 0.01, 0.9999)
    checked_number(min_beats, "min_beats", 1, 1e9)
    rate = signal.fs

    def plan(where: BeatPlaces) -> Plan[Partial, BeatTemplates]:
        length = (first + last) * rate
        step = max(round(rate / KEPT_FS), int(np.ceil(len(where.times) * length / MAX_KEPT)), 1)
        grid = (-int(first * rate / step), int(last * rate / step) + 1)
        middle = 0.0 if step % 2 else -0.5  # of the samples that a point is the mean of
        join = functools.partial(
            _join,
            where=where,
            times=np.asarray((np.arange(*grid) * step + middle) / rate, np.float64),
            limit=float(np.sqrt(2 * (1 - r))),
            min_beats=int(min_beats),
            confidence=float(confidence),
        )
        return ShapePlan(
            functools.partial(_shapes, where=where, grid=grid, step=step),
            join,
            before=-grid[0] * step + step,
            after=grid[1] * step + step,
            source=signal,
            n_beats=len(where.times),
        )

    return at_beats(signal, beats, plan)


class ShapeCollector(Collector["Partial"]):
    """Puts the shapes of each piece into one array, so that they are not held twice."""

    def __init__(self, n_beats: int) -> None:
        super().__init__()
        self._n_beats = n_beats

    def add(self, core_first: int, partial: Partial) -> None:
        """Keep the shapes of the beats of a core."""
        del core_first
        beats, shapes = partial
        if not self.partials:
            self._beats = np.empty(self._n_beats, np.int64)
            self._shapes = np.empty((self._n_beats, shapes.shape[1]), np.float32)
            self.partials = [(self._beats[:0], self._shapes[:0])]
        n = len(self.partials[0][0])
        self._beats[n : n + len(beats)] = beats
        self._shapes[n : n + len(beats)] = shapes
        self.partials = [(self._beats[: n + len(beats)], self._shapes[: n + len(beats)])]


@dataclass(frozen=True, eq=False)
class ShapePlan(Plan["Partial", BeatTemplates]):
    """A plan whose work gives the signal around each beat of a piece.

    Attributes
    ----------
    n_beats : int
        Number of beats in all pieces; those near a gap or an edge have no shape.
    """

    n_beats: int = 0

    def collector(self, n_samples: int) -> Collector[Partial]:
        """Return what puts the shapes into one array."""
        del n_samples
        return ShapeCollector(self.n_beats)


def _shapes(piece: Piece, *, where: BeatPlaces, grid: tuple[int, int], step: int) -> Partial:
    """Return the beats of a core whose signal is complete, and that signal."""
    inside = where.inside(piece)
    length = (grid[1] - grid[0]) * step
    first = where.samples[inside] - piece.first + grid[0] * step - step // 2
    whole = (first >= 0) & (first + length <= piece.values.shape[-1])
    inside, first = inside[whole], first[whole]
    a, b = (round(edge * piece.fs / step) - grid[0] for edge in COMPARED)
    kept, shapes = [inside[:0]], [np.empty((0, length // step), np.float32)]
    at_once = max(AT_ONCE // length, 1)
    for i in range(0, len(first), at_once):
        x = piece.values[first[i : i + at_once, None] + np.arange(length)]
        good = np.isfinite(x).all(axis=1)
        x = x[good].reshape(-1, length // step, step).mean(axis=2)
        level = x[:, max(a, 0) : min(b, x.shape[1])].mean(axis=1, keepdims=True)
        shapes.append((x - level).astype(np.float32))
        kept.append(inside[i : i + at_once][good])
    return np.concatenate(kept), np.concatenate(shapes)


def _join(
    partials: Sequence[Partial],
    extent: Extent,
    *,
    where: BeatPlaces,
    times: Floats,
    limit: float,
    min_beats: int,
    confidence: float,
) -> BeatTemplates:
    from scipy.stats import t

    beats, shapes = _all_shapes(partials, len(times))
    compared = np.searchsorted(times, [COMPARED[0] - 1 / extent.fs, COMPARED[1]])
    view = functools.partial(_without_line, part=slice(*compared.tolist()))
    found = groups_of(shapes, view, limit, min_beats)
    k = int(found.max(initial=NONE)) + 1
    sums, count = sums_of(shapes, _all_of, found, k)
    centre = sums / np.maximum(count, 1)[:, None]
    squares, _ = sums_of(shapes, _all_of, found, k, centre)
    sd = np.sqrt(squares / np.maximum(count - 1, 1)[:, None])
    sd[count < 2] = np.nan  # noqa: PLR2004 - one beat has no spread
    factor = t.ppf(0.5 + confidence / 2, np.maximum(count - 1, 1)) / np.sqrt(np.maximum(count, 1))
    width = sd * np.asarray(factor)[:, None]
    n = len(where.times)
    labels, correlation = np.full(n, NONE, np.int64), np.full(n, np.nan)
    labels[beats] = found
    correlation[beats] = _correlations(shapes, view, found, centre)
    why = f"no {min_beats} of {len(beats)} beats have a similar shape" if not k else ""
    if not len(beats):
        why = f"none of {n} beats has complete signal around it"
    left_out = f"{n - len(beats):,} of {n:,} beats are too near a gap or an edge"
    notes = (not_enough(why),) if why else (left_out,) if n > len(beats) else ()
    return BeatTemplates(
        beat_times=where.times,
        labels=labels,
        correlation=correlation,
        times=times,
        centre=centre,
        sd=sd,
        low=centre - width,
        high=centre + width,
        n_beats=count.astype(np.int64),
        confidence=confidence,
        valid=extent.valid,
        notes=notes,
    )


def _all_shapes(partials: Sequence[Partial], width: int) -> Partial:
    if len(partials) == 1:  # as the collector gives them
        return partials[0]
    beats, shapes = [np.empty(0, np.int64)], [np.empty((0, width), np.float32)]
    for own, around in partials:
        beats.append(own)
        shapes.append(around)
    return np.concatenate(beats), np.concatenate(shapes)


def _all_of(shapes: Shapes) -> Shapes:
    return shapes


def _without_line(shapes: NDArray[Any], part: slice) -> Shapes:
    """Return beats without the straight line that fits each best, against baseline wander."""
    beats = shapes[:, part]
    ramp = np.linspace(-1, 1, beats.shape[1], dtype=np.float32)
    ramp /= np.sqrt(np.sum(ramp**2))
    flat = beats - beats.mean(axis=1, keepdims=True)
    return np.asarray(flat - (flat @ ramp)[:, None] * ramp, np.float32)


def _correlations(shapes: Shapes, view: Any, labels: NDArray[np.int64], centre: Floats) -> Floats:
    """Return the correlation of each beat with the mean of its kind."""
    found = np.full(len(labels), np.nan)
    if not len(centre):
        return found
    mean = view(centre).astype(np.float64)
    for part, x, group in blocks_of(shapes, view, labels):
        own = mean[group]
        norm = np.linalg.norm(x, axis=1) * np.linalg.norm(own, axis=1)
        known = (group >= 0) & (norm > 0)
        found[part][known] = np.sum(x * own, axis=1)[known] / norm[known]
    return found
