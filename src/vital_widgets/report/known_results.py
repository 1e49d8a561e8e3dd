"""Results that a report need not compute again, because somebody has them already."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.hrv.hrv import DOMAINS, Hrv
from vital_widgets.analysis.hrv.hrv_conventions import ConventionComparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vital_widgets.analysis.hrv.convention import HrvConvention

_KNOWN: ContextVar[tuple[Any, tuple[Any, ...]]] = ContextVar("_KNOWN", default=(None, ()))


@contextlib.contextmanager
def known_results(beats: Any, results: Iterable[Any]) -> Iterator[None]:
    """Let a report of these very beats take over what was computed of them.

    Parameters
    ----------
    beats : object
        What the report is given.
    results : iterable of Result
        Of `hrv` and `hrv_conventions` of the beats, of the whole of them; others are ignored.
    """
    token = _KNOWN.set((beats, tuple(results)))
    try:
        yield
    finally:
        _KNOWN.reset(token)


def known_measures(beats: Any, convention: HrvConvention) -> Hrv | None:
    """Return all measures of beats under a convention, if they are known."""
    for one in _known(beats):
        if isinstance(one, Hrv) and one.convention == convention:
            given = one.recipe.parameters
            if set(given["domains"]) == set(DOMAINS) and given["t_range"] is None:
                return one
    return None


def known_comparison(
    beats: Any, conventions: tuple[HrvConvention, ...]
) -> ConventionComparison | None:
    """Return the comparison of these conventions, if it is known."""
    for one in _known(beats):
        if isinstance(one, ConventionComparison):
            same = [made.convention for made in one.results.values()] == list(conventions)
            if same and set(one.recipe.parameters["domains"]) == {"time", "frequency"}:
                return one
    return None


def _known(beats: Any) -> tuple[Any, ...]:
    of, results = _KNOWN.get()
    return results if beats is of else ()
