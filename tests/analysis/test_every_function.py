"""What every public function of the analysis keeps, whoever wrote it."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import vital_widgets.analysis as va
from vital_widgets.analysis.result import Result
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError

FS = 250.0
# What a function needs beside samples and rate, for a signal of 20 s.
NEEDED = {
    "kalman_smooth": {"cutoff": 5.0},
    "bandpass": {"low": 5.0, "high": 15.0},
    "lowpass": {"high": 15.0},
    "highpass": {"low": 5.0},
    "motion_intensity": {"unit": "g"},
    "signal_quality": {"kind": "ecg"},
}
SHAPES = {"lagged_correlation": 2, "signal_delay": 2, "motion_intensity": 3}
# One sample has a value where samples are made of samples, and is its own minimum and mean.
ONE_IS_ENOUGH = {
    *("bandpass", "highpass", "lowpass", "moving_average", "moving_median", "savitzky_golay"),
    *("remove_baseline", "wavelet_denoise", "kalman_smooth", "envelope", "zero_crossings"),
    "signal_statistics",
}
NOT_OF_SIGNALS = {"start", "detector_disagreement"}


def functions() -> dict:
    found = {name: getattr(va, name) for name in va.__all__}
    return {name: f for name, f in found.items() if inspect.isfunction(f)}


def of_signals() -> dict:
    """Functions whose first parameters are samples and rate, and what else they must be given."""
    found = {}
    for name, function in functions().items():
        parameters = inspect.signature(function).parameters
        needed = {
            key
            for key, p in parameters.items()
            if p.default is inspect.Parameter.empty and key not in ("values", "fs")
        }
        if (
            next(iter(parameters)) == "values"
            and "fs" in parameters
            and needed <= set(NEEDED.get(name, {}))
            and name not in NOT_OF_SIGNALS
        ):
            found[name] = function
    return found


def planned() -> dict:
    return {name: f for name, f in functions().items() if hasattr(f, "__plan__")}


def shaped(name: str, values: np.ndarray) -> np.ndarray:
    rows = SHAPES.get(name)
    return values if rows is None else np.tile(values, (rows, 1))


def signal() -> np.ndarray:
    t = np.arange(5000) / FS
    rng = np.random.default_rng(0)
    ecg = np.exp(-0.5 * ((t % 0.8 - 0.4) / 0.01) ** 2)
    return ecg + 0.3 * np.sin(2 * np.pi * 0.25 * t) + 0.02 * rng.normal(size=len(t))


@pytest.mark.parametrize("name", functions())
def test_the_docstring_tells_parameters_and_result(name):
    text = inspect.getdoc(functions()[name]) or ""
    parameters = list(inspect.signature(functions()[name]).parameters)
    assert "Parameters\n----------" in text
    for key in parameters:
        assert re.search(rf"^\**(\w+, )*\**{key}\b", text, re.MULTILINE), f"{key} is not described"


@pytest.mark.parametrize("name", of_signals())
def test_the_result_is_made_again_from_its_recipe(name):
    made = of_signals()[name](shaped(name, signal()), FS, **NEEDED.get(name, {}))
    assert isinstance(made, Result)
    assert name in repr(made.recipe)
    assert made.recipe.parameters["fs"] == FS
    parameters = set(inspect.signature(of_signals()[name]).parameters)
    assert parameters == {*made.recipe.parameters, *made.recipe.inputs}
    again = made.recipe.run()
    assert made.to_frame().equals(again.to_frame())
    assert made.valid.seconds == pytest.approx(20.0)
    assert "<dl>" in made._repr_html_()
    assert len(repr(made)) < 2500


@pytest.mark.parametrize("name", of_signals())
def test_the_result_can_be_pickled_copied_and_its_recipe_written(name):
    made = of_signals()[name](shaped(name, signal()), FS, **NEEDED.get(name, {}))
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert made.to_frame().equals(again.to_frame())
        assert repr(made.recipe) == repr(again.recipe)
    json.dumps(made.recipe.to_dict(), allow_nan=False)


@pytest.mark.parametrize("name", of_signals())
@pytest.mark.parametrize(
    "values", [np.full(5000, np.nan), np.empty(0), np.array([1.0]), np.full(5000, np.inf)]
)
def test_no_signal_says_that_it_is_not_enough(name, values):
    made = of_signals()[name](shaped(name, values), FS, **NEEDED.get(name, {}))
    assert not made.enough or (len(values) == 1 and name in ONE_IS_ENOUGH), repr(made)
    made.to_frame()
    made._repr_html_()


@pytest.mark.parametrize("name", of_signals())
def test_a_constant_is_no_reason_to_fail(name):
    made = of_signals()[name](shaped(name, np.full(5000, 3.3)), FS, **NEEDED.get(name, {}))
    made.to_frame()
    repr(made)


@pytest.mark.parametrize("name", of_signals())
@pytest.mark.parametrize("fs", [0, -1, np.nan, np.inf, 1e9, "fast"])
def test_an_absurd_rate_is_refused(name, fs):
    with pytest.raises(InvalidInputError):
        of_signals()[name](shaped(name, signal()), fs, **NEEDED.get(name, {}))


@pytest.mark.parametrize("name", of_signals())
@pytest.mark.parametrize("values", [np.zeros((2, 2, 9)), ["a", "b"], None, 3.0])
def test_what_is_no_signal_is_refused(name, values):
    with pytest.raises(InvalidInputError):
        of_signals()[name](values, FS, **NEEDED.get(name, {}))


@pytest.mark.parametrize("name", of_signals())
def test_the_samples_given_are_not_written_to(name):
    values = shaped(name, signal())
    values.setflags(write=False)
    mask = np.ones(values.shape[-1], bool)
    mask[1000:1500] = False
    of_signals()[name](values, FS, usable=mask, **NEEDED.get(name, {}))
    of_signals()[name](values, FS, **NEEDED.get(name, {}))


@pytest.mark.parametrize("name", of_signals())
def test_what_may_not_be_used_does_not_matter(name):
    values = shaped(name, signal())
    mask = np.ones(values.shape[-1], bool)
    mask[1000:1500] = False
    spoilt = values.copy()
    spoilt[..., 1000:1500] = 1e6
    function, more = of_signals()[name], NEEDED.get(name, {})
    frames = [function(x, FS, usable=mask, **more).to_frame() for x in (values, spoilt)]
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("name", planned())
def test_a_plan_can_be_sent_to_another_process(name):
    if name in NEEDED or name in of_signals():
        make = planned()[name].__plan__
        more = dict(NEEDED.get(name, {}))
        if "timebase" in inspect.signature(make).parameters:
            more["timebase"] = regular(FS, 5000)
        plan = make(FS, **more)
        pickle.loads(pickle.dumps(plan.work))


def test_type_checkers_see_every_name():
    stub = Path(va.__file__).with_suffix(".pyi").read_text("utf-8")
    listed = stub.partition("__all__ = [")[2]
    assert sorted(re.findall(r'"(\w+)"', listed)) == sorted(va.__all__)
    assert dir(va)[0]
    assert not hasattr(va, "no_such_name")
