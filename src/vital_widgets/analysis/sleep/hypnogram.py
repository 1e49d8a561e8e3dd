"""A hypnogram: one sleep stage for each epoch, with what is unscored or in conflict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import ValidSignal, checked_number, not_enough
from vital_widgets.analysis.sleep.stage_grid import MOST_EPOCHS, NAMES, cover_of, decided, marks_of
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks.epochagreement import EpochAgreement, epoch_agreement
from vital_widgets.core.sleepstages import STAGES, UNSCORED
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Texts = NDArray[np.object_]

StagesLike: TypeAlias = "Annotations | Hypnogram | Sequence[Any] | NDArray[Any]"
MARKS, READERS = "marks", "readers"
FIRST, SECOND = "first", "second"


@dataclass(frozen=True, kw_only=True, eq=False)
class Hypnogram(
    Result,
    given=("onset", "epoch_s"),
    columns={"onset": "onset", "stage": "stage", "conflict": "conflict"},
):
    """One sleep stage for each epoch.

    Attributes
    ----------
    onset : ndarray of float64, shape (n,)
        Begin of each epoch in seconds from the start of the recording.
    stage : ndarray of str, shape (n,)
        'W', 'N1', 'N2', 'N3' or 'R'; '?' where the epoch is not scored.
    conflict : ndarray of str, shape (n,)
        The stages of an epoch on which marks or readers differ, such as 'N1 / N2'; '' elsewhere.
    conflict_of : ndarray of str, shape (n,)
        'marks' if one reader marked several stages in the epoch, 'readers' if two readers differ
        (or one of them did not score it), '' elsewhere.
    epoch_s : float
        Length of an epoch in seconds.
    agreement : EpochAgreement or None
        Agreement with the second reader: ``agreement.cohen_kappa()``, ``confusion()``, and more.
    """

    onset: NDArray[np.float64]
    stage: Texts
    conflict: Texts
    conflict_of: Texts
    epoch_s: float
    agreement: EpochAgreement | None = None

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self.onset)

    @property
    def counts(self) -> dict[str, int]:
        """Number of epochs of each stage, '?' for those that are not scored."""
        return {name: int((self.stage == name).sum()) for name in NAMES}

    @property
    def kappa(self) -> float:
        """Cohen's kappa of both readers; NaN without a second one."""
        return math.nan if self.agreement is None else self.agreement.cohen_kappa()

    def conflicts(self) -> Annotations:
        """Return one annotation per epoch in conflict, which names its stages."""
        return self._annotations(self.conflict != "", self.conflict)

    def unscored(self) -> Annotations:
        """Return one annotation per epoch that is not scored."""
        return self._annotations(self.stage == UNSCORED, self.stage)

    def annotations(self, channel: str = "") -> Annotations:
        """Return one annotation per epoch that is scored, such as 'Sleep stage N2'."""
        texts = np.array([f"Sleep stage {stage}" for stage in self.stage], object)
        return self._annotations(self.stage != UNSCORED, texts, channel)

    def _annotations(self, at: NDArray[np.bool_], texts: Texts, channel: str = "") -> Annotations:
        n = int(at.sum())
        return Annotations(self.onset[at], texts[at], np.full(n, self.epoch_s), [channel] * n)

    def _facts(self) -> list[tuple[str, str]]:
        counts = ", ".join(f"{name} {n:,}" for name, n in self.counts.items() if n)
        facts = [("epochs", f"{len(self):,} of {self.epoch_s:g} s"), ("stages", counts or "none")]
        if n := int((self.conflict != "").sum()):
            facts.append(("in conflict", f"{n:,} epochs"))
        if self.agreement is not None:
            share = quantity(100 * self.agreement.agreement, "%")
            facts.append(("two readers", f"agreement {share}, Cohen's kappa {self.kappa:.3f}"))
        return facts


