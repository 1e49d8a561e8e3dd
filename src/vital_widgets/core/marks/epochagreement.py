"""Agreement of readers who score epochs: Cohen's and Fleiss' kappa, confusion, disagreements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

NAN = float("nan")
UNSCORED = ""
MOST_EPOCHS = 5_000_000


@dataclass(frozen=True, eq=False)
class EpochAgreement:
    """Agreement of readers per epoch.

    Attributes
    ----------
    readers : tuple of str
        The layers that are compared.
    labels : tuple of str
        All texts that occur, in alphabetical order.
    onset : ndarray, shape (n,)
        Begin of each epoch that all readers scored, in seconds.
    scores : ndarray of int64, shape (n, readers)
        Index of the label of each epoch and reader.
    epoch_s : float
        Length of an epoch in seconds.
    unscored : int
        Number of epochs that some readers scored and others did not; they are left out.
    """

    readers: tuple[str, ...]
    labels: tuple[str, ...]
    onset: NDArray[Any]
    scores: NDArray[np.int64]
    epoch_s: float
    unscored: int

    def __len__(self) -> int:
        """Return the number of epochs that are compared."""
        return len(self.onset)

    @property
    def agreement(self) -> float:
        """Share of epochs in which all readers agree, 0 to 1; NaN without epochs."""
        return float(np.mean(self._agreed)) if len(self) else NAN

    @property
    def fleiss_kappa(self) -> float:
        """Fleiss' kappa of all readers; NaN if all scored one label only, or without epochs.

        References
        ----------
        Fleiss JL. Measuring nominal scale agreement among many raters. Psychological Bulletin
        1971;76(5):378-382. doi:10.1037/h0031619
        """
        n, readers = self.scores.shape
        if not n:
            return NAN
        counts = np.stack([(self.scores == k).sum(axis=1) for k in range(len(self.labels))], axis=1)
        within = (counts * (counts - 1)).sum(axis=1) / (readers * (readers - 1))
        by_chance = float(np.sum((counts.sum(axis=0) / (n * readers)) ** 2))
        return _kappa(float(within.mean()), by_chance)

    def cohen_kappa(self, first: str | None = None, second: str | None = None) -> float:
        """Return Cohen's kappa of two readers; by default of the first two.

        References
        ----------
        Cohen J. A coefficient of agreement for nominal scales. Educational and Psychological
        Measurement 1960;20(1):37-46. doi:10.1177/001316446002000104
        """
        table = self.confusion(first, second).to_numpy()
        n = table.sum()
        if not n:
            return NAN
        by_chance = float(np.sum(table.sum(axis=0) * table.sum(axis=1))) / n**2
        return _kappa(float(np.trace(table)) / n, by_chance)

    def confusion(self, first: str | None = None, second: str | None = None) -> pd.DataFrame:
        """Return the number of epochs for each pair of labels: rows of the first reader."""
        import pandas as pd

        a, b = self._reader(first, 0), self._reader(second, 1)
        k = len(self.labels)
        pairs = self.scores[:, a] * k + self.scores[:, b]
        table = np.bincount(pairs, minlength=k * k).reshape(k, k)
        names = [self.readers[a], self.readers[b]]
        return pd.DataFrame(
            table,
            pd.Index(self.labels, name=names[0]),
            pd.Index(self.labels, name=names[1]),
        )

    def annotations(self) -> Annotations:
        """Return the epochs in which readers disagree: the queue for a consensus.

        The text contains the labels in the order of the readers, such as ``N1 / N2``.
        """
        rows = np.flatnonzero(~self._agreed)
        texts = [" / ".join(self.labels[k] for k in self.scores[row]) for row in rows]
        return Annotations(self.onset[rows], texts, np.full(len(rows), self.epoch_s))

    def consensus(self) -> Annotations:
        """Return the label of the majority of readers in each epoch that has one."""
        if not len(self):
            return Annotations()
        counts = np.stack([(self.scores == k).sum(axis=1) for k in range(len(self.labels))], axis=1)
        best = counts.argmax(axis=1)
        sure = counts.max(axis=1, initial=0) * 2 > len(self.readers)
        texts = [self.labels[k] for k in best[sure]]
        return Annotations(self.onset[sure], texts, np.full(int(sure.sum()), self.epoch_s))

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per epoch: onset and the label of each reader."""
        import pandas as pd

        names = np.array([*self.labels, UNSCORED], object)
        scored = {reader: names[self.scores[:, k]] for k, reader in enumerate(self.readers)}
        return pd.DataFrame({"onset": self.onset, **scored})

    def __repr__(self) -> str:
        """Show the main numbers."""
        pair = f"Cohen's kappa {self.cohen_kappa():.3f}, " if len(self.readers) == 2 else ""  # noqa: PLR2004
        return (
            f"EpochAgreement({', '.join(self.readers)}: {len(self)} epochs of {self.epoch_s:g} s, "
            f"agreement {100 * self.agreement:.1f} %, {pair}Fleiss' kappa {self.fleiss_kappa:.3f})"
        )

    @property
    def _agreed(self) -> NDArray[np.bool_]:
        return np.asarray(np.all(self.scores == self.scores[:, :1], axis=1))

    def _reader(self, name: str | None, default: int) -> int:
        if name is None:
            return default
        if name not in self.readers:
            msg = f"{name!r} is not one of the readers {', '.join(map(repr, self.readers))}"
            raise InvalidInputError(msg)
        return self.readers.index(name)


