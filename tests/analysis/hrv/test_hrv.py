"""Heart rate variability: against NeuroKit2 and pyHRV under their conventions, and closed forms."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

from vital_widgets.analysis.beats.beat_series import PPG, Beats, Intervals, intervals_of
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.analysis.hrv.convention import CONVENTIONS, HrvConvention
from vital_widgets.analysis.hrv.hrv import hrv, hrv_frequency, hrv_time
from vital_widgets.analysis.hrv.hrv_conventions import hrv_conventions
from vital_widgets.analysis.hrv.hrv_trend import hrv_trend
from vital_widgets.errors import InvalidInputError

NEUROKIT_TIME = {
    "mean_nn": "MeanNN", "sdnn": "SDNN", "sdann": "SDANN5", "sdnni": "SDNNI5", "rmssd": "RMSSD",
    "sdsd": "SDSD", "pnn20": "pNN20", "pnn50": "pNN50", "cvnn": "CVNN", "cvsd": "CVSD",
    "median_nn": "MedianNN", "mad_nn": "MadNN", "iqr_nn": "IQRNN", "min_nn": "MinNN",
    "max_nn": "MaxNN", "triangular_index": "HTI", "tinn": "TINN",
}  # fmt: skip
NEUROKIT_FREQUENCY = {
    "ulf": ("ULF", 1), "vlf": ("VLF", 1), "lf": ("LF", 1), "hf": ("HF", 1), "vhf": ("VHF", 1),
    "total_power": ("TP", 1), "lf_hf": ("LFHF", 1), "lf_nu": ("LFn", 100), "hf_nu": ("HFn", 100),
    "ln_hf": ("LnHF", 1),
}  # fmt: skip


def rhythm(n: int, seed: int = 0) -> np.ndarray:
    """Intervals in whole ms with slow, Mayer and respiratory variability."""
    rng = np.random.default_rng(seed)
    beats = np.arange(n)
    return np.round(
        800
        + 60 * np.sin(2 * np.pi * 0.1 * 0.8 * beats)
        + 40 * np.sin(2 * np.pi * 0.25 * 0.8 * beats)
        + 30 * rng.normal(size=n)
        + 40 * np.sin(beats / 300)
    )


@pytest.fixture(params=[400, 2500])
def rr(request):
    return rhythm(request.param)


def test_every_figure_of_neurokit2(rr, monkeypatch, installed_neurokit2):
    monkeypatch.setattr(np, "trapz", np.trapezoid, raising=False)  # it calls the old name
    peaks = np.concatenate([[1000], 1000 + np.cumsum(rr)]).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2

        time = neurokit2.hrv_time(peaks, sampling_rate=1000).iloc[0]
        frequency = neurokit2.hrv_frequency(peaks, sampling_rate=1000, silent=True).iloc[0]
    got = hrv(rr, convention=installed_neurokit2, domains=("time", "frequency"))
    for ours, theirs in NEUROKIT_TIME.items():
        np.testing.assert_allclose(got[ours], time[f"HRV_{theirs}"], rtol=1e-9, err_msg=ours)
    for ours, (theirs, scale) in NEUROKIT_FREQUENCY.items():
        wanted = scale * frequency[f"HRV_{theirs}"]
        np.testing.assert_allclose(got[ours], wanted, rtol=1e-9, err_msg=ours)


def test_every_figure_of_pyhrv(rr):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyhrv.frequency_domain as fd
        import pyhrv.time_domain as td

        wanted = {
            "sdnn": td.sdnn(rr)["sdnn"],
            "sdann": td.sdann(rr)["sdann"],
            "sdnni": td.sdnn_index(rr)["sdnn_index"],
            "rmssd": td.rmssd(rr)["rmssd"],
            "sdsd": td.sdsd(rr)["sdsd"],
            "pnn50": td.nn50(rr)["pnn50"],
            "pnn20": td.nn20(rr)["pnn20"],
            "triangular_index": td.triangular_index(rr, plot=False)["tri_index"],
            "tinn": td.tinn(rr, plot=False)["tinn"],
        }
        bands, _, _ = fd.welch_psd(rr, mode="dev")
    for part, key in (("", "fft_abs"), ("_percent", "fft_rel"), ("_peak", "fft_peak")):
        for name, value in zip(("vlf", "lf", "hf"), bands[key], strict=True):
            wanted[f"{name}{part}"] = value
    wanted["lf_nu"], wanted["hf_nu"] = bands["fft_norm"]
    wanted["lf_hf"], wanted["total_power"] = bands["fft_ratio"], bands["fft_total"]
    got = hrv(rr, convention="pyhrv", domains=("time", "frequency"))
    for name, value in wanted.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_constant_series_has_no_variability(convention):
    got = hrv(np.full(600, 800.0), convention=convention, domains=("time", "frequency"))
    for name in ("sdnn", "rmssd", "sdsd", "pnn50"):
        assert got[name] == pytest.approx(0, abs=1e-6)
    assert got["mean_hr"] == 75
    if not CONVENTIONS[convention].relative_to_peak:  # to a peak that is not there
        assert got["hf"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("psd", ["welch", "lomb-scargle", "autoregressive"])
@pytest.mark.parametrize(("hz", "band"), [(0.1, "lf"), (0.25, "hf")])
def test_a_sinusoid_has_the_power_of_a_sinusoid(psd, hz, band):
    times = [0.0]
    while times[-1] < 900:
        times.append(times[-1] + 0.8 + 0.04 * np.sin(2 * np.pi * hz * times[-1]))
    ms = np.diff(times) * 1000
    nn = Intervals(ms, np.array(times[1:]), np.zeros(len(ms), int))
    chosen = CONVENTIONS["task-force-1996"].with_options(psd=psd)
    got = hrv_frequency(nn, convention=chosen)
    # The interval at the time of its end is that of a beat before: the amplitude is 40 ms all the
    # same, less what the steps from beat to beat smooth.
    assert got[f"{band}_peak"] == pytest.approx(hz, abs=0.006)
    other = "hf" if band == "lf" else "lf"
    assert got[other] < 0.06 * got[band]
    if psd == "autoregressive":  # no model of a line is exact, but its whole power is the variance
        power = np.trapezoid(got.density, got.frequencies)
        assert power == pytest.approx(40**2 / 2, rel=0.12)
    else:
        assert got[band] == pytest.approx(40**2 / 2, rel=0.12)


def test_white_noise():
    rng = np.random.default_rng(1)
    ms = 800 + 20 * rng.normal(size=20_000)
    got = hrv(ms, domains=("time",))
    assert got["rmssd"] == pytest.approx(np.sqrt(2) * got["sdnn"], rel=0.02)
    assert got["sdnn"] == pytest.approx(20, rel=0.02)
    below = 100 * (1 - 0.9229)  # P(|d| > 50) of a normal difference with sd 28.3
    assert got["pnn50"] == pytest.approx(below, abs=0.6)


def test_the_triangle_of_a_triangle_is_its_base():
    centres = np.arange(700, 901, 5.0)
    counts = np.maximum(0, 100 - np.abs(centres - 800)).astype(int)
    ms = np.repeat(centres + 0.01, counts)
    options = {"bin_ms": 5.0}
    got = hrv(np.random.default_rng(0).permutation(ms), domains=("time",), options=options)
    assert got["tinn"] == pytest.approx(200, abs=15)
    assert got["triangular_index"] == pytest.approx(counts.sum() / 100)
    assert got.convention.name == "task-force-1996, changed"


def test_smoothness_priors_against_the_dense_formula():
    from vital_widgets.analysis.hrv.interval_spectra import detrended, smoothness_priors

    for n in (4, 5, 60):
        z = np.random.default_rng(n).normal(size=n).cumsum()
        d2 = np.diff(np.eye(n), 2, axis=0)
        dense = z - np.linalg.solve(np.eye(n) + 30.0**2 * d2.T @ d2, z)
        np.testing.assert_allclose(smoothness_priors(z, 30.0), dense, atol=1e-8)
    linear = CONVENTIONS["task-force-1996"].with_options(detrend="linear")
    line = 3.0 + 2 * np.arange(50.0)
    np.testing.assert_allclose(detrended(line, linear), 0, atol=1e-9)
    np.testing.assert_allclose(smoothness_priors(line, 500.0), 0, atol=1e-6)


def test_nothing_crosses_a_gap():
    a, b = rhythm(500, 1), rhythm(400, 2) + 150
    times = np.concatenate([np.cumsum(a), 10_000_000 + np.cumsum(b)]) / 1000
    nn = Intervals(np.concatenate([a, b]), times, np.repeat([0, 1], [500, 400]))
    got = hrv(nn, domains=("time", "frequency"))
    steps = np.concatenate([np.diff(a), np.diff(b)])
    assert got["rmssd"] == pytest.approx(np.sqrt(np.mean(steps**2)))
    assert got["pnn50"] == pytest.approx(100 * np.mean(np.abs(steps) > 50) * len(steps) / 900)
    parts = [hrv(x, domains=("frequency",))["hf"] for x in (a, b)]
    assert min(parts) * 0.9 < got["hf"] < max(parts) * 1.1
    assert got.valid.share < 0.1


def test_intervals_outside_of_usable_stretches_are_left_out():
    ms = np.full(300, 1000.0)
    ms[100:120] = 700
    begins = np.cumsum(ms)[[99, 119]] / 1000
    usable = Stretches([0, begins[1]], [begins[0], 300])
    got = hrv_time(ms, usable=usable)
    assert got["sdnn"] == 0
    assert got.n == 280
    assert got["pnn50"] == 0  # the step where the series is broken is none


def test_pulse_rate_variability_says_that_it_is_one():
    times = np.cumsum(rhythm(400)) / 1000
    beats = Beats(
        times=times, samples=np.arange(400), fs=1.0, stretch=np.zeros(400, int), source=PPG
    )
    got = hrv(beats)
    assert any("pulse-rate variability" in note for note in got.notes)
    assert "pulse-rate variability" in repr(got)
    assert "pulse-rate variability" in repr(hrv_trend(beats))
    assert not any("pulse-rate" in note for note in hrv(rhythm(400)).notes)


def test_short_series_give_no_bands_that_they_cannot_have():
    got = hrv(rhythm(100), domains=("time", "frequency"))  # 80 s
    assert np.isfinite(got["hf"])
    assert np.isnan(got["lf"])
    assert np.isnan(got["vlf"])
    assert np.isnan(got["sdann"])
    assert "not available from" in got.notes[0]
    few = hrv(rhythm(5))
    assert not few.enough
    none = hrv([])
    assert not none.enough
    assert np.isnan(none["sdnn"])
    assert len(none.to_frame()) == 1


def test_conventions_side_by_side():
    got = hrv_conventions(rhythm(600))
    frame = got.to_frame()
    assert set(CONVENTIONS) <= set(frame.columns)
    assert frame.loc["rmssd", "neurokit2-0.3"] == hrv_time(rhythm(600))["rmssd"]
    assert frame.loc["sdsd", "furthest"] == "pyhrv"
    assert frame.loc["vlf", "spread_percent"] > 10
    assert frame.loc["mean_nn", "spread_percent"] == 0
    assert "differs by" in repr(got)
    with pytest.raises(InvalidInputError, match="two or more"):
        hrv_conventions(rhythm(50), conventions=("kubios",))


def test_a_trend_is_the_figures_of_each_window():
    nn = intervals_of(rhythm(3000))
    got = hrv_trend(nn, window_s=300, step_s=150, measures=("sdnn", "rmssd", "lf", "sdann"))
    frame = got.to_frame()
    assert np.all(np.diff(frame["time"]) == 150)
    for k in (0, 3, 7):
        part = nn.between(frame["time"][k], frame["time"][k] + 300)
        alone = hrv(part, domains=("time", "frequency"))
        for name in ("sdnn", "rmssd", "lf"):
            assert frame[name][k] == alone[name]
        assert frame["n"][k] == len(part)
    assert "rmssd" in repr(got)


def test_windows_that_are_not_covered_have_no_figures():
    nn = intervals_of(rhythm(3000))
    kept = (nn.times < 700) | (nn.times > 850)
    got = hrv_trend(nn.where(kept), window_s=300, measures=("sdnn",))
    assert np.isnan(got.measures["sdnn"][2])
    assert got.covered[2] < 0.6
    assert np.isfinite(np.delete(got.measures["sdnn"][:-1], 2)).all()
    assert not hrv_trend([800.0] * 20, window_s=300).enough
    assert not hrv_trend([]).enough


def test_a_convention_of_ones_own():
    mine = HrvConvention(name="mine", source="here", resample_hz=8.0, ulf=None)
    got = hrv(rhythm(600), convention=mine, domains=("frequency",))
    assert got.convention is mine
    assert "mine" in repr(got)
    again = got.recipe.run()
    assert again["hf"] == got["hf"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"convention": "mine"}, "choose one of 'task-force-1996'"),
        ({"options": {"speed": 3}}, "unknown option .speed. of a convention"),
        ({"options": {"hf": (0.4, 0.2)}}, "is not a band"),
        ({"options": {"hf": (0.4, 20)}}, "is not a band"),
        ({"options": {"taper": "square"}}, "taper='square'"),
        ({"domains": "time"}, "domains='time'"),
        ({"usable": 3}, "usable"),
    ],
)
def test_bad_input(more, words):
    with pytest.raises(InvalidInputError, match=words):
        hrv(rhythm(50), **more)
    with pytest.raises(InvalidInputError, match="looks like seconds"):
        hrv(rhythm(50) / 1000)
    with pytest.raises(InvalidInputError, match="measures"):
        hrv_trend(rhythm(50), measures=("speed",))
    with pytest.raises(InvalidInputError, match=r"unknown measure .lf.; available"):
        hrv(rhythm(50), domains=("time",))["lf"]


@pytest.mark.parametrize("size", [1, 1000])
def test_a_signal_is_not_a_series_of_intervals(size):
    signal = size * np.random.default_rng(0).normal(size=15_000)
    for function in (hrv, hrv_time, hrv_frequency, hrv_trend):
        with pytest.raises(InvalidInputError, match=r"look like a signal.*ecg_peaks\(x, fs=250"):
            function(signal)


@pytest.mark.parametrize("name", ["rmssd", "SDNN"])
def test_a_measure_read_as_an_attribute_says_how_it_is_read(name):
    result = hrv([800.0, 810.0, 790.0] * 10, domains=("time",))
    with pytest.raises(AttributeError, match=rf"result\['{name.lower()}'\]"):
        getattr(result, name)
    assert not hasattr(result, "nothing")
    assert pickle.loads(pickle.dumps(result))["rmssd"] == result["rmssd"]
