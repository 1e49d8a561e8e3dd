"""What two blocks found at their border is joined: each event once, none lost, none doubled."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.analysis.engine.seams import Core, kept_of

SPAN, REACH, BLOCK, SHIFT = 50, 1250, 7500, 22  # samples; SHIFT: what two marks of one event differ


def joined(cores, places, span=SPAN, same=0.0, **more):
    kept = kept_of(cores, places, [span] * len(cores), REACH, same, **more)
    return [at[some] for at, some in zip(places, kept, strict=True)]


@st.composite
def marks_of_blocks(draw):
    """Events at least 80 samples apart, and what each block marks of those it sees."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_blocks, agree = draw(st.integers(2, 5)), draw(st.sampled_from([0.0, 0.5, 0.9]))
    missed = draw(st.sampled_from([0.0, 0.2, 0.7]))
    steps = rng.integers(80, draw(st.sampled_from([90, 250, 2000])), 3000)
    events = np.cumsum(steps)
    events = events[events < n_blocks * BLOCK]
    cores = [Core(0, k * BLOCK, (k + 1) * BLOCK) for k in range(n_blocks)]
    numbers, places = [], []
    for core in cores:
        seen = np.flatnonzero(core.near(events, REACH) & (rng.random(len(events)) >= missed))
        shift = rng.integers(0, SHIFT + 1, len(seen)) * (rng.random(len(seen)) >= agree)
        numbers.append(seen)
        places.append(events[seen] + shift)
    return cores, numbers, places


@given(marks_of_blocks())
def test_an_event_that_all_who_see_it_marked_is_kept_once(blocks):
    cores, numbers, places = blocks
    kept = kept_of(cores, places, [SPAN] * len(cores), REACH)
    of_blocks = [number[some] for number, some in zip(numbers, kept, strict=True)]
    found = np.concatenate(of_blocks)
    assert np.all(np.diff(found) > 0)  # in order, none twice
    at = np.concatenate([at[some] for at, some in zip(places, kept, strict=True)])
    assert not np.any(np.diff(at) < SPAN)
    for k, core in enumerate(cores):
        inside = (places[k] >= core.first + REACH) & (places[k] < core.stop - REACH)
        assert np.isin(numbers[k][inside], found).all()
    for one, other, after in zip(numbers, numbers[1:], cores[1:], strict=False):
        both = np.intersect1d(one, other)
        places_of = [places[k][np.searchsorted(numbers[k], both)] for k in
                     (cores.index(after) - 1, cores.index(after))]  # fmt: skip
        near = np.all([np.abs(at - after.first) < REACH for at in places_of], axis=0)
        assert np.isin(both[near], found).all()


def test_a_beat_that_each_block_leaves_to_the_other_is_kept():
    cores = [Core(0, 0, 7500), Core(0, 7500, 15_000)]
    before, after = np.array([7000, 7510, 8000]), np.array([7002, 7490, 8003])
    assert np.concatenate(joined(cores, [before, after])).tolist() == [7000, 7490, 8003]


def test_blocks_are_joined_where_both_agree():
    cores = [Core(0, 0, 7500), Core(0, 7500, 15_000)]
    before, after = np.array([7250, 7510, 7800, 8100]), np.array([7250, 7490, 7800, 8100])
    one, other = joined(cores, [before, after])
    assert (one.tolist(), other.tolist()) == ([7250], [7490, 7800, 8100])
    one, other = joined(cores, [before, after], lasting=True)
    assert (one.tolist(), other.tolist()) == ([], [7250, 7490, 7800, 8100])
    before, after = np.array([7100, 7510, 7700]), np.array([7103, 7490, 7700])
    one, other = joined(cores, [before, after])
    assert (one.tolist(), other.tolist()) == ([7100, 7510], [7700])
    one, other = joined(cores, [before, after], same=25)
    assert (one.tolist(), other.tolist()) == ([7100], [7490, 7700])


def test_without_a_common_event_each_block_keeps_its_core():
    cores = [Core(0, 0, 7500), Core(0, 7500, 15_000)]
    one, other = joined(cores, [np.array([7000, 7600]), np.array([7300, 7900])])
    assert (one.tolist(), other.tolist()) == ([7000], [7900])
    one, other = joined(cores, [np.array([7000, 7510]), np.empty(0, np.int64)])
    assert (one.tolist(), other.tolist()) == ([7000], [])


def test_nothing_is_joined_across_a_gap():
    cores = [Core(0, 0, 7500), Core(7500, 7500, 15_000)]
    one, other = joined(cores, [np.array([7000, 7499]), np.array([7500, 8000])])
    assert (one.tolist(), other.tolist()) == ([7000, 7499], [7500, 8000])
