"""A result says how it was made, and can be made again from that."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass

import dask.array as da
import numpy as np
import pandas as pd
import pytest

import vital_widgets
from vital_widgets.analysis import lazy, moving_median, piecewise, run
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.recipe import KEPT_BYTES
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike
from vital_widgets.analysis.engine.validity import ValidSignal, not_enough
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples, JoinedSamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.sample_recording import prepare_sample


@dataclass(frozen=True, kw_only=True, eq=False)
class Mean(Result):
    value: float

    def to_frame(self):
        return pd.DataFrame({"mean": [self.value]})

    def _facts(self):
        return [("mean <b>", quantity(self.value, "mV"))]


@analysis
def mean_of(
    values: SignalLike, fs: float, *, factor=2.0, windows=(1, 2), other: SignalLike = None
) -> Mean:
    """Scaled mean."""
    return Mean(value=float(np.mean(values)) * factor, valid=ValidSignal(len(values) / fs, 10.0))


def test_defaults_are_written_out_and_versions_kept():
    made = mean_of(np.arange(10.0), 5.0, factor=3.0)
    recipe = made.recipe
    assert recipe.function.endswith("mean_of")
    assert dict(recipe.parameters) == {"fs": 5.0, "factor": 3.0, "windows": (1, 2)}
    assert {"vital_widgets", "numpy", "scipy"} <= set(recipe.versions)
    told = json.loads(json.dumps(recipe.to_dict()))
    assert told["parameters"]["windows"] == [1, 2]
    assert told["inputs"]["values"]["description"] == "10 float64"
    assert repr(recipe) == (
        "mean_of(values=<10 float64>, other=<None>, fs=5.0, factor=3.0, windows=[1, 2])"
    )


def test_a_result_is_made_again_from_itself():
    made = mean_of(np.arange(10.0), 5.0)
    assert made.recipe.run().value == made.value
    chained = mean_of(np.arange(10.0), 5.0, other=made)
    assert chained.recipe.inputs["other"].kept is made
    assert chained.recipe.run().value == made.value


def test_an_input_that_was_changed_is_noticed():
    values = np.arange(10.0)
    made = mean_of(values, 5.0)
    values[3] = 99
    with pytest.raises(InvalidInputError, match="changed since"):
        made.recipe.run()
    with pytest.raises(InvalidInputError, match="not what this result was computed from"):
        made.recipe.run(values=np.arange(11.0))


def test_a_large_input_is_not_held_and_must_be_given():
    values = np.zeros(KEPT_BYTES // 8 + 1)
    made = mean_of(values, 5.0)
    assert made.recipe.inputs["values"].kept is None
    with pytest.raises(InvalidInputError, match=r"recipe.run\(values=...\)"):
        made.recipe.run()
    assert made.recipe.run(values=values).value == made.value
    with pytest.raises(InvalidInputError, match="was not given 'signal'"):
        made.recipe.run(values=values, signal=1)


def test_a_channel_is_described():
    channel = Channel("ECG", ArraySamples(np.zeros(5)), regular(10.0, 5))
    made = mean_of([1, 2], 5.0, other=channel)
    assert made.recipe.inputs["other"].description == "channel 'ECG', 5 samples at 10 Hz"


def test_text_and_html_say_the_same_and_escape():
    made = mean_of(np.arange(10.0), 5.0)
    assert repr(made).splitlines() == [
        "Mean",
        "  mean <b>:     9 mV",
        "  valid signal: 2 s of 10 s (20.0 %)",
    ]
    html = made._repr_html_()
    assert "mean &lt;b&gt;" in html
    assert "9 mV" in html
    assert "how it was made" in html
    assert made.enough


def test_not_enough_signal_is_told():
    made = Mean(value=np.nan, notes=(not_enough("3 samples, 100 are needed"),))
    assert not made.enough
    assert "not available" in repr(made)
    assert "note: not enough valid signal: 3 samples" in repr(made)
    assert "<li>not enough valid signal" in made._repr_html_()
    assert "how it was made" not in made._repr_html_()


def test_results_can_be_pickled_and_copied():
    made = mean_of(np.arange(10.0), 5.0, other=mean_of([1.0, 2.0], 5.0))
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert again.value == made.value
        assert repr(again.recipe) == repr(made.recipe)
        assert again.recipe.run().value == made.value
        with pytest.raises(TypeError):
            again.recipe.parameters["factor"] = 3
    assert pickle.loads(pickle.dumps(Mean(value=1.0))).value == 1.0


@pytest.mark.parametrize(
    "value",
    [
        *(np.nan, np.inf, np.float64("nan"), 1j, np.complex128(1j), np.datetime64("2020-01-01")),
        *(np.array([np.nan, 1]), np.array([1j]), np.array([None, object()]), {1: {2, 3}}),
        *(pd.Timestamp("2020-01-01"), b"bytes", np.longdouble(1), np.str_("x"), [(np.int8(1),)]),
    ],
)
def test_a_recipe_can_always_be_written_as_strict_json(value):
    made = mean_of([1.0], 5.0, windows=value)
    told = json.loads(json.dumps(made.recipe.to_dict(), allow_nan=False))
    assert "windows" in told["parameters"]
    assert "windows=" in repr(made.recipe)


def test_a_series_is_noted_as_the_array_it_is():
    small = mean_of(pd.Series(np.arange(10.0)), 5.0)
    assert small.recipe.inputs["values"].description == "10 float64"
    assert small.recipe.run().value == small.value
    large = mean_of(pd.Series(np.zeros(KEPT_BYTES // 8 + 1)), 5.0)
    assert large.recipe.inputs["values"].kept is None
    assert large.recipe.inputs["values"].digest


def test_any_changed_sample_of_a_kept_input_is_noticed():
    values = np.zeros(KEPT_BYTES // 8)
    made = mean_of(values, 5.0)
    values[1] = 1e6
    with pytest.raises(InvalidInputError, match="changed since"):
        made.recipe.run()


def test_long_parameters_are_cut_when_shown():
    assert len(repr(mean_of([1.0], 5.0, windows=np.arange(100_000)).recipe)) < 300


def test_several_channels_and_mappings_are_described():
    channel = Channel("ECG", ArraySamples(np.zeros(5)), regular(10.0, 5))
    made = mean_of([1, 2], 5.0, other=[channel, channel])
    one = "channel 'ECG', 5 samples at 10 Hz"
    assert made.recipe.inputs["other"].description == f"{one}; {one}"
    assert made.recipe.run().value == made.value
    made = mean_of([1, 2], 5.0, other={"a": np.arange(3), "b": channel})
    assert made.recipe.inputs["other"].description == f"a: 3 int64; b: {one}"


def test_a_pickle_leaves_a_large_channel_in_memory_out():
    n = KEPT_BYTES // 8 + 1
    channel = Channel("ECG", ArraySamples(np.zeros(n)), regular(250.0, n))
    for other in (channel, [channel, channel]):
        made = mean_of([1, 2], 5.0, other=other)
        assert made.recipe.run().value == made.value
        sent = pickle.dumps(made)
        assert len(sent) < 5000
        with pytest.raises(InvalidInputError, match=r"recipe.run\(other=...\)"):
            pickle.loads(sent).recipe.run()
        assert pickle.loads(sent).recipe.run(other=other).value == made.value
    small = Channel("ECG", ArraySamples(np.zeros(9)), regular(250.0, 9))
    again = pickle.loads(pickle.dumps(mean_of([1, 2], 5.0, other=small)))
    assert again.recipe.inputs["other"].kept.n_samples == 9


def test_another_channel_of_the_same_file_is_not_the_input(tmp_path):
    path, task = prepare_sample(30, path=tmp_path / "sample.edf")
    if task is not None:
        task.start().result()
    with vital_widgets.open(path) as rec:
        made = mean_of([1, 2], 5.0, other=rec["ECG"])
        assert made.recipe.run(other=rec["ECG"]).value == made.value
        with pytest.raises(InvalidInputError, match="not what this result was computed from"):
            made.recipe.run(other=rec["ECG V1"])
        both = JoinedSamples((rec["ECG"].samples, rec["ECG"].samples))
        channel = Channel("twice", both, regular(250.0, both.n_samples))
        assert mean_of([1, 2], 5.0, other=channel).recipe.inputs["other"].digest


@pytest.mark.parametrize(
    "given",
    [[1, 2], {"a": [1, 2]}, np.arange(3), [np.arange(3)], ([1], {2}), bytearray(b"ab")],
    ids=lambda given: type(given).__name__,
)
def test_what_the_caller_writes_into_a_parameter_later_does_not_change_the_recipe(given):
    def written_into(value):
        if isinstance(value, tuple):
            value[1].add(9)
        else:
            value["a" if isinstance(value, dict) else 0] = 9

    before = copy.deepcopy(given)
    made = mean_of([1.0], 5.0, windows=given)
    background = run(mean_of, [1.0], 5.0, windows=given).result(300)
    written_into(given)
    for result in (made, background):
        np.testing.assert_equal(result.recipe.parameters["windows"], before)
        assert type(result.recipe.parameters["windows"]) is type(before)


def test_a_parameter_that_the_function_writes_into_is_as_given():
    @piecewise(context_s=0)
    def scaled(x, fs, by):
        by[0] *= 2
        return x * by[0]

    by = [1.0]
    made = scaled(np.arange(9.0), 5.0, by=by)
    assert by == made.recipe.parameters["by"] == [1.0]
    np.testing.assert_array_equal(made.values, np.arange(9.0) * 2)


def test_a_lazy_channel_keeps_the_parameters_that_it_was_made_with():
    @piecewise(context_s=0)
    def scaled(x, fs, by):
        return x * by["k"][0]

    by = {"k": [2.0]}
    channel = vital_widgets.Recording.from_arrays({"a": np.arange(9.0)}, 5.0)["a"]
    made = lazy(scaled, channel, by=by)
    by["k"][0] = 5.0
    np.testing.assert_array_equal(made.read(0, 9), np.arange(9.0) * 2)


@analysis
def written_into(x: SignalLike, *, windows) -> Mean:
    """A body that writes into its parameter."""
    windows.append(9)
    return Mean(value=len(windows))


def test_the_recipe_is_not_changed_by_what_runs_it():
    made = written_into([1.0], windows=[1])
    assert [made.recipe.run().value for _ in range(3)] == [2, 2, 2]
    assert made.recipe.parameters["windows"] == [1]


def counted(values, chunks, computed):
    """A Dask array that counts how many of its chunks are computed."""

    def block(part, block_info=None):
        computed.append(part.shape)
        return part

    return da.map_blocks(
        block, da.from_array(values, chunks=chunks), dtype=values.dtype, meta=values[:0]
    )


@pytest.mark.parametrize("n", [9_000, KEPT_BYTES // 8 + 1])
def test_a_dask_array_is_computed_once(n):
    computed = []
    values = np.random.default_rng(0).normal(size=n)
    made = moving_median(counted(values, n // 4 + 1, computed), 100.0, window_s=0.05)
    assert len(computed) == 4
    note = made.recipe.inputs["x"]
    assert note.description == f"{n} float64"
    assert (note.kept is None) == (n > KEPT_BYTES // 8)
    np.testing.assert_array_equal(made.values, moving_median(values, 100.0, window_s=0.05).values)


def test_dask_arrays_in_a_list_or_a_table_are_not_computed_to_be_noted():
    computed = []
    arrays = [counted(np.arange(9.0) + k, 3, computed) for k in range(2)]
    made = mean_of([1.0], 5.0, other=arrays)
    assert made.recipe.inputs["other"].description == "9 float64; 9 float64"
    assert made.recipe.run().value == made.value
    rows = da.stack(arrays)
    assert mean_of([1.0], 5.0, other=rows).recipe.inputs["other"].description == "2 x 9 float64"
    some = arrays[0][arrays[0] > 3]  # of unknown length
    assert mean_of([1.0], 5.0, other=some).recipe.inputs["other"].kept is None
    assert computed == []


def test_another_dask_array_is_not_the_input():
    values = np.arange(9.0)
    made = mean_of([1.0], 5.0, other=da.from_array(values, chunks=3))
    assert made.recipe.run(other=da.from_array(values, chunks=3)).value == made.value
    with pytest.raises(InvalidInputError, match="not what this result was computed from"):
        made.recipe.run(other=da.from_array(values + 1, chunks=3))
