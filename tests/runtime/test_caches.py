"""What the caches hold adds up, whoever holds it, and releasing them loses nothing."""

from __future__ import annotations

import functools
import gc
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.pyramid.build import IN_MEMORY, open_pyramids
from vital_widgets.runtime import caches
from vital_widgets.runtime.budget import DERIVED, ByteCache
from vital_widgets.runtime.caches import TABLES, WATCHED, Watched, memory_use, release_caches
from vital_widgets.serve.session import Session

WAIT = 300  # seconds until a test gives up; none waits so long
HOLDERS = ("one", "two", "three")
MAXIMUM = 10


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "get", "drop"]),
            st.integers(0, 6),
            st.integers(0, 12),
            st.sampled_from(HOLDERS),
        ),
        max_size=60,
    )
)
def test_the_sums_of_all_holders_are_those_of_the_cache(steps):
    cache = ByteCache(MAXIMUM)
    held = {}  # key: holder and size, in order of use
    evicted = dict.fromkeys(HOLDERS, (0, 0))
    hits = dict.fromkeys(HOLDERS, 0)
    for what, key, size, holder in steps:
        if what == "put":
            cache.put((str(key), 0), key, size, holder)
            held.pop(key, None)
            if size <= MAXIMUM:
                held[key] = (holder, size)
            while sum(n for _, n in held.values()) > MAXIMUM:
                whose, n = held.pop(next(iter(held)))
                evicted[whose] = (evicted[whose][0] + 1, evicted[whose][1] + n)
        elif what == "get":
            cache.get((str(key), 0))
            if key in held:
                held[key] = held.pop(key)
                hits[held[key][0]] += 1
        else:
            cache.drop(str(key))
            held.pop(key, None)
        of, whole = cache.holders(), cache.counters()
        assert sum(one.held_bytes for one in of.values()) == whole.held_bytes <= MAXIMUM
        assert sum(one.evictions for one in of.values()) == whole.evictions
        assert sum(one.hits for one in of.values()) == whole.hits
    for name, one in cache.holders().items():
        sizes = [n for whose, n in held.values() if whose == name]
        assert (one.entries, one.held_bytes) == (len(sizes), sum(sizes))
        assert (one.evictions, one.evicted_bytes) == evicted[name]
        assert one.hits == hits[name]
    assert cache.clear() == sum(n for _, n in held.values())
    assert all((one.entries, one.held_bytes) == (0, 0) for one in cache.holders().values())


@pytest.fixture
def budget(monkeypatch):
    """A budget of its own, of 1000 bytes."""
    own = ByteCache(1000)
    monkeypatch.setattr(caches, "blocks", lambda: own)
    return own


def use_of(name):
    return next(one for one in memory_use().holders if one.name == name)


def test_the_use_names_each_holder_and_what_was_evicted(budget):
    budget.put("a", 1, 400, "tiles")
    budget.put("b", 2, 500, "figures")
    budget.get("b")
    budget.get("none")
    budget.put("c", 3, 300, "figures")
    use = memory_use()
    assert (use.budget_bytes, use.held_bytes, use.hits, use.misses) == (1000, 800, 1, 1)
    shared = [one for one in use.holders if one.in_budget]
    assert [(one.name, one.entries, one.held_bytes) for one in shared] == [
        ("figures", 2, 800),
        ("tiles", 0, 0),
    ]
    assert (use_of("tiles").evictions, use_of("tiles").evicted_bytes) == (1, 400)
    assert use_of("figures").hits == 1
    assert use.process_bytes is None or use.process_bytes > 1 << 20


class Owner:
    def __init__(self, n):
        self.n = n


def test_what_is_watched_ends_with_its_owner():
    watched = Watched()
    owners = [Owner(n) for n in (1, 2, 3)]
    for owner in owners:
        watched.add("lists", owner, lambda one: (one.n, 10 * one.n))
    (use,) = watched.uses()
    assert (use.name, use.entries, use.held_bytes) == ("lists", 6, 60)
    assert (use.in_budget, use.releasable) == (False, False)
    del owner, owners[-1]
    gc.collect()
    assert watched.uses()[0].held_bytes == 30
    owners.clear()
    gc.collect()
    assert watched.uses() == []


def test_recordings_in_memory_say_what_their_overviews_take():
    recording = vw.Recording.from_arrays({"a": np.zeros(200_000, np.int16)}, 100)
    before = sum(one.held_bytes for one in WATCHED.uses() if one.name == IN_MEMORY)
    pyramids = open_pyramids(recording)
    pyramids.task.start().result(WAIT)
    after = use_of(IN_MEMORY).held_bytes
    bins = 200_000 / 64
    assert after - before >= bins * 2 * 2
    del recording, pyramids


def test_sessions_say_which_ranges_of_lanes_they_know():
    recording = vw.Recording.from_arrays({"a": np.arange(500.0), "b": np.arange(500.0)}, 100)
    session = Session(recording)
    before = use_of("ranges of lanes").entries
    session.part(0, 0.0, 1.0, 100)
    assert use_of("ranges of lanes").entries == before + 1
    session.close()


def test_small_tables_are_counted_and_what_there_is_once_is_not(monkeypatch):
    @functools.lru_cache(maxsize=8)
    def small(n):
        return n

    @functools.cache
    def once():
        return object()

    monkeypatch.setattr(caches, "small", small, raising=False)
    monkeypatch.setattr(caches, "once", once, raising=False)
    monkeypatch.setattr(caches, "_found", (0, ()))
    release_caches()
    entries = use_of(TABLES).entries
    small(1)
    small(2)
    there = once()
    assert use_of(TABLES).entries == entries + 2
    release_caches()
    assert use_of(TABLES).entries == entries
    assert once() is there


def test_a_released_signal_is_computed_again():
    n = 10_000
    recording = vw.Recording.from_arrays({"a": np.random.default_rng(1).normal(size=n)}, 250)
    viewer = vw.Viewer(recording, filters={"a": "highpass 1 Hz"})
    session = viewer._session
    (k,) = session.index_of(["a"])
    before = session.channels[k].read(0, n)
    assert use_of(DERIVED).held_bytes > 0
    assert release_caches() > 0
    assert use_of(DERIVED).held_bytes == 0
    np.testing.assert_array_equal(session.channels[k].read(0, n), before)
    viewer.close()


def test_modules_may_be_imported_while_the_holders_are_looked_up(monkeypatch) -> None:
    imported = []

    class Garbage:
        """What another thread does while this one collects it."""

        def __del__(self) -> None:
            name = f"imported meanwhile {len(imported)}"
            imported.append(name)
            sys.modules[name] = caches

    for k in range(2000):
        monkeypatch.setitem(sys.modules, f"one of many {k}", caches)
    before = gc.get_threshold()
    try:
        gc.collect()
        for _ in range(20):
            garbage = Garbage()
            garbage.itself = garbage
            del garbage
            gc.set_threshold(400)
            assert list(caches._looked_up())
    finally:
        gc.set_threshold(*before)
        gc.collect()
        for name in imported:
            del sys.modules[name]
    assert len(imported) == 20
