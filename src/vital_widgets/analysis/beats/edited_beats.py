"""Beats after editing by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import NORMAL_CODES, nearest
from vital_widgets.analysis.beats.beat_series import ECG, MAX_MS, MIN_MS, Beats, Intervals
from vital_widgets.analysis.beats.edit_log import NORMAL
from vital_widgets.analysis.beats.edit_overlay import ADDED, MOVED, RELABELLED, EditOverlay
from vital_widgets.analysis.engine.validity import ValidSignal, not_enough, passed_on
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import Stretches

    Times = NDArray[np.float64]

UNKNOWN_SAMPLE = -1
LABEL = "<U1"  # codes of PhysioBank have one character
EDIT = f"<U{max(map(len, (ADDED, MOVED, RELABELLED)))}"
COLUMNS = {
    "time": "times", "label": "label", "edit": "edit", "original": "original",
    "sample": "samples", "stretch": "stretch", "": "extra",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class EditedBeats(Beats, given=("original", "deleted", "in_noise", "noise"), columns=COLUMNS):
    """Beats after editing by hand, as `Beats`, with what was edited.

    Attributes
    ----------
    label : ndarray of str, shape (n,)
        Code of PhysioBank of each beat.
    edit : ndarray of str, shape (n,)
        'added', 'moved' or 'relabelled'; '' for a beat that was not edited.
    original : ndarray of float64, shape (n,)
        Time in seconds of each beat before editing; NaN for an added one.
    deleted, in_noise : ndarray of float64, shape (k,)
        Times in seconds of the beats that were deleted, and that lie in noise.
    noise : Stretches
        What was marked as noise.
    n_found : int
        Number of beats before editing.
    """

    label: NDArray[np.str_]
    edit: NDArray[np.str_]
    original: Times
    deleted: Times
    in_noise: Times
    noise: Stretches
    n_found: int

    @property
    def counts(self) -> dict[str, int]:
        """Number of beats that were added, moved, relabelled, deleted, and that are in noise."""
        edited = {how: int((self.edit == how).sum()) for how in (ADDED, MOVED, RELABELLED)}
        return {**edited, "deleted": len(self.deleted), "in noise": len(self.in_noise)}

    def intervals(self) -> Intervals:
        """Return the NN intervals: none across a gap or noise.

        Intervals that begin or end with a beat whose label is not that of a normal beat (N, L, R,
        B, e, j) are excluded, as are those below 0.1 s and above 10 s.
        """
        rr = np.diff(self.times) * 1000
        kept = (np.diff(self.stretch) == 0) & (rr <= MAX_MS) & (rr >= MIN_MS)
        labels = _characters(self.label)
        odd = labels != _characters([NORMAL])  # most are, so few are left to be looked up
        odd[odd] = ~np.isin(labels[odd], _characters(sorted(NORMAL_CODES)))
        kept &= ~(odd[1:] | odd[:-1])
        broken = np.cumsum(~kept)[kept]
        return Intervals(rr[kept], self.times[1:][kept], broken, self.source, passed_on(self))

    def annotations(self, text: str = "", channel: str = "") -> Annotations:
        """Return one annotation per beat, with its label unless a text is given."""
        texts = [text] * len(self) if text else self.label.tolist()
        return Annotations(self.times, texts, channel=[channel] * len(self))

    def _facts(self) -> list[tuple[str, str]]:
        changes = ", ".join(f"{n:,} {how}" for how, n in self.counts.items() if n)
        beats, *others = super()._facts()
        more = [("before editing", f"{self.n_found:,}"), ("edits", changes or "none")]
        return [beats, *more, *others]


def edited_beats(overlay: EditOverlay, found: Any, notes: list[str]) -> EditedBeats:
    """Return the beats that an overlay shows, of a result or array in which they were found."""
    base, n = overlay.times, len(overlay.times)
    changed = np.array([beat for beat in overlay.changed if beat < n], np.int64)
    kept = np.ones(n, bool)
    kept[changed] = False
    number = np.array([beat for _, beat in overlay.loose], np.int64)
    loose = [overlay.state(int(beat)) for beat in number]
    time = np.array([one.time for one in loose], np.float64)
    own = number < n
    rest = np.flatnonzero(kept)
    at = np.searchsorted(base[rest], time)
    put = at + np.arange(len(time))
    rows = np.insert(rest, at, 0)  # of the original beats; what is put there comes below
    # What is not known of a beat that was put somewhere is taken from the nearest original one.
    near = nearest(time, base) if n else np.zeros(len(time), np.int64)

    def column(values: NDArray[Any], others: Any) -> NDArray[Any]:
        filled = np.asarray(values[rows]) if n else np.zeros(len(rows), values.dtype)
        filled[put] = others
        return filled

    fs = float(getattr(found, "fs", np.nan))
    stretch = np.asarray(getattr(found, "stretch", np.zeros(n)), np.int64)
    samples = np.asarray(getattr(found, "samples", np.full(n, UNKNOWN_SAMPLE)), np.int64)
    placed = np.full(len(time), UNKNOWN_SAMPLE, np.int64)
    if n and np.isfinite(fs):
        placed = samples[near] + np.round((time - base[near]) * fs).astype(np.int64)
    before = np.full(len(time), np.nan)
    before[own] = base[number[own]]
    same = before == time
    more = getattr(found, "extra", None)  # of annotations it is something else
    more = more if isinstance(more, Mapping) else {}
    extra = _extra(more, np.where(same, near, -1), column, notes)
    times = column(base, time)
    noise = overlay.stretches()
    stretch = column(stretch, stretch[near] if n else 0)
    used: Any = slice(None)
    in_noise = times[:0]
    if len(noise):
        used = ~noise.cover(times)
        in_noise = times[~used]
        place = np.searchsorted(noise.onset, times, side="right")
        joint = stretch * (len(noise) + 1) + place
        stretch = np.cumsum(np.diff(joint, prepend=joint[:1]) != 0)
    deleted = [beat for beat, now in overlay.changed.items() if now is None and beat < n]
    rr = np.diff(times[used])[np.diff(stretch[used]) == 0]
    span = float(times[-1] - times[0]) if len(times) else 0.0
    if len(times[used]) < 2:  # noqa: PLR2004
        notes = [not_enough("fewer than two beats"), *notes]
    return EditedBeats(
        times=times[used],
        samples=column(samples, placed)[used],
        fs=fs,
        stretch=stretch[used],
        source=str(getattr(found, "source", ECG)),
        method=str(getattr(found, "method", "")),
        polarity=int(getattr(found, "polarity", 1)),
        extra={name: values[used] for name, values in extra.items()},
        label=column(overlay.labels, [one.label for one in loose])[used],
        edit=column(np.zeros(n, EDIT), [one.how for one in loose])[used],
        original=column(base, before)[used],
        deleted=np.sort(base[deleted]),
        in_noise=in_noise,
        noise=noise,
        n_found=n,
        valid=ValidSignal(float(rr.sum()), span),
        notes=(*notes, *_notes(overlay, noise, len(in_noise))),
    )


def _characters(labels: Any) -> NDArray[np.uint32]:
    """Return labels of one character as numbers, which are compared much faster."""
    return np.ascontiguousarray(labels, LABEL).view(np.uint32)


def _extra(
    extra: Mapping[str, Any], near: NDArray[np.int64], column: Any, notes: list[str]
) -> dict[str, Any]:
    """Return further values of each beat, NaN of those that were put somewhere by hand."""
    columns: dict[str, Any] = {}
    known = near >= 0
    for name, given in extra.items():
        values = np.asarray(given)
        if known.all():
            columns[name] = column(values, values[near])
        elif values.dtype.kind == "f":
            columns[name] = column(values, np.where(known, values[near], np.nan))
        else:
            notes.append(f"{name!r} is left out: it is not known of beats placed by hand")
    return columns


def _notes(overlay: EditOverlay, noise: Stretches, in_noise: int) -> list[str]:
    how = [one.how for one in overlay.changed.values() if one is not None]
    n_deleted = sum(
        now is None and beat < len(overlay.times) for beat, now in overlay.changed.items()
    )
    counts = {**{one: how.count(one) for one in (ADDED, MOVED, RELABELLED)}, "deleted": n_deleted}
    notes = []
    if edited := ", ".join(f"{n:,} {one}" for one, n in counts.items() if n):
        notes.append(f"beats edited by hand: {edited}")
    if len(noise):
        notes.append(
            f"noise was marked by hand: {noise.seconds:.4g} s, with {in_noise:,} beats, which are "
            "not used"
        )
    return notes
