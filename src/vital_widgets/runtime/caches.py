"""What this process keeps in memory so that it need not be read or computed again, and how much.

Data share one budget, the cache of `budget`; each of its entries names its holder. What cannot be
in there, because it belongs to an object and ends with it, is watched: its owner says how much it
is. Small tables, such as designed filters, are kept by functions (`functools.lru_cache`) and are
counted.
"""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from vital_widgets.runtime.budget import blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
PACKAGE = "vital_widgets."
TABLES = "designed filters and other small tables"


@dataclass(frozen=True)
class CacheUse:
    """What one holder keeps.

    Attributes
    ----------
    name : str
        A few words for what is kept.
    entries : int
        Number of entries.
    held_bytes : int or None
        Their bytes; None if unknown, a few kilobytes each.
    hits, evictions, evicted_bytes : int
        How often an entry was used again, and what was removed to make room, since the start.
    in_budget : bool
        Whether it shares the one budget.
    releasable : bool
        Whether `release_caches` empties it.
    """

    name: str
    entries: int
    held_bytes: int | None
    hits: int = 0
    evictions: int = 0
    evicted_bytes: int = 0
    in_budget: bool = False
    releasable: bool = False


@dataclass(frozen=True)
class MemoryUse:
    """The memory of this process for caches.

    Attributes
    ----------
    budget_bytes, held_bytes : int
        The maximum of all holders that share the budget, and what they hold.
    hits, misses : int
        How often something was found in the budget, and how often not.
    holders : tuple of CacheUse
        All holders, those of the budget first.
    process_bytes : int or None
        Resident memory of the whole process, None if the system does not say.
    """

    budget_bytes: int
    held_bytes: int
    hits: int
    misses: int
    holders: tuple[CacheUse, ...]
    process_bytes: int | None


class Watched:
    """Holders outside of the budget, each with the objects that own what is kept."""

    def __init__(self) -> None:
        self._of: dict[str, list[tuple[weakref.ref[Any], Callable[[Any], tuple[int, int]]]]] = {}
        self._lock = threading.Lock()

    def add(self, name: str, owner: T, held: Callable[[T], tuple[int, int]]) -> None:
        """Watch what an object keeps, as long as it exists.

        Parameters
        ----------
        name : str
            A few words for what is kept; several objects may have the same.
        owner : object
            The object; it is not kept alive.
        held : callable
            ``held(owner)`` returns the number of entries and their bytes. It must be quick, refer
            to no object that should end, and may be called on any thread.
        """
        with self._lock:
            others = [one for one in self._of.get(name, []) if one[0]() is not None]
            self._of[name] = [*others, (weakref.ref(owner), held)]

    def uses(self) -> list[CacheUse]:
        """Return what is kept now, holders without owners left out."""
        with self._lock:
            of = {name: list(owners) for name, owners in self._of.items()}
        found = []
        for name, owners in of.items():
            sums = [held(one) for ref, held in owners if (one := ref()) is not None]
            if sums:
                entries, n_bytes = (sum(column) for column in zip(*sums, strict=True))
                found.append(CacheUse(name, entries, n_bytes))
        return found


WATCHED = Watched()


def memory_use() -> MemoryUse:
    """Return what the caches of this process hold."""
    counters, of = blocks().counters(), blocks().holders()
    shared = [
        CacheUse(
            name,
            one.entries,
            one.held_bytes,
            one.hits,
            one.evictions,
            one.evicted_bytes,
            in_budget=True,
            releasable=True,
        )
        for name, one in sorted(of.items(), key=lambda item: -item[1].held_bytes)
    ]
    tables = [one.cache_info() for one in _remembering_functions()]
    small = CacheUse(
        TABLES,
        sum(one.currsize for one in tables),
        None,
        sum(one.hits for one in tables),
        releasable=True,
    )
    return MemoryUse(
        counters.max_bytes,
        sum(one.held_bytes or 0 for one in shared),
        counters.hits,
        counters.misses,
        (*shared, *WATCHED.uses(), small),
        _resident_bytes(),
    )


def release_caches() -> int:
    """Empty all caches that can be filled again; return the bytes of the budget that this freed.

    Nothing is lost: what is needed is read or computed again.
    """
    freed = blocks().clear()
    for function in _remembering_functions():
        function.cache_clear()
    return freed


_Function = functools._lru_cache_wrapper  # noqa: SLF001 - it has no other name
_found: tuple[int, tuple[_Function[Any], ...]] = (0, ())


def _remembering_functions() -> tuple[_Function[Any], ...]:
    """Return the functions of this package that keep some of their results; not all of them.

    A function that keeps everything makes something that there is once, such as the budget.
    """
    global _found  # noqa: PLW0603 - a look at all modules takes milliseconds
    if _found[0] != len(sys.modules):
        _found = len(sys.modules), tuple(_looked_up())
    return _found[1]


def _looked_up() -> Iterator[_Function[Any]]:
    seen = set()
    # A copy in one step: while a list of items grows, garbage may run, and other threads import.
    for name, module in sys.modules.copy().items():
        if not name.startswith(PACKAGE):
            continue
        for one in list(vars(module).values()):
            kept = isinstance(one, _Function) and one.cache_parameters()["maxsize"] is not None
            if kept and id(one) not in seen:
                seen.add(id(one))
                yield one


def _resident_bytes() -> int | None:
    try:
        import psutil  # comes with ipykernel
    except ImportError:
        return None
    return int(psutil.Process().memory_info().rss)
