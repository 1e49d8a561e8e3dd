"""Pulses are found, to the sample, whatever the scale, the polarity, the gaps and the chunks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import ppg_peaks, run
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.analysis.ppg import ppg_peaks as module
from vital_widgets.analysis.ppg.msptd import peaks_at
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ppg_waves import make_ppg
from vital_widgets.simulate.sample_recording import sample_truth

METHODS = tuple(module.METHODS)


def matched(truth, found, tolerance):
    """Share of the truth found, share of what was found that is true, and the errors in s."""
    truth = truth[np.isfinite(truth)]
    if not len(found):
        return 0.0, 0.0, np.empty(0)
    error = found[np.argmin(np.abs(found[None, :] - truth[:, None]), axis=1)] - truth
    hit = np.abs(error) <= tolerance
    return hit.mean(), hit.sum() / len(found), error[hit]


def channel_of(values, fs, runs=None):
    base = from_runs(fs, runs or [(0.0, len(values))])
    return Channel("PPG", ArraySamples(np.asarray(values)), base)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", ["young", "old", "abp"])
@pytest.mark.parametrize("fs", [25.0, 64.0, 250.0])
def test_clean_pulses_are_found_to_the_sample(method, shape, fs):
    made = make_ppg(120, fs, shape=shape, seed=1)
    beats = ppg_peaks(made.values, fs, method=method)
    found, true, error = matched(made.peaks[1:-1], beats.times, 1.01 / fs)
    assert found == 1.0
    assert abs(error.mean()) < 0.5 / fs
    onsets = beats.extra["onset_time"]
    found, _, error = matched(made.onsets[1:-1], onsets, max(3.0 / fs, 0.02))
    assert found > 0.98
    assert beats.source == beats.intervals().source == "ppg"
    assert beats.polarity == 1
    assert np.all(beats.extra["amplitude"] > 0)
    assert np.all(onsets < beats.times)
    assert true > 0.97


@pytest.mark.parametrize("rate", [35, 50, 90, 130, 180])
def test_plausible_rates_are_found(rate):
    made = make_ppg(120, 100, heart_rate=rate, shape="old", seed=2)
    found, true, _ = matched(made.peaks[1:-1], ppg_peaks(made.values, 100).times, 0.05)
    assert found > 0.99
    assert true > 0.97


@pytest.mark.parametrize("method", METHODS)
def test_noise_costs_little(method):
    made = make_ppg(300, 64, snr_db=15, seed=3)
    beats = ppg_peaks(made.values, 64, method=method)
    found, true, error = matched(made.peaks[1:-1], beats.times, 0.06)
    assert found > 0.98
    assert true > 0.95
    assert abs(error.mean()) < 0.004


def test_weak_premature_pulses_are_found():
    made = make_ppg(300, 100, premature=0.08, seed=3)
    found, true, _ = matched(made.peaks, ppg_peaks(made.values, 100).times, 0.06)
    assert found > 0.97
    assert true > 0.97
    weak = made.peaks[made.premature & np.isfinite(made.peaks)]
    assert matched(weak, ppg_peaks(made.values, 100).times, 0.06)[0] > 0.9


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("gain", "offset"), [(1e-6, 0.0), (250.0, 1e5), (-3.0, 40.0)])
def test_scale_offset_and_polarity_do_not_matter(method, gain, offset):
    made = make_ppg(60, 100, snr_db=25, seed=4)
    plain = ppg_peaks(made.values, 100, method=method)
    other = ppg_peaks(made.values * gain + offset, 100, method=method)
    assert len(plain) == len(other)
    assert np.abs(plain.samples - other.samples).max() <= 1
    assert other.polarity == np.sign(gain)
    np.testing.assert_allclose(
        other.extra["amplitude"], abs(gain) * plain.extra["amplitude"], rtol=0.01
    )
    if gain < 0:
        assert "inverted" in other.notes[0]
        asked = ppg_peaks(made.values * gain + offset, 100, method=method, polarity="down")
        np.testing.assert_array_equal(asked.samples, other.samples)
        assert not asked.notes


@settings(max_examples=25)
@given(
    st.sampled_from(METHODS),
    st.floats(20, 400),
    st.lists(st.tuples(st.floats(0, 95), st.floats(0.02, 8)), max_size=4),
    st.integers(0, 3),
)
def test_any_cut_gives_the_same(method, seconds, holes, seed):
    fs = 25.0
    block, module.BLOCK = module.BLOCK, 40.0
    context, module.CONTEXT = module.CONTEXT, 10.0
    try:
        made = make_ppg(100, fs, snr_db=10, bursts=1, seed=seed)
        values = made.values.copy()
        for begin, length in holes:
            values[round(begin * fs) : round((begin + length) * fs)] = np.nan
        runs = [(0.0, 1400), (90.0, len(values) - 1400)]
        whole = ppg_peaks(values, fs, method=method)
        cut = run(ppg_peaks, channel_of(values, fs), chunk_s=seconds, method=method).result()
        np.testing.assert_array_equal(cut.samples, whole.samples)
        np.testing.assert_array_equal(cut.stretch, whole.stretch)
        for name, column in whole.extra.items():
            np.testing.assert_array_equal(cut.extra[name], column)
        gapped = channel_of(values, fs, runs)
        results = [
            run(ppg_peaks, gapped, chunk_s=s, method=method).result() for s in (seconds, 1000)
        ]
        np.testing.assert_array_equal(results[0].samples, results[1].samples)
    finally:
        module.BLOCK, module.CONTEXT = block, context


def test_holes_are_boundaries():
    made = make_ppg(60, 100, seed=5)
    values = made.values.copy()
    values[2000:2005] = np.nan  # too short to matter
    values[4000:4100] = np.nan
    beats = ppg_peaks(values, 100)
    assert set(beats.stretch) == {0, 1}
    assert np.isfinite(values[beats.samples]).sum() >= len(beats) - 1
    assert not np.any((beats.times > 40) & (beats.times < 41))
    usable = ppg_peaks(made.values, 100, usable=Stretches([0, 30], [20, 60]))
    assert not np.any((usable.times > 20) & (usable.times < 30))
    assert beats.intervals().ms.max() < 1500


@pytest.mark.parametrize(
    "values",
    [np.empty(0), np.ones(5), np.full(3000, np.nan), np.full(3000, 7.3), np.arange(3000.0)],
)
@pytest.mark.parametrize("method", METHODS)
def test_no_pulses_are_no_pulses(values, method):
    beats = ppg_peaks(values, 100, method=method)
    assert len(beats) == 0
    assert not beats.enough
    assert len(beats.intervals()) == 0
    assert beats.to_frame().empty
    assert "pulses were found" in beats.notes[0] or "s of signal" in beats.notes[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"fs": 5}, "fs=5"),
        ({"fs": None}, "fs is missing"),
        ({"method": "best"}, "method='best'"),
        ({"polarity": "left"}, "polarity='left'"),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(InvalidInputError, match=words):
        ppg_peaks(np.ones(1000), **{"fs": 100, **arguments})


def plain_msptd(x):
    """The scalogram as it is written in the paper, without its window: rows are scales."""
    n = len(x)
    scales = [
        [i >= k and i + k < n and x[i] > x[i - k] and x[i] > x[i + k] for i in range(n)]
        for k in range(1, n // 2)
    ]
    rows = np.array(scales[:20])
    best = int(np.argmax(rows.sum(axis=1)))
    return np.flatnonzero(rows[: best + 1].all(axis=0))


def test_the_scalogram_is_that_of_the_paper():
    t = np.arange(120) / 20
    x = np.sin(2 * np.pi * 1.1 * t) + 0.3 * np.sin(2 * np.pi * 2.2 * t + 1)
    slope = np.polyval(np.polyfit(t, x, 1), t)
    expected = plain_msptd(x - slope)
    got = peaks_at(x, 20.0)[0]
    inner = (got >= 20) & (got < 100)
    np.testing.assert_array_equal(got[inner], expected[(expected >= 20) & (expected < 100)])


def test_pulses_of_the_demo_follow_their_onsets():
    from vital_widgets.simulate.ppg_model import make_pulses
    from vital_widgets.simulate.rhythm_model import make_rhythm

    truth = sample_truth(300)
    pulses = make_pulses(make_rhythm(300, 2003, truth.events))
    beats = ppg_peaks(pulses.values(np.arange(0, 300, 1 / 125)), 125)
    after = np.searchsorted(beats.times, truth.pulse_onsets[2:-2])
    delay = beats.times[after] - truth.pulse_onsets[2:-2]
    assert np.mean((delay > 0.1) & (delay < 0.3)) > 0.95


@pytest.mark.parametrize("sign", [1, -1])
def test_blocks_that_are_clear_are_looked_at_one_way_only(sign):
    made = make_ppg(1300, 25, snr_db=20, seed=6)
    values = sign * made.values
    told = ppg_peaks(values, 25)
    asked = ppg_peaks(values, 25, polarity="up" if sign > 0 else "down")
    np.testing.assert_array_equal(told.samples, asked.samples)
    found, true, _ = matched(made.peaks[1:-1], told.times, 0.08)
    assert found > 0.99
    assert true > 0.99


def test_real_pulses_are_counted(shared_data):
    # Counted by eye in a plot.
    bvp = np.loadtxt(shared_data / "biosignalsnotebooks" / "bvp_sample.txt", usecols=2)
    sensor = np.loadtxt(shared_data / "heartpy" / "data.csv")  # with large diastolic waves
    assert len(ppg_peaks(bvp, 1000)) == 28
    assert len(ppg_peaks(sensor, 100)) == 24


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fs", [50.0, 1000.0])
def test_clipped_and_coarse_pulses_are_found(method, fs):
    made = make_ppg(30, fs, respiration=0.0, baseline=0.0, seed=7)
    for values in (np.minimum(made.values, 0.8), np.round(made.values * 12)):
        found, true, _ = matched(made.peaks[1:-1], ppg_peaks(values, fs, method=method).times, 0.1)
        assert found == 1.0
        assert true > 0.9
