"""Series of arrays, channels, beats and intervals give the same."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis import (
    Beats,
    Stretches,
    approximate_entropy,
    correlation_dimension,
    dfa,
    higuchi_fractal_dimension,
    hjorth,
    katz_fractal_dimension,
    multiscale_entropy,
    permutation_entropy,
    petrosian_fractal_dimension,
    recurrence,
    run,
    sample_entropy,
    symbolic_dynamics,
    transfer_entropy,
)
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FUNCTIONS = [
    approximate_entropy,
    correlation_dimension,
    dfa,
    higuchi_fractal_dimension,
    hjorth,
    katz_fractal_dimension,
    multiscale_entropy,
    permutation_entropy,
    petrosian_fractal_dimension,
    recurrence,
    sample_entropy,
    symbolic_dynamics,
]
RNG = np.random.default_rng(0)
VALUES = np.cumsum(RNG.normal(size=400))


def channel_of(values):
    """Two runs with a gap of 100 s between them."""
    return Channel("x", ArraySamples(values), from_runs(10.0, [(0.0, 250), (125.0, 150)]))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_channel_gives_what_an_array_with_a_gap_gives(function):
    whole = np.insert(VALUES, 250, np.full(1000, np.nan))
    expected = function(whole, 10.0)
    assert expected.enough
    for got in (function(channel_of(VALUES)), run(function, channel_of(VALUES)).result()):
        assert got.to_frame().equals(expected.to_frame())
        assert got.valid == expected.valid
    usable = Stretches([0.0, 130.0], [20.0, 200.0])
    masked = function(whole, 10.0, usable=usable)
    assert function(channel_of(VALUES), usable=usable).to_frame().equals(masked.to_frame())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_beats_and_their_intervals_give_the_same(function):
    times = np.cumsum(0.8 + 0.05 * RNG.normal(size=400))
    stretch = np.repeat([0, 1], 200)
    beats = Beats(times=times, samples=np.arange(400), fs=10.0, stretch=stretch)
    expected = function(beats.intervals())
    assert expected.enough
    assert function(beats).to_frame().equals(expected.to_frame())
    with pytest.raises(InvalidInputError, match=r"intervals\.where"):
        function(beats, usable=np.ones(400, bool))


def test_transfer_entropy_of_channels():
    other = RNG.normal(size=400)
    whole = [np.insert(one, 250, np.full(1000, np.nan)) for one in (VALUES, other)]
    got = transfer_entropy(channel_of(VALUES), channel_of(other))
    assert got.value == transfer_entropy(*whole, 10.0).value
    assert got.n == 398