@analysis
def hypnogram(
    stages: StagesLike,
    *,
    epoch_s: float = 30.0,
    t0: float | None = None,
    t1: float | None = None,
    second: StagesLike | None = None,
) -> Hypnogram:
    """Return the sleep stage of each epoch, from annotations or a sequence.

    Parameters
    ----------
    stages : Annotations, Hypnogram, or sequence of str or int
        Annotations with the texts 'W', 'N1', 'N2', 'N3', 'R', 'REM', 'Sleep stage W' and the like;
        other marks are left out, and a note says so. Or one stage for each epoch; numbers are
        those of Rechtschaffen and Kales: 0 is W, 1 to 4 the stages 1 to 4, 5 is REM.
    epoch_s : float
        Length of an epoch in seconds; 30 in the AASM manual [1]_.
    t0 : float, optional
        Begin of the first epoch in seconds from the start of the recording. By default the first
        mark of a stage (of a sequence: 0).
    t1 : float, optional
        End of the night in seconds, such as ``rec.duration``: whole epochs up to it are listed as
        not scored if no mark covers them. By default the hypnogram ends with the last mark.
    second : as ``stages``, optional
        The stages of a second reader in the same epochs. The hypnogram keeps those of the first.

    Returns
    -------
    Hypnogram
        A stage for each epoch, the epochs in conflict, and the agreement of two readers. Its
        epochs reach to the last mark of either reader.

    Raises
    ------
    InvalidInputError
        A value of a sequence is not a sleep stage, or marks and ``t1`` span more than a
        million epochs.

    Notes
    -----
    Stages 3 and 4 of Rechtschaffen and Kales become N3, stages 1 and 2 N1 and N2, S and REM as
    they are named; movement time, artefacts and '?' are not scored. Of several stages in one
    epoch, the one that covers most of it counts, as in [1]_, and the epoch is listed as in
    conflict; if two cover equally much, or all together less than half of the epoch, it is not
    scored. What covers less than 1 % of an epoch is taken as a rounding error of times.

    Cohen's kappa [2]_ is of the epochs that both readers scored.

    References
    ----------
    .. [1] Iber C, Ancoli-Israel S, Chesson A, Quan SF. The AASM manual for the scoring of sleep
       and associated events: rules, terminology and technical specifications. American Academy of
       Sleep Medicine 2007.
    .. [2] Cohen J. A coefficient of agreement for nominal scales. Educational and Psychological
       Measurement 1960;20(1):37-46. doi:10.1177/001316446002000104

    Examples
    --------
    >>> from vital_widgets.analysis import hypnogram
    >>> night = hypnogram(["W", "W", "S1", "S2", "S3", "S4", "?", "REM"])
    >>> night.stage.tolist()
    ['W', 'W', 'N1', 'N2', 'N3', 'N3', '?', 'R']
    >>> hypnogram(["W", "N1", "N2"], second=["W", "N2", "N2"]).conflict.tolist()
    ['', 'N1 / N2', '']
    """
    length = checked_number(epoch_s, "epoch_s", 0, 3600, open_low=True, unit="s")
    start = None if t0 is None else checked_number(t0, "t0", unit="s")
    stop = None if t1 is None else checked_number(t1, "t1", unit="s")
    readers = {FIRST: _marks(stages), **({SECOND: _marks(second)} if second is not None else {})}
    names = {FIRST: "stages", SECOND: "second"}
    marks = {who: marks_of(one, names[who], length, start) for who, one in readers.items()}
    begins = [float(one.begin.min()) for one in marks.values() if len(one.begin)]
    ends = [float(one.end.max()) for one in marks.values() if len(one.end)]
    if start is None:
        start = min(begins[:1], default=0.0)
    seconds = max(ends, default=start) - start
    if stop is not None:  # whole epochs only
        seconds = max(seconds, length * math.floor((stop - start) / length + 1e-2))
    if seconds / length > MOST_EPOCHS:
        raise InvalidInputError(
            f"the stages span {seconds:g} s, which are more than {MOST_EPOCHS:,} epochs of "
            f"epoch_s={length:g} s; give longer epochs, or marks within the recording"
        )
    n = max(math.ceil(seconds / length - 1e-2), 0)
    onset = start + length * np.arange(n, dtype=np.float64)
    covers = {who: cover_of(one, start, length, n) for who, one in marks.items()}
    codes = {who: decided(cover) for who, cover in covers.items()}
    stage = NAMES[codes[FIRST][0]]
    conflict, conflict_of = np.full(n, "", object), np.full(n, "", object)
    for k in np.flatnonzero(codes[FIRST][1]).tolist():
        present = np.flatnonzero(covers[FIRST][k] > 1e-2)  # noqa: PLR2004 - as in decided
        conflict[k] = " / ".join(STAGES[i] for i in present)
        conflict_of[k] = MARKS
    agreement = None
    if second is not None:
        other = NAMES[codes[SECOND][0]]
        for k in np.flatnonzero((stage != other) & (conflict == "")).tolist():
            conflict[k], conflict_of[k] = f"{stage[k]} / {other[k]}", READERS
        scored = {FIRST: _scored(onset, stage, length), SECOND: _scored(onset, other, length)}
        agreement = epoch_agreement(scored, length, start)
    notes = [note for one in marks.values() for note in one.notes]
    n_scored = int((stage != UNSCORED).sum())
    if not n_scored:
        notes.insert(0, not_enough("no epoch has a sleep stage"))
    if n_conflicts := int((conflict_of == MARKS).sum()):
        notes.append(f"{n_conflicts:,} epochs have marks of several stages")
    return Hypnogram(
        onset=onset, stage=stage, conflict=conflict, conflict_of=conflict_of, epoch_s=length,
        agreement=agreement, valid=ValidSignal(n_scored * length, n * length), notes=tuple(notes),
    )  # fmt: skip


def _marks(stages: Any) -> Any:
    """Return annotations of a hypnogram, unscored epochs included; anything else as it is."""
    if not isinstance(stages, Hypnogram):
        return stages
    lengths = np.full(len(stages), stages.epoch_s)
    return Annotations(stages.onset, stages.stage, lengths)


def _scored(onset: NDArray[np.float64], stage: Texts, length: float) -> Annotations:
    at = stage != UNSCORED
    return Annotations(onset[at], stage[at], np.full(int(at.sum()), length))
