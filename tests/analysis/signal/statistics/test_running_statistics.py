"""Statistics that merge: any parts in any order give what numpy gives on the whole."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vital_widgets.analysis import RunningStatistics, run, signal_statistics
from vital_widgets.analysis.signal.statistics.histogram import PowerOfTwoBins
from vital_widgets.analysis.signal.statistics.moments import Moments
from vital_widgets.analysis.signal.statistics.quantiles import Quantiles
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 100.0
KINDS = ("normal", "far", "skewed", "converter", "constant", "tiny", "huge", "outlier")


def values_of(kind, n, rng):
    x = rng.normal(size=n)
    return {
        "normal": x,
        "far": 1e9 + x,
        "skewed": np.exp(2 * x),
        "converter": np.round(300 * x) * 0.00488,
        "constant": np.full(n, 0.1),
        "tiny": 1e-30 * x,
        "huge": 1e60 * x,
        "outlier": np.where(np.arange(n) == n // 2, 1e7, x),
    }[kind]


def exact_figures(x):
    """Mean, variance, skewness, kurtosis in extended precision."""
    wide = x.astype(np.longdouble) - x[0]  # far from zero its own digits would not do
    mean = wide.mean() + x[0]
    d = wide - wide.mean()
    m2, m3, m4 = ((d**k).mean() for k in (2, 3, 4))
    n = len(x)
    if m2 == 0:
        return float(mean), 0.0 if n > 1 else np.nan, np.nan, np.nan
    variance = m2 * n / (n - 1) if n > 1 else np.nan
    return float(mean), float(variance), float(m3 / m2**1.5), float(m4 / m2**2 - 3)


@settings(max_examples=120)
@given(
    st.sampled_from(KINDS),
    st.integers(1, 3000),
    st.integers(0, 99),
    st.lists(st.integers(0, 3000), max_size=6),
    st.randoms(use_true_random=False),
)
def test_any_parts_in_any_order_are_the_whole(kind, n, seed, cuts, shuffle):
    rng = np.random.default_rng(seed)
    x = values_of(kind, n, rng)
    x[rng.random(n) < 0.1] = np.nan
    edges = [0, *sorted(min(cut, n) for cut in cuts), n]
    parts = []
    for a, b in itertools.pairwise(edges):
        part = RunningStatistics(a)
        part.update(x[a : (a + b) // 2])
        part.update(x[(a + b) // 2 : b])
        parts.append(part)
    shuffle.shuffle(parts)
    got = parts[0].copy()
    for part in parts[1:]:
        got.merge(part)
    finite = x[np.isfinite(x)]
    assert (got.count, got.missing) == (len(finite), n - len(finite))
    assert (got.first, got.stop) == (0, n)
    if not len(finite):
        assert np.isnan([got.mean, got.variance, got.minimum, got.quantile(0.5)]).all()
        return
    mean, variance, skewness, kurtosis = exact_figures(finite)
    size = float(np.abs(finite).max())
    assert got.mean == pytest.approx(mean, rel=1e-12, abs=1e-14 * size)
    if kind == "constant":
        assert got.variance == 0 if len(finite) > 1 else np.isnan(got.variance)
        assert got.mean == 0.1
        assert np.isnan([got.skewness, got.kurtosis]).all()
    elif len(finite) > 2:
        assert got.variance == pytest.approx(variance, rel=1e-12)
        assert got.variance == pytest.approx(finite.var(ddof=1), rel=1e-12)
        assert got.skewness == pytest.approx(skewness, rel=1e-10, abs=1e-10)
        assert got.kurtosis == pytest.approx(kurtosis, rel=1e-10, abs=1e-10)
    assert (got.minimum, got.minimum_at) == (np.nanmin(x), np.nanargmin(x))
    assert (got.maximum, got.maximum_at) == (np.nanmax(x), np.nanargmax(x))
    shares = [0, 0.01, 0.3, 0.5, 0.77, 1]
    expected = np.quantile(finite, shares)
    np.testing.assert_allclose(got.quantiles.at(shares), expected, rtol=1e-13, atol=1e-15 * size)
    whole = RunningStatistics()
    whole.update(x)
    np.testing.assert_array_equal(got.histogram.edges, whole.histogram.edges)
    np.testing.assert_array_equal(got.histogram.counts, whole.histogram.counts)
    bins = got.histogram
    assert len(bins.counts) <= 512
    expected = np.searchsorted(bins.edges, finite, side="right") - 1
    np.testing.assert_array_equal(bins.counts, np.bincount(expected, minlength=len(bins.counts)))


def test_moments_agree_with_scipy():
    x = np.random.default_rng(1).gamma(2, size=5000)
    got = Moments.of(x[:1000]).merged(Moments.of(x[1000:]))
    assert got.skewness == pytest.approx(stats.skew(x), rel=1e-12)
    assert got.kurtosis == pytest.approx(stats.kurtosis(x), rel=1e-12)
    assert got.root_mean_square == pytest.approx(np.sqrt(np.mean(x**2)), rel=1e-13)
    assert np.isnan(Moments.of(x[:1]).variance)


def test_a_far_offset_does_not_cost_digits():
    rng = np.random.default_rng(2)
    noise = np.round(rng.normal(size=400_000) * 2**20) / 2**20  # survives the offset exactly
    x = 1e9 + noise
    got = RunningStatistics()
    for part in np.split(x, 50):
        other = RunningStatistics(got.stop)
        other.update(part)
        got.merge(other)
    _, variance, skewness, kurtosis = exact_figures(noise)
    assert got.variance == pytest.approx(variance, rel=1e-9)  # the offset itself costs the digits
    assert got.variance == pytest.approx(exact_figures(x)[1], rel=1e-13)
    assert got.skewness == pytest.approx(skewness, abs=1e-7)
    assert got.kurtosis == pytest.approx(kurtosis, abs=1e-7)


@pytest.mark.parametrize("order", [1, -1])
def test_quantiles_of_many_distinct_values_keep_to_the_stated_error(order):
    rng = np.random.default_rng(3)
    x = rng.normal(size=300_000)
    parts = [Quantiles() for _ in range(7)]
    for part, values in zip(parts, np.array_split(x, 7), strict=True):
        part.update(values)
    total = Quantiles()
    for part in parts[::order]:
        total.merge(pickle.loads(pickle.dumps(part)))
    assert not total.is_exact
    assert 0 < total.rank_error < 0.001
    shares = np.linspace(0.001, 0.999, 99)
    ranks = np.searchsorted(np.sort(x), total.at(shares)) / len(x)
    error = np.abs(ranks - shares)
    # The library states what 99 % keep to; twice that is not missed by chance.
    assert error.max() < 2 * total.rank_error
    assert total.at([0.0])[0] == x.min()
    assert total.at([1.0])[0] == x.max()


def test_quantiles_of_a_16_bit_recording_are_exact():
    rng = np.random.default_rng(4)
    x = rng.integers(-(2**15), 2**15, 700_000) * 0.00244
    got = Quantiles()
    for part in np.array_split(x, 9):
        got.update(part)
    assert got.is_exact
    assert got.rank_error == 0
    shares = [0.0, 0.05, 0.5, 0.9, 1.0]
    np.testing.assert_allclose(got.at(shares), np.quantile(x, shares), rtol=1e-14)
    more = Quantiles()
    more.update(rng.normal(size=90_000))
    for a, b in ((got, more), (more, got)):
        both = pickle.loads(pickle.dumps(a))
        both.merge(b)
        assert not both.is_exact
        assert both.count == 790_000
        assert both._sketch.n == 790_000


def test_the_histogram_takes_any_range():
    bins = PowerOfTwoBins(16)
    for x in ([0.0], [0.0, 0.0], [-1e300, 1e300], [5e-324], [1e308, -1e308]):
        bins = bins.updated(np.array(x))
        assert len(bins.counts) <= 16
        assert bins.edges[0] <= bins.low
        assert bins.edges[-1] > bins.high
    assert bins.counts.sum() == 8
    assert len(PowerOfTwoBins(8).edges) == 0


def test_merging_leaves_the_other_as_it_is_and_refuses_other_things():
    a, b = RunningStatistics(), RunningStatistics(3)
    a.update([1, 2, 3])
    b.update([4.0, np.nan])
    a.merge(b)
    assert (b.count, b.missing, b.mean) == (1, 1, 4)
    a.merge(a)
    assert (a.count, a.mean, a.maximum_at) == (8, 2.5, 3)
    assert "8 values" in repr(a)
    with pytest.raises(InvalidInputError, match="give RunningStatistics"):
        a.merge(3)
    with pytest.raises(InvalidInputError, match="max_bins"):
        a.merge(RunningStatistics(max_bins=64))
    with pytest.raises(InvalidInputError, match="one-dimensional"):
        a.update(np.ones((2, 2)))


def test_it_grows_with_a_recording_and_can_be_pickled():
    x = np.random.default_rng(5).normal(size=10_000)
    growing = RunningStatistics()
    for i in range(0, len(x), 777):
        growing.update(x[i : i + 777])
        growing = pickle.loads(pickle.dumps(growing))
    assert growing.mean == pytest.approx(x.mean(), rel=1e-12)
    assert growing.sd == pytest.approx(x.std(ddof=1), rel=1e-12)
    assert growing.quantile(0.5) == pytest.approx(np.median(x))


def channel_of(values, runs=None):
    base = from_runs(FS, runs or [(0.0, len(values))])
    return Channel("x", ArraySamples(np.asarray(values)), base)


@settings(max_examples=25)
@given(st.floats(0.05, 60), st.integers(0, 9))
def test_over_a_recording_any_cut_gives_the_same(seconds, seed):
    rng = np.random.default_rng(seed)
    x = 1000 + rng.normal(size=3000)
    x[rng.random(3000) < 0.02] = np.nan
    whole = signal_statistics(x, FS)
    cut = run(signal_statistics, channel_of(x), chunk_s=seconds).result()
    for name in ("count", "missing", "minimum", "maximum", "minimum_time", "maximum_time"):
        assert getattr(cut, name) == getattr(whole, name)
    for name in ("mean", "variance", "rms"):
        assert getattr(cut, name) == pytest.approx(getattr(whole, name), rel=1e-12)
    for name in ("skewness", "kurtosis"):
        assert getattr(cut, name) == pytest.approx(getattr(whole, name), rel=1e-10, abs=1e-10)
    np.testing.assert_array_equal(cut.histogram, whole.histogram)
    assert cut.quantiles == whole.quantiles
    assert cut.valid == whole.valid


def test_times_of_extremes_are_those_of_the_recording():
    x = np.zeros(300)
    x[250], x[10] = 5, -5
    got = run(signal_statistics, channel_of(x, [(0.0, 100), (60.0, 200)])).result()
    assert got.minimum_time == pytest.approx(0.1)
    assert got.maximum_time == pytest.approx(60 + 1.5)
    assert got.valid.of_seconds == pytest.approx(62)


def test_the_result_shows_itself():
    x = np.random.default_rng(0).normal(size=500)
    x[3] = np.inf
    got = signal_statistics(x, FS, units="mV", usable=np.arange(500) < 400)
    assert (got.count, got.missing) == (399, 101)
    assert "101 missing" in got.notes[0]
    assert "mV" in repr(got)
    frame = got.to_frame()
    assert frame["q0.5"][0] == pytest.approx(got.median)
    assert got.interquartile_range == pytest.approx(got.quantile(0.75) - got.quantile(0.25))
    assert got.recipe.run().mean == got.mean


def test_a_channel_gives_its_units_and_the_same_as_its_samples():
    x = np.random.default_rng(1).normal(size=700_000).astype(np.float32)
    channel = Channel("x", ArraySamples(x), from_runs(FS, [(0.0, len(x))]), "mmHg")
    got, of_array = signal_statistics(channel), signal_statistics(x, FS, units="V")
    assert (got.units, of_array.units) == ("mmHg", "V")
    assert got.mean == pytest.approx(of_array.mean, rel=1e-12)
    assert got.minimum_time == of_array.minimum_time
    np.testing.assert_array_equal(got.histogram, of_array.histogram)
    assert got.quantiles[0.5] == got.median
    assert signal_statistics(channel, units="cmH2O").units == "cmH2O"


@pytest.mark.parametrize("values", [np.empty(0), np.full(50, np.nan)])
def test_nothing_gives_nothing(values):
    got = signal_statistics(values, FS)
    assert not got.enough
    assert np.isnan([got.mean, got.sd, got.minimum, got.maximum_time, got.median]).all()
    assert len(got.histogram) == 0
    assert "not available" in repr(got)


def test_a_constant_says_so():
    got = signal_statistics(np.full(100_000, 0.1), FS)
    assert (got.mean, got.sd, got.minimum) == (0.1, 0, 0.1)
    assert np.isnan([got.skewness, got.kurtosis]).all()
    assert "constant" in got.notes[-1]
    assert got.histogram.sum() == 100_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantiles": [0.5, 2]}, "from 0 to 1"),
        ({"max_bins": 1}, "max_bins=1"),
        ({"fs": 0}, "rate"),
    ],
)
def test_bad_input_is_refused(change, words):
    with pytest.raises(InvalidInputError, match=words):
        signal_statistics(**({"x": np.ones(9), "fs": FS} | change))
