"""A cache with a maximum size in bytes, shared by all open recordings of the process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from vital_widgets.config import settings

if TYPE_CHECKING:
    from collections.abc import Hashable

DECODED = "samples read from files"
DERIVED = "derived signals"


@dataclass(frozen=True)
class CacheCounters:
    """Counters of a cache: hits, misses, evicted entries, bytes held, maximum bytes."""

    hits: int
    misses: int
    evictions: int
    held_bytes: int
    max_bytes: int


@dataclass
class HolderCounters:
    """Counters of one holder of entries: what it holds, how often it was used and evicted."""

    entries: int = 0
    held_bytes: int = 0
    hits: int = 0
    evictions: int = 0
    evicted_bytes: int = 0


class ByteCache:
    """Thread-safe least-recently-used cache of at most ``max_bytes``.

    An entry larger than that is not kept. Each entry belongs to a holder, a few words for what it
    is; all holders share the maximum, and the entry that was not used for longest is evicted,
    whoever holds it.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, tuple[Any, int, HolderCounters]] = OrderedDict()
        self._holders: dict[str, HolderCounters] = {}
        self._held = 0
        self._hits = self._misses = self._evictions = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any | None:
        """Return the value of ``key`` and mark it as recently used, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self._misses += 1
                return None
            self._hits += 1
            entry[2].hits += 1
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Any, n_bytes: int, holder: str = DECODED) -> None:
        """Store ``value`` of ``n_bytes`` and evict the least recently used entries if necessary."""
        with self._lock:
            self._discard(key)
            if n_bytes > self._max_bytes:
                return
            counters = self._holders.setdefault(holder, HolderCounters())
            self._entries[key] = (value, n_bytes, counters)
            self._held += n_bytes
            counters.held_bytes += n_bytes
            counters.entries += 1
            while self._held > self._max_bytes:
                oldest = next(iter(self._entries))
                _, dropped, of = self._entries[oldest]
                self._discard(oldest)
                self._evictions += 1
                of.evictions += 1
                of.evicted_bytes += dropped

    def drop(self, source_key: str) -> None:
        """Remove all entries whose key is a tuple that begins with ``source_key``."""
        with self._lock:
            for key in [k for k in self._entries if isinstance(k, tuple) and k[0] == source_key]:
                self._discard(key)

    def counters(self) -> CacheCounters:
        """Return a snapshot of the counters."""
        with self._lock:
            return CacheCounters(
                self._hits, self._misses, self._evictions, self._held, self._max_bytes
            )

    def holders(self) -> dict[str, HolderCounters]:
        """Return a snapshot of the counters of each holder."""
        with self._lock:
            return {name: replace(one) for name, one in self._holders.items()}

    def clear(self) -> int:
        """Remove all entries; return their bytes. The counters of evictions stay."""
        with self._lock:
            freed = self._held
            for key in list(self._entries):
                self._discard(key)
            return freed

    def _discard(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            _, n_bytes, of = entry
            self._held -= n_bytes
            of.held_bytes -= n_bytes
            of.entries -= 1


@cache
def blocks() -> ByteCache:
    """Return the cache of decoded blocks of this process, of ``settings().memory_bytes``."""
    return ByteCache(settings().memory_bytes)