def epoch_agreement(scores: Mapping[str, Any], epoch_s: float, start_s: float) -> EpochAgreement:
    """Compare readers per epoch.

    Parameters
    ----------
    scores : mapping of str to Annotations
        Marks of each reader. The label of an epoch is the text of the mark that covers its middle;
        of several, that which began last.
    epoch_s, start_s : float
        Length of an epoch, and begin of the first one, in seconds.
    """
    if len(scores) < 2:  # noqa: PLR2004
        msg = f"{len(scores)} layers were given; agreement needs two or more"
        raise InvalidInputError(msg)
    if not (np.isfinite(epoch_s) and epoch_s > 0):
        msg = f"epoch_s={epoch_s!r} is not the length of an epoch in seconds; give for example 30"
        raise InvalidInputError(msg)
    ends = [float((m.onset + m.duration).max()) for m in scores.values() if len(m)]
    seconds = max(ends, default=start_s) - start_s
    if seconds / epoch_s > MOST_EPOCHS:
        msg = (
            f"the marks end {seconds:g} s after start_s={start_s:g} s, which are more than "
            f"{MOST_EPOCHS:,} epochs of epoch_s={epoch_s:g} s; give longer epochs, or layers whose "
            "marks lie within the recording"
        )
        raise InvalidInputError(msg)
    n = max(int(np.ceil(seconds / epoch_s - 1e-9)), 0)
    onset = start_s + epoch_s * np.arange(n, dtype=np.float64)
    texts = [_labels(marks, onset + epoch_s / 2) for marks in scores.values()]
    labels = sorted({text for column in texts for text in column} - {UNSCORED})
    order = {text: k for k, text in enumerate([*labels, UNSCORED])}
    table = np.array([[order[text] for text in column] for column in texts], np.int64)
    table = table.reshape(len(texts), n).T
    scored = table < len(labels)
    whole = scored.all(axis=1)
    unscored = int((scored.any(axis=1) & ~whole).sum())
    return EpochAgreement(
        tuple(scores), tuple(labels), onset[whole], table[whole], float(epoch_s), unscored
    )


def _labels(marks: Annotations, middle: NDArray[Any]) -> Sequence[str]:
    """Return the text of the mark at each time, '' where there is none."""
    onset, end, text = marks.onset, marks.onset + marks.duration, marks.text
    found: list[str] = []
    going: list[int] = []  # marks that may last, the one that began last at the end
    begun = 0
    for t, k in zip(middle, np.searchsorted(onset, middle, side="right").tolist(), strict=True):
        going += range(begun, k)
        begun = k
        while going and end[going[-1]] <= t:
            going.pop()
        found.append(str(text[going[-1]]) if going else UNSCORED)
    return found


def _kappa(observed: float, by_chance: float) -> float:
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else NAN
