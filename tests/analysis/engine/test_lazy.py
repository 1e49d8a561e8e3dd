"""A filtered channel is computed where it is read, and is what the whole would be."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError
from vital_widgets.testing import make_big_edf

FS = 250.0
BAND = analysis.design_filter("butterworth", "bandpass", lowcut=0.5, highcut=40, fs=FS)
FIR = analysis.design_filter("fir", "lowpass", highcut=30, fs=FS)


def channel_with_gaps(seed=0, n=30_000):
    rng = np.random.default_rng(seed)
    native = rng.integers(-3000, 3000, n).astype(np.int16)
    for a in rng.integers(0, n, 5):
        native[a : a + rng.integers(1, 2000)] = -32768
    base = from_runs(FS, [(0.0, n // 3), (1000.0, n - n // 3)])
    return Channel("ECG", ArraySamples(native), base, "mV", gain=0.01, offset=3, missing=-32768)


CHANNEL = channel_with_gaps()
WHOLE = {
    (made.name, zero_phase): analysis.run(
        analysis.filter_signal, CHANNEL, filter=made, zero_phase=zero_phase
    )
    .result()
    .values
    for made in (BAND, FIR)
    for zero_phase in (True, False)
}


@settings(max_examples=60)
@given(st.sampled_from([BAND, FIR]), st.booleans(), st.integers(0, 30_000), st.integers(0, 30_000))
def test_any_stretch_is_that_of_the_whole(made, zero_phase, a, b):
    a, b = min(a, b), max(a, b)
    derived = analysis.lazy(analysis.filter_signal, CHANNEL, filter=made, zero_phase=zero_phase)
    got = derived.read(a, b)
    expected = WHOLE[made.name, zero_phase][a:b]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9 * 33)


def test_it_is_a_channel_like_any_other():
    derived = analysis.lazy(analysis.filter_signal, CHANNEL, filter=BAND)
    assert derived.name == "ECG (filter signal)"
    assert derived.units == "mV"
    assert derived.gaps == CHANNEL.gaps
    assert derived.n_samples == CHANNEL.n_samples
    again = pickle.loads(pickle.dumps(derived))
    np.testing.assert_array_equal(again.read(50, 500), derived.read(50, 500))
    times, values = derived.window(10, 12)
    assert len(times) == len(values) == 500
    recording = Recording("both", [CHANNEL, derived])
    assert len(recording) == 2
    np.testing.assert_array_equal(derived.data[:100].compute(), derived.read(0, 100))
    got = analysis.run(analysis.filter_signal, derived, filter=FIR, chunk_s=9).result()
    once = WHOLE[BAND.name, True]
    expected = np.concatenate(
        [analysis.filter_signal(x, FS, filter=FIR).values for x in (once[:10_000], once[10_000:])]
    )
    np.testing.assert_allclose(got.values, expected, rtol=0, atol=1e-8)


def test_a_stretch_of_a_long_file_reads_only_what_it_needs(tmp_path, monkeypatch):
    path = make_big_edf(tmp_path / "long.edf", 0.01, channels=2, fs=250)
    with vw.open(path) as recording:
        derived = analysis.lazy(analysis.filter_signal, recording["ECG 1"], filter=BAND)
        seen = []
        source = type(derived.samples.source)
        original = source.read
        monkeypatch.setattr(
            source, "read", lambda self, a, b, origin=0: seen.append(b - a) or original(self, a, b)
        )
        derived.read(1_000_000, 1_002_500)
        assert sum(seen) == 2500 + 2 * BAND.context


def test_what_needs_the_whole_is_refused():
    with pytest.raises(InvalidInputError, match="does not give one value"):
        analysis.lazy(analysis.signal_quality, CHANNEL, kind="ecg")
    other = analysis.design_filter("butterworth", "lowpass", highcut=10, fs=100)
    with pytest.raises(InvalidInputError, match="designed for fs"):
        analysis.lazy(analysis.filter_signal, CHANNEL, filter=other)


def test_the_usable_mask_is_kept():
    usable = analysis.Stretches([1.0], [20.0])
    derived = analysis.lazy(analysis.filter_signal, CHANNEL, filter=BAND, usable=usable)
    expected = analysis.run(analysis.filter_signal, CHANNEL, filter=BAND, usable=usable).result()
    np.testing.assert_allclose(derived.read(0, 8000), expected.values[:8000], rtol=0, atol=3e-8)


def test_a_derived_channel_is_stored_once():
    derived = analysis.lazy(analysis.filter_signal, CHANNEL, filter=BAND)
    one = analysis.store(analysis.filter_signal, derived, filter=FIR).result(300)
    other = analysis.store(
        analysis.filter_signal,
        analysis.lazy(analysis.filter_signal, CHANNEL, filter=BAND),
        filter=FIR,
    ).result(300)
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(("deriv", "units"), [(0, "mV"), (1, "mV/s"), (2, "mV/s^2")])
def test_units_go_with_what_is_computed(deriv, units):
    x = np.sin(np.arange(3000) / 20)
    ecg = Recording.from_arrays({"ECG": x}, fs=250.0, units={"ECG": "mV"})["ECG"]
    options = {"window_s": 0.1, "deriv": deriv}
    result = analysis.savitzky_golay(ecg, **options)
    assert result.units == units
    assert units in repr(result)
    assert analysis.lazy(analysis.savitzky_golay, ecg, **options).units == units
    stored = analysis.store(analysis.savitzky_golay, ecg, **options).result()
    assert stored["ECG"].units == units
    assert analysis.savitzky_golay(x, 250.0, **options).units == ""
    # An analysis of a result knows its units.
    assert analysis.resample_signal(result, new_fs=125).units == units
    assert analysis.power_spectrum(result).units == analysis.power_spectrum(
        x, 250.0, units=units
    ).units  # fmt: skip
