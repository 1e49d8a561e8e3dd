"""Heart rate variability against figures that other programs published with their beats."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import vital_widgets as vw
from vital_widgets import analysis as va


@pytest.fixture
def published(shared_data: Path) -> Path:
    folder = shared_data / "hrv"
    if not folder.is_dir():
        pytest.skip("no published figures")
    return folder


@pytest.fixture
def day(published: Path) -> va.Intervals:
    """Intervals between normal beats, as the toolbox read them.

    It took ticks of 1/125 s for those of 1/128 s, and its time is 0 at the first beat.
    """
    marks = vw.open(published / "cliffordlab" / "nsr001.hea").annotations
    times = (marks.onset - marks.onset[0]) * 128 / 125
    normal = np.array([text == "N" for text in marks.text])
    ms = np.diff(times) * 1000
    kept = normal[1:] & normal[:-1] & (ms >= 375) & (ms <= 2000)
    return va.Intervals(ms[kept], times[1:][kept], np.cumsum(~kept)[kept])


def test_windows_of_the_physionet_toolbox(published: Path, day: va.Intervals) -> None:
    theirs = pd.read_csv(published / "cliffordlab" / "NSR_HRV_allwindows_allpatients.csv")
    theirs = theirs[theirs["patID"] == "nsr001"]
    away: dict[str, list[float]] = {name: [] for name in ("lf", "hf", "vlf")}
    alike = 0
    for row in theirs.itertuples():
        inside = (day.times >= row.t_start) & (day.times < row.t_end)
        nn = va.Intervals(day.ms[inside], day.times[inside], day.stretch[inside])
        assert abs(len(nn) - row.btsdet) <= 4  # those it leaves out as unlike their neighbours
        if len(nn) != row.btsdet or len(np.unique(nn.stretch)) > 1:
            continue
        alike += 1
        got = va.hrv(
            nn,
            domains=("time", "frequency"),
            options={"psd": "lomb-scargle", "pnn_of": "differences"},
        )
        # Half a unit of the last digit that was written, which are 5 to 8.
        assert got["mean_nn"] == pytest.approx(row.NNmean, abs=6e-5)
        assert got["median_nn"] == pytest.approx(row.NNmedian, abs=6e-5)
        assert got["sdnn"] == pytest.approx(row.SDNN, abs=6e-5)
        assert got["rmssd"] == pytest.approx(row.RMSSD, abs=6e-5)
        assert got["pnn50"] == pytest.approx(100 * row.pnn50, rel=6e-5)
        plot = va.hrv_nonlinear(nn, groups=("poincare",), poincare_method="moments")
        assert plot.sd1 == pytest.approx(row.SD1, abs=6e-5)
        assert plot.sd2 == pytest.approx(row.SD2, abs=6e-5)
        for name, apart in away.items():
            # Its periodogram lacks the factor T / n.
            power = getattr(row, name) * row.NNmean / 1000
            apart.append(got[name] / power - 1)
    assert alike == 52
    # Lines every 1/1024 Hz and not every 1/(4 T): the edges of bands fall between others, and
    # its VLF lacks the first line.
    for name, usual, most in (("lf", 0.01, 0.1), ("hf", 0.01, 0.03), ("vlf", 0.1, 0.25)):
        assert np.median(np.abs(away[name])) < usual, name
        assert np.max(np.abs(away[name])) < most, name


def test_the_figures_of_hrv_analysis(published: Path) -> None:
    nn = np.loadtxt(published / "hrv-analysis" / "test_nn_intervals.txt")
    told = json.loads((published / "hrv-analysis" / "expected.json").read_text("utf-8"))
    time = told["time_domain"]
    got = va.hrv(nn, domains=("time",), options={"pnn_of": "differences"})
    for name, theirs in {
        "mean_nn": "mean_nni",
        "median_nn": "median_nni",
        "sdnn": "sdnn",
        "rmssd": "rmssd",
        "cvnn": "cvnni",
        "cvsd": "cvsd",
        "pnn50": "pnni_50_percent_of_N_minus_1",
        "pnn20": "pnni_20_percent_of_N_minus_1",
    }.items():
        assert got[name] == pytest.approx(time[theirs], rel=1e-12), name
    # It divides by n, of n - 1 differences, and gives the mean of rates.
    assert got["sdsd"] * np.sqrt(998 / 999) == pytest.approx(time["sdsd"], rel=1e-12)
    assert np.mean(60_000 / nn) == pytest.approx(time["mean_hr"], rel=1e-12)
    shape = va.hrv_nonlinear(nn, groups=("poincare", "sampen"), poincare_method="moments")
    assert shape.sd1 == pytest.approx(told["poincare"]["sd1"], rel=1e-12)
    assert shape.sd2 == pytest.approx(told["poincare"]["sd2"], rel=1e-12)
    assert shape.sampen == pytest.approx(told["sampen"]["sampen"], rel=1e-12)


def test_the_report_of_pyhrv(published: Path) -> None:
    nn = np.load(published / "pyhrv" / "SampleNNISeriesLong.npy").astype(float)
    report = (published / "pyhrv" / "SampleReport.txt").read_text("utf-8")
    single = {}
    for line in report.split("Frequency Domain - Autoregression")[0].splitlines():
        name, _, value = line.partition(";")
        if value.strip().replace(".", "").isdigit():
            single[name.strip()] = float(value)
    got = va.hrv(nn, convention="pyhrv", domains=("time", "frequency"))
    for name, theirs in {
        "mean_nn": "Mean NNI (ms)",
        "sdnn": "SDNN (ms)",
        "sdnni": "SDNN Index (ms)",
        "sdann": "SDANN (ms)",
        "sdsd": "SDSD (ms)",
        "rmssd": "RMSSD (ms)",
        "pnn50": "pNN50 (%)",
        "pnn20": "pNN20 (%)",
        "triangular_index": "Triangular Index (-)",
        "total_power": "Total Power (ms^2)",
        "lf_hf": "LF/HF Ratio (-)",
    }.items():
        assert got[name] == pytest.approx(single[theirs], abs=6e-4), name
    welch = report.split("Welch's Method")[1].split("Absolute Powers")[1].split("Logarithmic")[0]
    powers = [float(line.split("-")[1]) for line in welch.splitlines()[1:] if "-" in line]
    assert [got[name] for name in ("vlf", "lf", "hf")] == pytest.approx(powers, rel=1e-12)


def test_fluctuations_of_the_program_dfa(published: Path) -> None:
    known = np.loadtxt(published / "mhrv-dfa" / "dfa.out")
    made = va.dfa(
        np.loadtxt(published / "mhrv-dfa" / "rr-intervals"),
        sizes=np.round(10 ** known[:, 0]).astype(int),
    )
    # It writes six digits.
    np.testing.assert_allclose(np.log10(made.fluctuations), known[:, 1], rtol=0, atol=6e-6)
