"""What every public function of the analysis keeps, whoever wrote it."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import vital_widgets.analysis as va
from analysis_entries import ENTRIES, FS, Entry, channel, functions
from vital_widgets.analysis.engine.compute import Covered, partials_of
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import Source
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.tasks import Task

ABSURD_RATES = [0, -1, np.nan, np.inf, 1e9, "fast", None]
SERIES = {  # of whose values only the order matters
    "approximate_entropy", "correlation_dimension", "dfa", "higuchi_fractal_dimension", "hjorth",
    "katz_fractal_dimension", "multiscale_entropy", "permutation_entropy",
    "petrosian_fractal_dimension", "poincare", "recurrence", "sample_entropy",
    "symbolic_dynamics", "transfer_entropy",
}  # fmt: skip
NO_DATA = [np.zeros((2, 2, 9)), ["a", "b"], None, 3.0, "values", {}]


def of(gives: type) -> list[str]:
    """Return the functions that give this."""
    return [name for name, entry in ENTRIES.items() if entry.gives is gives]


def rated() -> list[str]:
    return [name for name, entry in ENTRIES.items() if entry.fs]


def with_usable(gives: type) -> list[str]:
    return [name for name in of(gives) if "usable" in parameters(name)]


def planned() -> list[str]:
    bodies = {name: getattr(function, "plan", None) for name, function in functions().items()}
    return [
        name
        for name, body in bodies.items()
        if "Plan" in str(getattr(body, "__annotations__", {}).get("return"))
    ]


def parameters(name: str) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(functions()[name]).parameters


def call(name: str, base: Any = None, fs: Any = FS, **more: Any) -> Any:
    return functions()[name](**{**arguments_of(name, base, fs), **more})


def arguments_of(name: str, base: Any = None, fs: Any = FS) -> dict[str, Any]:
    return ENTRIES[name].arguments(base, fs)


def data_of(name: str) -> list[str]:
    made = ENTRIES[name].data(ENTRIES[name].kind.made())
    return [key for key in made if key != "function"]


def as_sent(value: Any) -> Any:
    """Return a value as it comes out of a message from another process: arrays can only be read."""
    buffers: list[pickle.PickleBuffer] = []
    written = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(written, buffers=[bytes(buffer.raw()) for buffer in buffers])


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """Give all arrays of data that a function was given."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from arrays_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from arrays_in(part)
    elif isinstance(value, Channel):
        yield from arrays_in(getattr(value.samples, "values", None))
    elif isinstance(value, (Result, va.Intervals)):
        for one in fields(value):
            yield from arrays_in(getattr(value, one.name))


def all_cases(attribute: str) -> list[tuple[str, str]]:
    return [(name, key) for name in of(Result) for key in getattr(ENTRIES[name].kind, attribute)]


def test_every_function_is_held_to_this():
    assert sorted(functions()) == sorted(ENTRIES), (
        "give each function an entry in tests/analysis_entries.py"
    )


@pytest.mark.parametrize("name", functions())
def test_the_docstring_tells_parameters_and_result(name):
    text = inspect.getdoc(functions()[name]) or ""
    assert "Parameters\n----------" in text
    for key in parameters(name):
        assert re.search(rf"^\**(\w+, )*\**{key}\b", text, re.MULTILINE), f"{key} is not described"


@pytest.mark.parametrize("name", of(Result))
def test_the_result_is_made_again_from_its_recipe(name):
    made = call(name)
    assert isinstance(made, Result)
    assert made.enough, made.notes
    by = ENTRIES[name].made_by or name
    assert made.recipe.function.endswith(f".{by}")
    assert repr(made.recipe).startswith(f"{by}(")
    if ENTRIES[name].fs:
        assert made.recipe.parameters["fs"] == FS
        seconds = len(ENTRIES[name].kind.made()) / FS
        assert made.valid.seconds == pytest.approx(seconds)
    plain = {key for key, p in parameters(name).items() if p.kind is not p.VAR_KEYWORD}
    assert plain <= {*made.recipe.parameters, *made.recipe.inputs}
    assert set(data_of(name)) <= set(made.recipe.inputs)
    again = made.recipe.run()
    assert made.to_frame().equals(again.to_frame())
    assert "<dl>" in made._repr_html_()
    assert len(repr(made)) < 2500


