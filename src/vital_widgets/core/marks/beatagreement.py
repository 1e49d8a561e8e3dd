"""Beat-by-beat comparison as in EC57: the same table as the program bxb of WFDB."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NAN = float("nan")
# AAMI classes of PhysioBank's codes of beats, as `bxb -C` has them (supraventricular ones apart).
CLASSES = {
    **dict.fromkeys("NLRB", "N"),
    **dict.fromkeys("aJASjen", "S"),
    **dict.fromkeys("VrE", "V"),
    "F": "F",
    **dict.fromkeys("Q/f?", "Q"),
    "!": "O",  # a flutter wave is no beat of a class
}
ROWS, COLUMNS = "NSVFQOX", "nsvfqox"
NEVER = 1 << 61
SHUTDOWN = 0x30  # of the subtype of a noise mark: both signals cannot be read
_IGNORED = "*"


@dataclass(frozen=True, eq=False)
class BeatAgreement:
    """Pairs of reference and test beats.

    Attributes
    ----------
    table : ndarray of int64, shape (7, 7)
        Number of pairs: rows N, S, V, F, Q, O (no beat), X (unreadable) of the reference, columns
        of the test.
    onset : ndarray, shape (n,)
        Time of each pair in seconds.
    pairs : list of str, length n
        Each pair, such as ``Nn``, ``Vo`` for a missed beat, ``On`` for an extra one.
    """

    table: NDArray[np.int64]
    onset: NDArray[np.float64]
    pairs: list[str]

    def to_frame(self) -> pd.DataFrame:
        """Return the table: rows of the reference, columns of the test."""
        import pandas as pd

        rows = pd.Index(list(ROWS), name="reference")
        return pd.DataFrame(self.table, rows, pd.Index(list(COLUMNS), name="test"))

    @property
    def sensitivity(self) -> float:
        """Share of the reference beats that the test has (QRS sensitivity); NaN without beats."""
        beats = int(self.table[:5, :].sum())
        return int(self.table[:5, :5].sum()) / beats if beats else NAN

    @property
    def ppv(self) -> float:
        """Share of the test beats that the reference has (QRS positive predictivity)."""
        beats = int(self.table[:, :5].sum())
        return int(self.table[:5, :5].sum()) / beats if beats else NAN

    def annotations(self) -> Annotations:
        """Return the pairs that are not the same: the queue for a consensus."""
        wrong = [k for k, pair in enumerate(self.pairs) if pair[0].lower() != pair[1]]
        return Annotations(self.onset[wrong], [self.pairs[k] for k in wrong])

    def __repr__(self) -> str:
        """Show the main numbers."""
        return (
            f"BeatAgreement({int(self.table[:5].sum())} reference beats; sensitivity "
            f"{self.sensitivity:.4f}, PPV {self.ppv:.4f})"
        )


def beat_agreement(
    reference: Annotations, test: Annotations, tolerance_s: float, start_s: float, fs: float | None
) -> BeatAgreement:
    """Compare beats as bxb does.

    Times are compared in samples at ``fs``, or in microseconds without it. Beats of the test while
    the reference marks ventricular flutter are not counted.
    """
    if not (np.isfinite(tolerance_s) and tolerance_s > 0):
        msg = f"tolerance_s={tolerance_s!r} is not a number of seconds above 0; EC57 uses 0.15"
        raise InvalidInputError(msg)
    unit = 1e6 if fs is None else float(fs)
    window, start = int(tolerance_s * unit + 0.5), round(start_s * unit)
    pairs = _Pairs(_Side(reference, unit, window), _Side(test, unit, window), window)
    pairs.begin(start)
    while pairs.step():
        pass
    table = np.zeros((7, 7), np.int64)
    for _, both in pairs.found:
        table[ROWS.index(both[0]), COLUMNS.index(both[1])] += 1
    onset = np.array([time for time, _ in pairs.found], np.float64) / unit
    return BeatAgreement(table, onset, [both for _, both in pairs.found])


class _Pairs:
    """Pairs beats in the order of time; each step reads on at one side or at both."""

    def __init__(self, reference: _Side, test: _Side, window: int) -> None:
        self.found: list[tuple[int, str]] = []
        self._one, self._two, self._window = reference, test, window

    def begin(self, start: int) -> None:
        """Go to ``start``; a pair across it counts, a test beat just after it may be left out."""
        one, two = self._one, self._two
        one.skip(start)
        before = two.skip(start)
        apart = one.time - before
        nearer = abs(one.time - two.next) < abs(one.time - two.time)
        if before > -NEVER and apart < abs(one.time - two.time) and apart <= self._window:
            self._pair(one.label, two.label_before, one.time)
            one.step()
        elif start and two.time - start <= self._window and nearer:
            two.step()

    def step(self) -> bool:
        """Pair or leave the earlier beat; returns False behind the last one."""
        one, two = self._one, self._two
        t, u = one.time, two.time
        if t == u == NEVER:
            return False
        if u < t:
            if self._match(t - u, abs(t - two.next)):
                self._pair(one.label, two.label, t)
                one.step()
            else:
                self._pair(one.absent(u, flutter=True), two.label, u)
            two.step()
        else:
            if self._match(u - t, abs(u - one.next)):
                self._pair(one.label, two.label, t)
                two.step()
            else:
                self._pair(one.label, two.absent(t, flutter=False), t)
            one.step()
        return True

    def _match(self, gap: int, other_gap: int) -> bool:
        """Whether two beats are within the window, and better together than with the next one."""
        both_next = abs(self._one.next - self._two.next)
        return gap <= self._window and (gap < other_gap or both_next < other_gap)

    def _pair(self, label: str, other: str, time: int) -> None:
        if _IGNORED not in (label, other) and not {label, other} <= {"O", "X"}:
            self.found.append((time, label + other.lower()))


class _Side:
    """The beats of one annotator, one after the other, and where there are none."""

    def __init__(self, marks: Annotations, unit: float, window: int) -> None:
        reach = NEVER / 2  # of any time that a file may give
        with np.errstate(over="ignore"):
            scaled = np.clip(np.rint(marks.onset * unit), -reach, reach)
        times = scaled.astype(np.int64).tolist()
        rows = [
            (time, str(text), text == "~" and _unreadable(extra))
            for time, text, extra in zip(times, marks.text, marks.extra, strict=True)
        ]
        self._flutter = _flutter(rows)
        kept = [row for row in rows if not _covers(self._flutter, row[0], edges=False)]
        self._shut = _shut(kept, window)
        beats = [(time, CLASSES[text]) for time, text, _ in kept if text in CLASSES]
        self._times = [time for time, _ in beats]
        self._labels = [label for _, label in beats]
        self._k = 0

    @property
    def time(self) -> int:
        """Time of the present beat, `NEVER` behind the last one."""
        return self._times[self._k] if self._k < len(self._times) else NEVER

    @property
    def next(self) -> int:
        """Time of the next beat."""
        return self._times[self._k + 1] if self._k + 1 < len(self._times) else NEVER

    @property
    def label(self) -> str:
        """Class of the present beat."""
        return self._labels[self._k]

    @property
    def label_before(self) -> str:
        """Class of the beat before."""
        return self._labels[self._k - 1]

    def step(self) -> None:
        """Go to the next beat."""
        self._k += 1

    def skip(self, start: int) -> int:
        """Go to the first beat from ``start`` on; return the time of the one before."""
        while self.time < start:
            self.step()
        return self._times[self._k - 1] if self._k else -NEVER

    def absent(self, time: int, *, flutter: bool) -> str:
        """Return what stands for a beat that this side does not have."""
        if flutter and _covers(self._flutter, time, edges=True):
            return _IGNORED
        return "X" if _covers(self._shut, time, edges=True) else "O"


Stretches = list[tuple[int, int]]
Rows = list[tuple[int, str, bool]]  # time, text, whether it marks the begin of an unreadable part


def _covers(stretches: Stretches, time: int, *, edges: bool) -> bool:
    if edges:
        return any(begin <= time <= end for begin, end in stretches)
    return any(begin < time < end for begin, end in stretches)


def _flutter(rows: Rows) -> Stretches:
    """Return where ventricular flutter is marked, from '[' to ']'."""
    found: Stretches = []
    since: int | None = None
    for time, text, _ in rows:
        if text == "[" and since is None:
            since = time
        elif text == "]" and since is not None:
            found.append((since, time))
            since = None
    return found if since is None else [*found, (since, NEVER)]


def _shut(rows: Rows, window: int) -> Stretches:
    """Return where the signals cannot be read, marked by begin and end, or once in the middle."""
    found: Stretches = []
    since: int | None = None
    last = 0
    for time, text, begins in rows:
        if since is not None:
            if text == "~" and not begins:
                found.append((since, time))
            else:
                found.append((min(last + window, time - window), time - window))
            since = None
        if begins:
            since = time
        elif text in CLASSES or text == "]":
            last = time
    return found if since is None else [*found, (since, NEVER)]


def _unreadable(extra: str) -> bool:
    if not extra:
        return False
    try:
        subtype = json.loads(extra).get("subtype", 0)
    except (ValueError, AttributeError, RecursionError):  # of another program
        return False
    return isinstance(subtype, int) and subtype & SHUTDOWN == SHUTDOWN
