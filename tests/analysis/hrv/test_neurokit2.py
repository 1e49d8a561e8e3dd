"""The conventions that follow NeuroKit2, against the versions that they name."""

from __future__ import annotations

import json
from importlib.metadata import version

import numpy as np
import pytest

from neurokit2_figures import KEPT, NONLINEAR, figures_of, series
from vital_widgets import analysis as va
from vital_widgets.analysis.hrv.convention import CONVENTIONS, checked_convention

PROGRAMS = {c.program: c.name for c in CONVENTIONS.values() if c.program}
SERIES = series()


def ours(name: str, convention: str) -> dict[str, float]:
    peaks, fs = SERIES[name]
    domains = ("time", "frequency", "nonlinear") if len(peaks) < 1000 else ("time", "frequency")
    return va.hrv(np.diff(peaks) / fs * 1000, convention=convention, domains=domains).all_measures()


@pytest.mark.parametrize("name", SERIES)
def test_the_installed_version_is_followed(name: str, installed_neurokit2: str) -> None:
    got = ours(name, installed_neurokit2)
    for figure, theirs in figures_of(*SERIES[name]).items():
        wanted = pytest.approx(theirs, rel=1e-6 if figure in NONLINEAR else 1e-9, nan_ok=True)
        assert got[figure] == wanted, figure


@pytest.mark.parametrize("number", ["0.2.12", "0.3.0"])
@pytest.mark.parametrize("name", SERIES)
def test_figures_that_versions_gave_are_followed(name: str, number: str) -> None:
    kept = KEPT / f"neurokit2_{number.replace('.', '_')}.json"
    got = ours(name, PROGRAMS[f"NeuroKit2 {number}"])
    for figure, told in json.loads(kept.read_text("utf-8"))[name].items():
        theirs = float("nan") if told is None else told
        wanted = pytest.approx(theirs, rel=1e-6 if figure in NONLINEAR else 1e-9, nan_ok=True)
        assert got[figure] == wanted, figure


@pytest.mark.parametrize(
    ("name", "figures"),
    [("4585 intervals at 1000 Hz", {"sdann", "sdnni"}), ("one early beat", {"tinn"})],
)
def test_the_versions_differ_where_they_are_said_to(name: str, figures: set[str]) -> None:
    old, new = (ours(name, convention) for convention in ("neurokit2-0.2", "neurokit2-0.3"))
    assert {k for k in old if old[k] != pytest.approx(new[k], nan_ok=True)} == figures


def test_the_name_without_a_version_is_the_newest_and_says_so() -> None:
    assert checked_convention("neurokit2").name == "neurokit2-0.3"
    assert va.hrv_time(800 + np.sin(np.arange(99.0)), convention="neurokit2").convention.program


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_convention_that_follows_a_program_names_its_version(program: str) -> None:
    package, _, number = program.partition(" ")
    assert number.count(".") == 2
    assert CONVENTIONS[PROGRAMS[program]].source.startswith(package)
    if package == "pyHRV":
        assert version("pyhrv") == number


def test_powers_relative_to_a_peak_have_no_unit() -> None:
    peaks, fs = SERIES["371 intervals at 1000 Hz"]
    nn = np.diff(peaks) / fs * 1000
    made = va.hrv(nn, convention="neurokit2", domains=("time", "frequency"))
    powers = ("ulf", "vlf", "lf", "hf", "vhf", "total_power")
    assert [made.units[name] for name in powers] == [""] * 6
    assert made.units["sdnn"] == "ms"
    assert "ms²" not in repr(made)
    assert "ms²" in repr(va.hrv(nn, domains=("frequency",)))
    trend = va.hrv_trend(nn, window_s=120, convention="neurokit2", measures=("lf", "sdnn"))
    assert "ms²" not in repr(trend)
    units = va.hrv_conventions(nn).to_frame()["units"]
    assert units["lf"] == "ms² (none: neurokit2-0.2, neurokit2-0.3)"
    assert units["sdnn"] == "ms"


def test_a_triangle_that_a_program_does_not_find_is_noted() -> None:
    peaks, fs = SERIES["one early beat"]
    nn = np.diff(peaks) / fs * 1000
    made = va.hrv_time(nn, convention="neurokit2-0.2")
    assert made["tinn"] == 0
    assert any("TINN 0: no triangle" in note and "0.2.12" in note for note in made.notes)
    for name in ("task-force-1996", "neurokit2-0.3"):
        other = va.hrv_time(nn, convention=name)
        assert other["tinn"] > 0
        assert not any("TINN" in note for note in other.notes)
