"""Filtered signals equal SciPy on the whole stretch, however a recording is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from vital_widgets import analysis
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.analysis.engine.validity import finite_stretches
from vital_widgets.analysis.signal.filters.filter import Filter
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 250.0
FILTERS = {
    "band": analysis.design_filter("butterworth", "bandpass", lowcut=0.5, highcut=40, fs=FS),
    "high": analysis.design_filter("butterworth", "highpass", lowcut=0.67, order=2, fs=FS),
    "low": analysis.design_filter("elliptic", "lowpass", highcut=40, order=5, fs=FS),
    "cheby1": analysis.design_filter("chebyshev1", "bandpass", lowcut=1, highcut=30, fs=FS),
    "cheby2": analysis.design_filter("chebyshev2", "bandstop", lowcut=45, highcut=55, fs=FS),
    "bessel": analysis.design_filter("bessel", "lowpass", highcut=15, fs=FS),
    "notch": analysis.notch(50, fs=FS),
    "comb": analysis.comb(50, q=10, fs=FS),
    "fir": analysis.design_filter("fir", "bandpass", lowcut=2, highcut=40, fs=FS),
    "fir-even": analysis.design_filter("fir", "lowpass", highcut=30, order=33, fs=FS),
}


def scipy_both_ways(values, made: Filter):
    """Each stretch by itself, by SciPy."""
    out = np.full(len(values), np.nan)
    for a, b in finite_stretches(values):
        part = values[a:b]
        if made.taps is not None:
            pad = min(3 * len(made.taps), b - a - 1)
            out[a:b] = signal.filtfilt(made.taps, 1.0, part, padlen=pad)
        else:
            out[a:b] = signal.sosfiltfilt(made.sos, part, padlen=min(made.padding, b - a - 1))
    return out


def scipy_forwards(values, made: Filter, initial):
    out = np.full(len(values), np.nan)
    for a, b in finite_stretches(values):
        part = values[a:b]
        if made.taps is not None:
            zi = signal.lfilter_zi(made.taps, 1.0) * (part[0] if initial == "steady" else 0)
            out[a:b] = signal.lfilter(made.taps, 1.0, part, zi=zi)[0]
        else:
            zi = signal.sosfilt_zi(made.sos) * (part[0] if initial == "steady" else 0)
            out[a:b] = signal.sosfilt(made.sos, part, zi=zi)[0]
    return out


def signal_with_gaps(n, seed, gaps=True):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n).cumsum() + 20 * rng.normal()
    if gaps:
        for _ in range(rng.integers(0, 6)):
            a = rng.integers(0, max(n, 1))
            values[a : a + rng.integers(1, 60)] = np.nan
    return values


def channel_of(values, runs=None):
    base = from_runs(FS, runs or [(0.0, len(values))])
    return Channel("x", ArraySamples(np.asarray(values)), base, "mV")


def close(got, expected):
    scale = np.nanmax(np.abs(expected), initial=0) or 1.0
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9 * max(scale, 1))


@pytest.mark.parametrize("name", FILTERS)
def test_without_gaps_it_is_scipy_with_its_defaults(name):
    made = FILTERS[name]
    values = signal_with_gaps(7000, 1, gaps=False)
    got = analysis.filter_signal(values, FS, filter=made)
    if made.taps is not None:
        expected = signal.filtfilt(made.taps, 1.0, values)
    else:
        expected = signal.sosfiltfilt(made.sos, values)
    close(got.values, expected)
    assert got.valid.seconds == 28
    assert "zero phase" in repr(got)


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(FILTERS)),
    st.integers(1, 9000),
    st.floats(0.05, 20),
    st.integers(0, 1000),
)
def test_any_cut_gives_what_scipy_gives_on_the_whole(name, n, seconds, seed):
    made = FILTERS[name]
    values = signal_with_gaps(n, seed)
    expected = scipy_both_ways(values, made)
    scale = np.nanmax(np.abs(values), initial=1.0)
    whole = analysis.filter_signal(values, FS, filter=made)
    np.testing.assert_allclose(whole.values, expected, rtol=0, atol=1e-9 * scale)
    channel = channel_of(values)
    cut = analysis.run(
        analysis.filter_signal, channel, chunk_s=max(seconds, n / FS / 40), filter=made
    ).result()
    np.testing.assert_allclose(cut.values, expected, rtol=0, atol=1e-9 * scale)
    np.testing.assert_array_equal(cut.extent.stretches, whole.extent.stretches)


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(FILTERS)),
    st.integers(1, 3000),
    st.floats(0.05, 20),
    st.integers(0, 1000),
    st.sampled_from(["steady", "rest"]),
)
def test_a_causal_filter_carries_its_state(name, n, seconds, seed, initial):
    made = FILTERS[name]
    values = signal_with_gaps(n, seed)
    expected = scipy_forwards(values, made, initial)
    scale = np.nanmax(np.abs(values), initial=1.0)
    cut = analysis.run(
        analysis.filter_signal,
        channel_of(values),
        chunk_s=max(seconds, n / FS / 40),
        filter=made,
        zero_phase=False,
        initial=initial,
    ).result()
    np.testing.assert_allclose(cut.values, expected, rtol=0, atol=1e-9 * scale)


def test_a_very_low_cut_off_is_exact_in_pieces_too():
    made = analysis.design_filter("butterworth", "highpass", lowcut=0.05, order=2, fs=FS)
    values = signal_with_gaps(400_000, 3)
    expected = scipy_both_ways(values, made)
    cut = analysis.run(analysis.filter_signal, channel_of(values), chunk_s=97, filter=made).result()
    scale = np.nanmax(np.abs(values))
    np.testing.assert_allclose(cut.values, expected, rtol=0, atol=1e-9 * scale)


def test_a_gap_of_the_recording_is_a_boundary():
    values = signal_with_gaps(4000, 4, gaps=False)
    channel = channel_of(values, runs=[(0.0, 1500), (100.0, 2500)])
    made = FILTERS["band"]
    got = analysis.run(analysis.filter_signal, channel, chunk_s=3, filter=made).result()
    parts = [signal.sosfiltfilt(made.sos, part) for part in (values[:1500], values[1500:])]
    close(got.values, np.concatenate(parts))
    assert got.times()[1500] == 100.0


def test_what_may_not_be_used_is_a_gap():
    values = signal_with_gaps(3000, 5, gaps=False)
    usable = Stretches([0.0, 6.0], [4.0, 12.0])
    got = analysis.filter_signal(values, FS, filter=FILTERS["low"], usable=usable)
    assert np.isnan(got.values[1000:1500]).all()
    close(got.values[1500:], signal.sosfiltfilt(FILTERS["low"].sos, values[1500:]))


@pytest.mark.parametrize("values", [[], [np.nan] * 5])
def test_without_a_number_there_is_not_enough(values):
    got = analysis.filter_signal(values, FS, filter=FILTERS["low"])
    assert not got.enough
    assert len(got.values) == len(values)
    assert np.isnan(got.values).all()


@pytest.mark.parametrize("n", [1, 2, 3, 10, 27, 28])
@pytest.mark.parametrize("name", ["band", "fir"])
@pytest.mark.parametrize("zero_phase", [True, False])
def test_short_stretches_do_no_harm(n, name, zero_phase):
    got = analysis.filter_signal(np.full(n, 3.0), FS, filter=FILTERS[name], zero_phase=zero_phase)
    np.testing.assert_allclose(got.values, 0, atol=0.02)


def test_the_short_ways_to_filter_are_butterworth():
    values = signal_with_gaps(3000, 6, gaps=False)
    sos = signal.butter(4, [0.5, 40], "bandpass", fs=FS, output="sos")
    close(
        analysis.bandpass(values, FS, lowcut=0.5, highcut=40).values,
        signal.sosfiltfilt(sos, values),
    )
    sos = signal.butter(2, 5, "lowpass", fs=FS, output="sos")
    got = analysis.lowpass(values, FS, highcut=5, order=2).values
    close(got, signal.sosfiltfilt(sos, values))
    sos = signal.butter(4, 5, "highpass", fs=FS, output="sos")
    got = analysis.run(analysis.highpass, channel_of(values), lowcut=5, chunk_s=2).result()
    close(got.values, signal.sosfiltfilt(sos, values))
    again = got.recipe.run()
    close(again.values, got.values)


@pytest.mark.parametrize(
    ("fs", "made", "words"),
    [
        (500, FILTERS["low"], "was designed for fs=250"),
        (250, "butter", "not a Filter"),
        (0, FILTERS["low"], "sampling rate"),
        (None, FILTERS["low"], "fs is missing"),
    ],
)
def test_a_filter_must_fit_the_signal(fs, made, words):
    with pytest.raises(InvalidInputError, match=words):
        analysis.filter_signal(np.ones(100), fs, filter=made)


def test_the_array_given_is_not_changed():
    values = signal_with_gaps(3000, 7)
    before = values.copy()
    for made in FILTERS.values():
        analysis.filter_signal(values, FS, filter=made)
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("initial", ["steady", "rest"])
def test_a_causal_filter_is_computed_where_it_is_read(initial):
    values = signal_with_gaps(6000, 8)
    made = {"filter": FILTERS["band"], "zero_phase": False, "initial": initial}
    whole = analysis.filter_signal(channel_of(values), **made).values
    np.testing.assert_array_equal(whole, analysis.filter_signal(values, FS, **made).values)
    shown = analysis.lazy(analysis.filter_signal, channel_of(values), **made)
    scale = np.nanmax(np.abs(values))
    for a, b in ((0, 100), (2000, 2500), (5000, 6000)):
        np.testing.assert_allclose(shown.read(a, b), whole[a:b], rtol=0, atol=1e-9 * scale)


@pytest.mark.parametrize(
    "call",
    [
        lambda *x: analysis.bandpass(*x, lowcut=1, highcut=30),
        analysis.savitzky_golay,
        analysis.moving_average,
        analysis.moving_median,
        analysis.remove_baseline,
        analysis.wavelet_denoise,
        lambda *x: analysis.kalman_smooth(*x, cutoff=5),
        lambda *x: analysis.resample_signal(*x, new_fs=100),
        lambda *x: analysis.empirical_mode_decomposition(*x).modes,
    ],
)
def test_a_channel_and_an_array_give_the_same(call):
    values = signal_with_gaps(3000, 9)
    of_channel, of_array = call(channel_of(values)), call(values, FS)
    np.testing.assert_array_equal(
        getattr(of_channel, "values", of_channel), getattr(of_array, "values", of_array)
    )