@pytest.mark.parametrize("name", of(Result))
def test_the_result_can_be_pickled_copied_and_its_recipe_written(name):
    made = call(name)
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert made.to_frame().equals(again.to_frame())
        assert repr(made.recipe) == repr(again.recipe)
    json.dumps(made.recipe.to_dict(), allow_nan=False)


def mistakes() -> list[tuple[str, str, Any]]:
    """Give an argument of a wrong kind for each flag, list of names and duration."""
    wrong = {r"bool": "no", r"(Sequence|Iterable)\[str\b.*": 5, r"float( \| None)?": 1e300}
    return [
        (name, key, value)
        for name in of(Result)
        for key, one in parameters(name).items()
        for kind, value in wrong.items()
        if re.fullmatch(kind, str(one.annotation)) and (kind[0] != "f" or key.endswith("_s"))
    ]


@pytest.mark.parametrize(("name", "key", "value"), mistakes())
def test_an_argument_of_a_wrong_kind_is_refused_by_name(name, key, value):
    with pytest.raises(InvalidInputError, match=key):
        call(name, **{key: value})


@pytest.mark.parametrize(("name", "nothing"), all_cases("nothing"))
def test_no_signal_says_that_it_is_not_enough(name, nothing):
    made = call(name, ENTRIES[name].kind.nothing[nothing])
    assert not made.enough or (nothing == "single" and ENTRIES[name].one_is_enough), repr(made)
    made.to_frame()
    made._repr_html_()


@pytest.mark.parametrize("name", of(Result))
def test_a_constant_is_no_reason_to_fail(name):
    made = call(name, ENTRIES[name].kind.constant())
    assert len(made.to_frame().columns)
    assert made.recipe.function.rpartition(".")[2] in repr(made.recipe)
    assert repr(made)


@pytest.mark.parametrize("name", rated())
@pytest.mark.parametrize("fs", ABSURD_RATES)
def test_an_absurd_rate_is_refused(name, fs):
    if fs is None and name in SERIES:
        pytest.skip("a series of values needs no sampling rate")
    with pytest.raises(InvalidInputError):
        call(name, fs=fs)


@pytest.mark.parametrize(("name", "key"), [(n, key) for n in ENTRIES for key in data_of(n)])
@pytest.mark.parametrize("given", NO_DATA, ids=[type(one).__name__ for one in NO_DATA])
def test_what_is_no_data_is_refused(name, key, given):
    if ENTRIES[name].scalars and given is NO_DATA[3]:
        pytest.skip("a number is data here")
    if given is None and parameters(name)[key].default is None:
        pytest.skip("this input is found where it is not given")
    with pytest.raises(InvalidInputError):
        call(name, **{key: given})


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_given_is_not_written_to(name):
    arguments = arguments_of(name)
    held = list(arrays_in(arguments))
    before = [array.copy() for array in held]
    for array in held:
        array.setflags(write=False)
    made = functions()[name](**arguments)
    if isinstance(made, Task):
        made.result()
    for array, copied in zip(held, before, strict=True):
        np.testing.assert_array_equal(array, copied)


@pytest.mark.parametrize("name", with_usable(Result))
def test_what_may_not_be_used_does_not_matter(name):
    kind = ENTRIES[name].kind
    usable = kind.usable()
    frames = [call(name, x, usable=usable).to_frame() for x in (kind.made(), kind.spoilt())]
    assert frames[0].equals(frames[1])
    if ENTRIES[name].fs and kind.of == "samples":
        mask = usable.mask(0.0, FS, len(kind.made()))
        assert call(name, usable=mask).to_frame().equals(frames[0])


