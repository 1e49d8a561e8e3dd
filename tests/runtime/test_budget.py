"""The cache never holds more than its bound, and forgets what was used longest ago."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.runtime.budget import ByteCache, blocks

KEYS = st.integers(0, 6)


@given(
    st.lists(
        st.tuples(st.just("put"), KEYS, st.integers(0, 12))
        | st.tuples(st.just("get"), KEYS, st.just(0))
        | st.tuples(st.just("drop"), KEYS, st.just(0))
    )
)
def test_it_does_what_a_plain_list_in_order_of_use_does(steps):
    cache, plain = ByteCache(10), OrderedDict()
    hits = misses = evictions = 0
    for what, key, size in steps:
        if what == "put":
            cache.put((str(key), 0), key, size)
            plain.pop(key, None)
            if size <= 10:
                plain[key] = size
            while sum(plain.values()) > 10:
                plain.popitem(last=False)
                evictions += 1
        elif what == "get":
            found = cache.get((str(key), 0))
            assert found == (key if key in plain else None)
            if key in plain:
                plain.move_to_end(key)
                hits += 1
            else:
                misses += 1
        else:
            cache.drop(str(key))
            plain.pop(key, None)
        counters = cache.counters()
        assert counters.held_bytes == sum(plain.values()) <= counters.max_bytes == 10
    counters = cache.counters()
    assert (counters.hits, counters.misses, counters.evictions) == (hits, misses, evictions)


def test_replacing_an_entry_counts_it_once():
    cache = ByteCache(100)
    cache.put("a", 1, 60)
    cache.put("a", 2, 30)
    assert cache.get("a") == 2
    assert cache.counters().held_bytes == 30


def test_what_is_larger_than_everything_is_not_kept():
    cache = ByteCache(100)
    cache.put("a", 1, 60)
    cache.put("b", 2, 101)
    assert cache.get("b") is None
    assert cache.get("a") == 1


def test_dropping_leaves_other_sources():
    cache = ByteCache(100)
    for key in (("one", 0), ("one", 1), ("two", 0), "one"):
        cache.put(key, key, 1)
    cache.drop("one")
    assert [cache.get(key) for key in (("one", 0), ("one", 1), ("two", 0), "one")] == [
        None,
        None,
        ("two", 0),
        "one",
    ]


def test_threads_keep_the_sums_right():
    cache = ByteCache(1000)

    def work(seed):
        random = np.random.default_rng(seed)
        for key in random.integers(0, 50, 300).tolist():
            if cache.get((str(key), 0)) is None:
                cache.put((str(key), 0), key, key)
            if key == 7:
                cache.drop("7")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    held = cache.counters().held_bytes
    assert held <= 1000
    for key in range(50):
        cache.drop(str(key))
    assert cache.counters().held_bytes == 0


def test_the_cache_of_the_process_is_one(monkeypatch):
    assert blocks() is blocks()
    assert blocks().counters().max_bytes > 0
