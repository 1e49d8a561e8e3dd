"""Designs against SciPy, what is refused and why, and the responses."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import signal

from vital_widgets import analysis
from vital_widgets.analysis.signal.filters.filter import Filter
from vital_widgets.errors import InvalidInputError

FS = 250.0
EDGES = {
    "lowpass": {"highcut": 40.0},
    "highpass": {"lowcut": 0.5},
    "bandpass": {"lowcut": 0.5, "highcut": 40.0},
    "bandstop": {"lowcut": 45.0, "highcut": 55.0},
}


def scipy_sos(kind, band, order, edges):
    at = list(edges.values()) if len(edges) > 1 else next(iter(edges.values()))
    return {
        "butterworth": lambda: signal.butter(order, at, band, fs=FS, output="sos"),
        "chebyshev1": lambda: signal.cheby1(order, 0.5, at, band, fs=FS, output="sos"),
        "chebyshev2": lambda: signal.cheby2(order, 40, at, band, fs=FS, output="sos"),
        "elliptic": lambda: signal.ellip(order, 0.5, 40, at, band, fs=FS, output="sos"),
        "bessel": lambda: signal.bessel(order, at, band, fs=FS, output="sos", norm="mag"),
    }[kind]()


@pytest.mark.parametrize("band", EDGES)
@pytest.mark.parametrize("order", [1, 2, 4, 7])
@pytest.mark.parametrize("kind", ["butterworth", "chebyshev1", "chebyshev2", "elliptic", "bessel"])
def test_a_design_is_that_of_scipy(kind, band, order):
    made = analysis.design_filter(kind, band, order=order, fs=FS, **EDGES[band])
    np.testing.assert_array_equal(made.sos, scipy_sos(kind, band, order, EDGES[band]))
    w = np.linspace(0.01, 124, 500)
    _, h = signal.sosfreqz(made.sos, w, fs=FS)
    np.testing.assert_allclose(made.at(w), h, atol=1e-9)


@pytest.mark.parametrize("band", EDGES)
def test_an_fir_design_keeps_its_attenuation(band):
    made = analysis.design_filter("fir", band, fs=FS, **EDGES[band])
    response = made.response(4096)
    expected = {"lowpass": [0], "highpass": [124], "bandpass": [10], "bandstop": [10, 100]}[band]
    for f in expected:
        assert abs(np.interp(f, response.frequencies, response.magnitude_db)) < 0.05
    stopped = {"lowpass": [46, 124], "highpass": [0], "bandpass": [0, 60], "bandstop": [50]}[band]
    for f in stopped:
        assert 20 * np.log10(abs(made.at(np.array([f]))[0]) + 1e-30) < -59
    np.testing.assert_allclose(response.group_delay, (len(made.taps) - 1) / 2 / FS)
    for edge in EDGES[band].values():
        assert 20 * np.log10(abs(made.at(np.array([edge]))[0])) == pytest.approx(-6.02, abs=0.3)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"btype": "lowpass", "highcut": 125}, "not below half the sampling rate"),
        ({"btype": "lowpass", "highcut": 300}, "not below half the sampling rate"),
        ({"btype": "bandpass", "lowcut": 40, "highcut": 0.5}, "is not below highcut"),
        ({"btype": "bandpass", "lowcut": 40, "highcut": 40}, "is not below highcut"),
        ({"btype": "bandpass", "lowcut": 40}, "highcut is missing"),
        ({"btype": "lowpass", "lowcut": 1, "highcut": 40}, "not used by a lowpass"),
        ({"btype": "lowpass", "highcut": -1}, "highcut=-1"),
        ({"btype": "lowpass", "highcut": 0}, "highcut=0"),
        ({"btype": "lowpass", "highcut": float("nan")}, "highcut=nan"),
        ({"btype": "lowpass", "highcut": 10, "order": 0}, "order=0"),
        ({"btype": "lowpass", "highcut": 10, "order": 2.5}, "not a whole number"),
        ({"btype": "lowpass", "highcut": 10, "order": 1000}, "order=1000"),
        ({"btype": "lowpass", "highcut": 10, "ripple": 1}, "not used by ftype='butterworth'"),
        ({"ftype": "chebyshev1", "btype": "lowpass", "highcut": 10, "ripple": 0}, "ripple=0"),
        ({"ftype": "chebyshev1", "btype": "lowpass", "highcut": 10, "ripple": -1}, "ripple=-1"),
        (
            {"ftype": "chebyshev2", "btype": "lowpass", "highcut": 9, "attenuation": 0},
            "attenuation=0",
        ),
        (
            {
                "ftype": "elliptic",
                "btype": "lowpass",
                "highcut": 10,
                "ripple": 50,
                "attenuation": 40,
            },
            "not below attenuation",
        ),
        ({"ftype": "sinc", "btype": "lowpass", "highcut": 10}, "ftype='sinc'"),
        ({"btype": "low", "highcut": 10}, "btype='low'"),
        ({"btype": "highpass", "lowcut": 0.001}, "ill-conditioned"),
        ({"btype": "bandpass", "lowcut": 10, "highcut": 10.001}, "ill-conditioned"),
        ({"btype": "lowpass", "highcut": 124.999}, "ill-conditioned"),
        (
            {"ftype": "elliptic", "btype": "lowpass", "highcut": 0.75, "order": 40},
            "instead of -0.50 dB",
        ),
        (
            {"btype": "bandpass", "lowcut": 0.05, "highcut": 0.06, "order": 40},
            "rings for more than",
        ),
        ({"ftype": "fir", "btype": "highpass", "lowcut": 10, "order": 33}, "give order=34"),
        ({"ftype": "fir", "btype": "highpass", "lowcut": 0.0001}, "taps"),
        ({"btype": "lowpass", "highcut": 10, "fs": 0}, "sampling rate"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(parameters, words):
    with pytest.raises(InvalidInputError, match=words):
        analysis.design_filter(**{"fs": FS, **parameters})


@pytest.mark.parametrize("order", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("low", [0.05, 0.5, 30])
def test_a_design_is_right_or_refused(order, low):
    high = low * 1.5
    try:
        made = analysis.design_filter(lowcut=low, highcut=high, order=order, fs=FS)
    except InvalidInputError:
        assert order > 8
        return
    np.testing.assert_allclose(np.abs(made.at([low, high])), np.sqrt(0.5), rtol=0.01)
    values = np.random.default_rng(0).normal(size=20_000)
    assert np.all(np.isfinite(signal.sosfilt(made.sos, values)))


def test_a_notch_takes_out_its_frequency_only():
    made = analysis.notch(50, q=30, fs=FS)
    gain = np.abs(made.at([0, 20, 49, 50, 51, 100]))
    assert gain[3] < 1e-9
    np.testing.assert_allclose(gain[[0, 1, 5]], 1, atol=0.01)
    np.testing.assert_allclose(made.response().half_power, [50 - 50 / 60, 50 + 50 / 60], atol=0.02)


def test_narrow_bands_are_not_overlooked():
    narrow = analysis.notch(50, q=5000, fs=FS).response().half_power
    np.testing.assert_allclose(narrow, [49.995, 50.005], atol=1e-4)
    band = analysis.design_filter(
        "butterworth", "bandpass", lowcut=30, highcut=30.01, order=1, fs=FS
    )
    np.testing.assert_allclose(band.response().half_power, [30, 30.01], atol=1e-6)


@pytest.mark.parametrize(("freq", "fs"), [(50, 1000), (60, 360), (60, 500), (50, 257.3)])
def test_a_comb_takes_out_all_harmonics(freq, fs):
    made = analysis.comb(freq, q=30, fs=fs)
    harmonics = np.arange(freq, fs / 2 - freq / 60, freq)
    assert len(made.sos) == len(harmonics)
    np.testing.assert_allclose(np.abs(made.at(harmonics)), 0, atol=1e-8)
    between = harmonics - freq / 2
    np.testing.assert_allclose(np.abs(made.at(between)), 1, atol=0.02)


def test_a_comb_is_as_wide_as_that_of_scipy():
    made = analysis.comb(50, q=30, fs=1000)
    b, a = signal.iircomb(50, 30, fs=1000)
    near = np.array([48.5, 49.2, 51, 149, 151.5, 249])
    _, h = signal.freqz(b, a, near, fs=1000)
    np.testing.assert_allclose(np.abs(made.at(near)), np.abs(h), atol=0.02)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: analysis.notch(125, fs=FS), "half the sampling rate"),
        (lambda: analysis.notch(50, q=0, fs=FS), "q=0"),
        (lambda: analysis.notch(50, q=0.4, fs=FS), "larger q"),
        (lambda: analysis.notch(50, q=1e6, fs=FS), "ill-conditioned"),
        (lambda: analysis.comb(200, fs=FS), "half the sampling rate"),
    ],
)
def test_impossible_notches(call, words):
    with pytest.raises(InvalidInputError, match=words):
        call()


def test_the_response_is_that_of_scipy():
    made = analysis.design_filter("butterworth", "bandpass", lowcut=5, highcut=40, fs=FS)
    got = made.response(512)
    _, h = signal.sosfreqz(made.sos, got.frequencies[1:-1], fs=FS)
    np.testing.assert_allclose(got.magnitude_db[1:-1], 20 * np.log10(np.abs(h)), atol=1e-6)
    np.testing.assert_allclose(np.exp(1j * got.phase[1:-1]), h / np.abs(h), atol=1e-9)
    np.testing.assert_allclose(got.half_power, [5, 40], rtol=1e-6)
    b, a = signal.butter(4, [5, 40], "bandpass", fs=FS)
    w = got.frequencies[(got.frequencies > 4) & (got.frequencies < 50)]
    _, delay = signal.group_delay((b, a), w, fs=FS)
    mine = np.interp(w, got.frequencies, got.group_delay)
    np.testing.assert_allclose(mine * FS, delay, atol=1e-3)
    impulse = np.zeros(len(got.impulse))
    impulse[0] = 1
    np.testing.assert_allclose(got.impulse, signal.sosfilt(made.sos, impulse), atol=1e-12)
    np.testing.assert_allclose(got.step, np.cumsum(got.impulse))
    assert "5 Hz, 40 Hz" in repr(got)
    assert len(got.to_frame()) == 512


def test_zero_phase_squares_the_magnitude():
    made = analysis.design_filter("butterworth", "lowpass", highcut=40, fs=FS)
    once, twice = made.response(300), made.response(300, zero_phase=True)
    shown = once.magnitude_db > -150
    np.testing.assert_allclose(twice.magnitude_db[shown], 2 * once.magnitude_db[shown])
    assert not twice.phase.any()
    assert not twice.group_delay.any()
    np.testing.assert_allclose(twice.impulse, twice.impulse[::-1], atol=1e-12)
    assert twice.times[0] == -twice.times[-1]
    expected = np.abs(made.at(twice.half_power)) ** 2
    np.testing.assert_allclose(expected, np.sqrt(0.5), rtol=1e-6)
    padded = np.zeros(4001)
    padded[2000] = 1
    both = signal.sosfiltfilt(made.sos, padded)
    middle = len(twice.impulse) // 2
    np.testing.assert_allclose(twice.impulse, both[2000 - middle : 2000 + middle + 1], atol=1e-5)


def test_a_filter_pickles_and_knows_itself():
    made = analysis.design_filter("elliptic", "lowpass", highcut=40, fs=FS)
    again = pickle.loads(pickle.dumps(made))
    assert again.key == made.key
    assert again.ringing == made.ringing
    assert made.design["ripple"] == 0.5
    assert "elliptic low-pass 40 Hz, order 4" in repr(again)
    assert made.key != analysis.design_filter("elliptic", "lowpass", highcut=41, fs=FS).key


def test_coefficients_of_ones_own_are_taken_if_they_are_a_filter():
    sos = signal.butter(3, 20, fs=FS, output="sos")
    own = Filter(FS, "my own", sos=sos)
    values = np.random.default_rng(0).normal(size=1000)
    got = analysis.filter_signal(values, FS, filter=own).values
    np.testing.assert_allclose(got, signal.sosfiltfilt(sos, values), atol=1e-12)
    for bad in (
        {},
        {"sos": sos, "taps": np.ones(3)},
        {"sos": np.ones(6)},
        {"sos": sos * np.nan},
        {"taps": []},
        {"sos": 2 * sos},
    ):
        with pytest.raises(InvalidInputError):
            Filter(FS, "bad", **bad)
    unstable = Filter(FS, "unstable", sos=[[1, 0, 0, 1, -2.1, 1.2]])
    with pytest.raises(InvalidInputError, match="rings for more than"):
        analysis.filter_signal(values, FS, filter=unstable)
