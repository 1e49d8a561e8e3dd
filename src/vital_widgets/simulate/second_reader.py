"""A second reader of the same marks, whose disagreements are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.limits import generator, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TRIES = 200  # of a place for an extra mark
FURTHEST = 2.0  # standard deviations of a shift


@dataclass(frozen=True, eq=False)
class SecondReader:
    """The marks of a second reader, and in what they differ from the first's.

    Attributes
    ----------
    annotations : Annotations
        What the second reader marked.
    source : ndarray of int64, shape (n,)
        For each of these marks the index of the first reader's mark, -1 for an extra one.
    onset_shift, end_shift : ndarray of float64, shape (n,)
        Seconds by which onset and end are later than the first reader's; 0 for extra marks.
    missed : ndarray of int64
        Indices of the first reader's marks that the second reader did not make.
    relabelled : ndarray of int64
        Indices of the first reader's marks to which the second reader gave another text.
    """

    annotations: Annotations
    source: NDArray[np.int64]
    onset_shift: NDArray[np.float64]
    end_shift: NDArray[np.float64]
    missed: NDArray[np.int64]
    relabelled: NDArray[np.int64]


def second_reader(
    annotations: Annotations,
    *,
    kappa: float | None = None,
    missed: float = 0.0,
    extra: float = 0.0,
    other_text: float = 0.0,
    shift_s: float = 0.0,
    texts: Sequence[str] | None = None,
    seed: int = 0,
) -> SecondReader:
    """Return what a second reader of the same recording would mark.

    Parameters
    ----------
    annotations : Annotations
        The marks of the first reader.
    kappa : float, optional
        Cohen's kappa of the texts of both readers, 0 to 1, for marks such as scored epochs. Use it
        in place of ``other_text``.
    missed, extra : float
        Number of marks left out and of marks without a counterpart, as shares of the number of
        marks, 0 to 1. The numbers are exact, to rounding.
    other_text : float
        Share of the marks that get another text, exact to rounding.
    shift_s : float
        Standard deviation in seconds by which onsets are shifted, and ends independently of them;
        shifts are limited to two standard deviations. Moments stay moments.
    texts : sequence of str, optional
        The texts that the second reader uses; by default those of the first.
    seed : int
        Seed of all random numbers.

    Returns
    -------
    SecondReader
        The marks, and which of them differ in what.

    Raises
    ------
    InvalidInputError
        A share is not from 0 to 1, there is no other text, or no room for extra marks.

    Notes
    -----
    With ``kappa``, the texts of a share ``1 - kappa`` of the marks, chosen at random, are
    exchanged among them at random. Both readers then use each text equally often. Two independent
    readers with these frequencies agree by chance in a share Pe, so the observed agreement is
    ``kappa + (1 - kappa) Pe``, and (observed - Pe) / (1 - Pe) = kappa [1]_. The kappa of a
    sample scatters around it: by about 0.01 for the 960 epochs of a night.

    References
    ----------
    .. [1] Cohen J. A coefficient of agreement for nominal scales. Educational and Psychological
       Measurement 1960;20(1):37-46. doi:10.1177/001316446002000104

    Examples
    --------
    >>> from vital_widgets import Annotations
    >>> from vital_widgets.simulate.second_reader import second_reader
    >>> first = Annotations([0.0, 30.0, 60.0, 90.0], ["W", "N1", "N2", "N2"], [30.0] * 4)
    >>> len(second_reader(first, missed=0.25).annotations)
    3
    """
    shares = {"missed": missed, "extra": extra, "other_text": other_text}
    left_out, added, other = (within(name, one, 0, 1) for name, one in shares.items())
    sd = within("shift_s", shift_s, 0, 3600, "s")
    if kappa is not None:
        kappa = within("kappa", kappa, 0, 1)
        if other:
            raise InvalidInputError("kappa and other_text both change texts; give only one of them")
    first = list(annotations)
    n = len(first)
    onset, duration = (np.array([getattr(m, k) for m in first]) for k in ("onset", "duration"))
    said = np.array([mark.text for mark in first], object)
    rng = generator(seed, 1)
    gone = np.sort(rng.permutation(n)[: round(left_out * n)])
    new_texts = said.copy()
    if kappa is not None:
        exchanged = rng.permutation(n)[: round((1 - kappa) * n)]
        new_texts[exchanged] = said[rng.permutation(exchanged)]
    changed = rng.permutation(n)[: round(other * n)]
    words = sorted(set(said)) if texts is None else list(dict.fromkeys(texts))
    for k in changed:
        new_texts[k] = _another(rng, words, said[k])
    begin = _shifts(rng, sd, n)
    end = np.where(duration > 0, _shifts(rng, sd, n), begin)
    new_onset = np.maximum(onset + begin, 0.0)
    new_end = np.maximum(onset + duration + end, new_onset)
    kept = np.setdiff1d(np.arange(n), gone)
    more = _extra_marks(rng, annotations, round(added * n))
    starts = np.concatenate([new_onset[kept], more.onset])
    order = np.argsort(starts, kind="stable")
    source = np.concatenate([kept, np.full(len(more), -1)]).astype(np.int64)[order]
    nothing = np.zeros(len(more))
    return SecondReader(
        Annotations(
            starts,
            [*new_texts[kept], *more.text],
            np.concatenate([(new_end - new_onset)[kept], more.duration]),
            [*(first[k].channel for k in kept), *more.channel],
        ),
        source,
        np.concatenate([(new_onset - onset)[kept], nothing])[order],
        np.concatenate([(new_end - onset - duration)[kept], nothing])[order],
        gone,
        np.setdiff1d(np.flatnonzero(new_texts != said), gone),
    )


def _shifts(rng: np.random.Generator, sd: float, n: int) -> NDArray[np.float64]:
    """Return normal deviates, limited to two standard deviations."""
    return np.asarray(sd * np.clip(rng.standard_normal(n), -FURTHEST, FURTHEST))


def _another(rng: np.random.Generator, words: Sequence[Any], said: str) -> str:
    others = [word for word in words if word != said]
    if not others:
        raise InvalidInputError(
            f"there is no other text than {format_value(said)}; name some in texts="
        )
    return str(others[int(rng.integers(len(others)))])


def _extra_marks(rng: np.random.Generator, marks: Annotations, n: int) -> Annotations:
    """Return marks like the others at times at which there are none."""
    if n == 0:
        return Annotations()
    first = list(marks)
    last = max(mark.onset + mark.duration for mark in first)
    taken = [(mark.onset, mark.onset + mark.duration) for mark in first]
    made = []
    for _ in range(n):
        for _ in range(TRIES):
            like = first[int(rng.integers(len(first)))]
            at = float(rng.uniform(0, max(last - like.duration, 0)))
            if all(at + like.duration < t0 or at > t1 for t0, t1 in taken):
                break
        else:
            raise InvalidInputError(
                f"the marks leave no room for {n} extra ones between them; give a smaller extra="
            )
        taken.append((at, at + like.duration))
        made.append((at, like))
    return Annotations(
        [at for at, _ in made],
        [like.text for _, like in made],
        [like.duration for _, like in made],
        [like.channel for _, like in made],
    )
