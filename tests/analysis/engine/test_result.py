"""No figure stands in a result that rests on too little, whatever result it is."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from vital_widgets import analysis as va
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import not_enough

WHY = not_enough("three beats")


def every_result() -> list[type[Result]]:
    for module in pkgutil.walk_packages(va.__path__, "vital_widgets.analysis."):
        importlib.import_module(module.name)
    found: list[type[Result]] = []
    todo: list[type[Result]] = [Result]
    while todo:
        todo += (more := todo.pop().__subclasses__())
        found += more
    return [c for c in dict.fromkeys(found) if c.__module__.startswith("vital_widgets.")]


def filled(kind: str) -> Any:
    """Something with numbers in it, of the type that a field is annotated with."""
    if kind in ("float", "float | None"):
        return 1.5
    if kind.startswith("tuple[float"):
        return (1.5, 2.5)
    if kind in ("dict[str, float]", "Mapping[str, Any]"):
        return {"sdnn": 1.5}
    if "[str, NDArray" in kind:
        return {"a": np.ones(3)}
    if kind.startswith("NDArray"):
        return np.ones(3, kind.partition("np.")[2].rstrip("]") or object)
    return {"int": 3, "str": "a", "bool": True}.get(kind)


def figures_in(value: object) -> list[Any]:
    if isinstance(value, float | np.floating):
        return [value]
    if isinstance(value, np.ndarray):
        return list(value.ravel()) if value.dtype.kind in "fc" else []
    if isinstance(value, Mapping):
        return [figure for item in value.values() for figure in figures_in(item)]
    if isinstance(value, tuple):
        return [figure for item in value for figure in figures_in(item)]
    return []


@pytest.mark.parametrize("kind", every_result(), ids=lambda kind: kind.__name__)
def test_only_what_was_given_is_told_where_there_was_not_enough(kind: type[Result]) -> None:
    given = {f.name: filled(str(f.type)) for f in fields(kind) if f.name not in ("notes", "recipe")}
    made = kind(**{**given, "valid": va.ValidSignal(1.0, 2.0), "notes": ("odd", WHY)})
    names = {f.name for f in fields(kind)}
    for name in names - kind._given:
        told = figures_in(getattr(made, name))
        assert np.isnan(told).all(), name
        assert len(told) == len(figures_in(given[name])), name
    for name in kind._given & names - {"valid", "notes", "recipe"}:
        assert np.array_equal(getattr(made, name), given[name]), name


@pytest.mark.parametrize("kind", every_result(), ids=lambda kind: kind.__name__)
def test_properties_tell_no_figure_either(kind: type[Result]) -> None:
    given = {f.name: filled(str(f.type)) for f in fields(kind) if f.name not in ("notes", "recipe")}
    made = kind(**{**given, "valid": va.ValidSignal(1.0, 2.0), "notes": (WHY,)})
    for name, _ in inspect.getmembers(kind, lambda member: isinstance(member, property)):
        if name not in kind._given:
            try:
                told = getattr(made, name)
            except (AttributeError, TypeError):  # needs a field that is not made up here
                continue
            assert np.isnan(figures_in(told)).all(), name


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnSetUp(Result, given=("window",)):
    window: float
    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", 7.0)

    @property
    def half(self) -> float:
        return 0.5


@dataclass(frozen=True, kw_only=True, eq=False, init=False)
class OwnInit(Result):
    value: float

    def __init__(self, **given: Any) -> None:
        super().__init__(notes=given["notes"])
        object.__setattr__(self, "value", 7.0)


@pytest.mark.parametrize(
    ("kind", "given"), [(OwnSetUp, {"window": 5.0, "value": 1.0}), (OwnInit, {})]
)
def test_no_way_of_setting_up_goes_past_that(kind: Any, given: dict[str, float]) -> None:
    made = kind(notes=(WHY,), **given)
    assert np.isnan(made.value)
    assert kind(notes=(), **given).value == 7


def test_copies_keep_that_and_figures_of_enough_signal_stay() -> None:
    made = OwnSetUp(window=5.0, value=1.0)
    assert (made.value, made.half, made.window) == (7.0, 0.5, 5.0)
    less = replace(made, notes=(WHY,))
    for again in (less, copy.deepcopy(less), pickle.loads(pickle.dumps(less))):
        assert np.isnan([again.value, again.half]).all()
        assert again.window == 5


def test_a_result_within_one_that_has_not_enough_has_no_figures() -> None:
    nn = 800 + 30 * np.sin(np.arange(400.0))
    whole = va.hrv(nn)
    assert whole.nonlinear is not None
    less = replace(whole, notes=(WHY,))
    assert less.nonlinear is not None
    assert not less.nonlinear.enough
    assert np.isnan(list(less.all_measures().values())).all()


def test_what_is_given_must_be_there() -> None:
    with pytest.raises(TypeError, match="has no 'windw'"):
        type("Wrong", (Result,), {"__annotations__": {"window": "float"}}, given=("windw",))


def test_scores_without_reference_beats_are_unknown() -> None:
    made = va.match_beats([], [1.0, 2.0, 3.0])
    assert not made.enough
    assert np.isnan([made.f1, made.ppv, made.sensitivity]).all()
    assert made.fp == 3


def test_half_a_second_of_signal_has_no_quality() -> None:
    t = np.arange(100) / 250
    made = va.signal_quality(np.sin(2 * np.pi * t), 250, kind="other")
    assert not made.enough
    assert np.all(made.score == 0)
    assert not len(made.usable)