@pytest.mark.parametrize("name", planned())
def test_a_plan_gives_the_same_in_pieces_sent_to_other_processes(name):
    arguments = arguments_of(name)
    keys = [key for key in data_of(name) if key not in ("beats", "events")]
    plan = plan_over_channels(name, arguments, keys)
    sent = replace(plan, work=as_sent(plan.work))
    covered = Covered()
    source: Source = as_sent(plan.source)
    step = round(20 * source.fs)
    pieces = partials_of(sent, source, step, covered, lambda *_: None)
    partials = as_sent([partial for _, partial in pieces])
    made = plan.join(partials, covered.extent(source.timebase)).to_frame()
    pd.testing.assert_frame_equal(made, call(name).to_frame(), rtol=1e-6, atol=1e-9)


def plan_over_channels(name: str, arguments: dict[str, Any], keys: list[str]) -> Any:
    samples = [np.atleast_2d(arguments.pop(key)) for key in keys]
    del arguments["fs"]
    given = {
        key: channel(rows[0]) if len(rows) == 1 else [channel(row) for row in rows]
        for key, rows in zip(keys, samples, strict=True)
    }
    return functions()[name].plan(**given, **arguments)


@pytest.mark.parametrize("name", of(va.Filter))
def test_a_filter_can_be_pickled_and_says_what_it_does(name):
    made = call(name)
    assert isinstance(made, va.Filter)
    again = as_sent(made)
    x = ENTRIES["filter_signal"].kind.made()
    assert np.array_equal(
        va.filter_signal(x, FS, filter=made).values, va.filter_signal(x, FS, filter=again).values
    )
    assert len(repr(made)) < 2500


def sample_functions() -> list[str]:
    """Return the functions of one channel that give a value for each of its samples."""
    plans = {name: functions()[name].plan for name in planned()}
    return [
        name
        for name, plan in plans.items()
        if plan.__annotations__["return"] == "SamplePlan"
        and plan.__annotations__["x"] == "SignalLike"
        and data_of(name) == ["x"]
    ]


@pytest.mark.parametrize("name", sample_functions())
def test_lazy_and_stored_channels_equal_the_call(name):
    arguments = arguments_of(name)
    source = channel(arguments.pop("x"))
    del arguments["fs"]
    expected = functions()[name](source, **arguments).values
    level = np.nanmax(np.abs(expected))
    stored = va.store(functions()[name], source, **arguments).result()["Signal"]
    for made in (va.lazy(functions()[name], source, **arguments), stored):
        assert made.fs == source.fs
        np.testing.assert_allclose(made.read(0, len(expected)), expected, atol=1e-9 * level)


def test_qt_intervals_are_corrected_value_by_value():
    made = call("qtc")
    assert made.shape == ENTRIES["qtc"].kind.made().shape
    given = ENTRIES["qtc"].arguments()
    for k in (0, 7):
        assert va.qtc(given["qt_ms"][k], given["rr_ms"][k]) == pytest.approx(made[k])
    assert np.isnan(va.qtc(np.nan, 800.0))
    assert va.qtc([], []).shape == (0,)


def test_type_checkers_see_every_name():
    stub = Path(va.__file__).with_suffix(".pyi").read_text("utf-8")
    listed = stub.partition("__all__ = [")[2]
    assert sorted(re.findall(r'"(\w+)"', listed)) == sorted(va.__all__)
    assert set(va.__all__) <= set(dir(va))
    assert not hasattr(va, "no_such_name")


def test_an_entry_without_data_would_hold_nothing():
    bare = [name for name in ENTRIES if not data_of(name)]
    assert sorted(bare) == sorted(of(va.Filter))
    assert all(isinstance(entry, Entry) for entry in ENTRIES.values())
