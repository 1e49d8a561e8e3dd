"""Samples computed by one function are never taken for those of another."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
import types
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import detrend

from vital_widgets import analysis
from vital_widgets.analysis import lazy, piecewise, store
from vital_widgets.analysis.engine.analysis import analysis as made_analysis
from vital_widgets.analysis.engine.function_identity import (
    UnknownIdentityError,
    identity_of_function,
)
from vital_widgets.analysis.engine.samplewise import sample_plan
from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.core.recording import Recording

SIGNAL = np.random.default_rng(3).normal(size=3000)
ECG = Recording.from_arrays({"ECG": SIGNAL}, 250)["ECG"]
per_sample = piecewise(context_s=0)


def scaled_by(k):
    return lambda x, fs: x * k


def nested_by(k):
    inner = scaled_by(k)

    def outer(x, fs):
        return [inner(part, fs) for part in [x]][0]  # noqa: RUF015 - nested code

    return outer


def with_default(k):
    def scaled(x, fs, by=k):
        return x * by

    return scaled


def with_keyword_default(k):
    def scaled(x, fs, *, by=k):
        return x * by

    return scaled


class Scaler:
    """An object whose method is analysed."""

    def __init__(self, k):
        self.k = {"factors": [np.array([k])]}

    def scaled(self, x, fs):
        return x * self.k["factors"][0][0]

    __call__ = scaled


class Slotted:
    """An object without a dict."""

    __slots__ = ("k",)

    def __init__(self, k):
        self.k = k

    def scaled(self, x, fs):
        return x * self.k


@dataclass(frozen=True)
class Scale:
    """A dataclass that a function refers to."""

    k: float


class Forgetful(Scaler):
    """An object that leaves what it computes with out of its pickle."""

    def __getstate__(self):
        return {}


def cell(source):
    """The function `scaled` of a cell that was run, in a namespace of its own."""
    space = {"__name__": "__main__", "np": np}
    exec(source, space)
    return space["scaled"]


def with_global(k):
    return cell(f"K = {k}\ndef scaled(x, fs):\n    return x * K\n")


def with_helper(k):
    return cell(f"def helper(x):\n    return x * {k}\ndef scaled(x, fs):\n    return helper(x)\n")


def with_class(k):
    source = f"class A:\n    @property\n    def k(self):\n        return {k}\n"
    return cell(f"{source}def scaled(x, fs):\n    return x * A().k\n")


def with_module(k):
    module = types.ModuleType("helpers_of_mine")
    module.part = types.ModuleType("helpers_of_mine.part")
    module.part.factor = k
    function = cell("def scaled(x, fs):\n    return x * helpers.part.factor\n")
    function.__globals__["helpers"] = module
    return function


def with_attribute(k):
    function = cell("def scaled(x, fs):\n    return x * scaled.k\n")
    function.k = k
    return function


def of_a_dataclass(k):
    scale = Scale(k)
    return lambda x, fs: x * scale.k


MADE_BY = {
    "closure": scaled_by,
    "closure of a closure": nested_by,
    "default": with_default,
    "keyword default": with_keyword_default,
    "constant of a lambda": lambda k: cell(f"scaled = lambda x, fs: x * {k}"),
    "constant of nested code": lambda k: cell(
        f"def scaled(x, fs):\n    return np.array([v * {k} for v in x])\n"
    ),
    "global": with_global,
    "helper": with_helper,
    "class": with_class,
    "module of the user": with_module,
    "attribute of the function": with_attribute,
    "method": lambda k: Scaler(k).scaled,
    "object": Scaler,
    "method, slots": lambda k: Slotted(k).scaled,
    "method, pickled without": lambda k: Forgetful(k).scaled,
    "partial": lambda k: functools.partial(with_keyword_default(3), by=k),
    "partial of a method": lambda k: functools.partial(Scaler(k).scaled),
    "dataclass": of_a_dataclass,
    "functools.wraps": lambda k: functools.wraps(with_default(3))(scaled_by(k)),
}


@pytest.mark.parametrize("made_by", MADE_BY.values(), ids=MADE_BY)
def test_what_was_stored_by_another_function_is_not_used(made_by):
    functions = [made_by(k) for k in (2, 5)]
    for function, k in zip(functions, (2, 5), strict=True):
        np.testing.assert_array_equal(
            store(per_sample(function), ECG).result(300)["ECG"].read(0, 3000), k * SIGNAL
        )
    keys = {lazy(per_sample(function), ECG).samples.key for function in functions}
    assert len(keys) == 2


@pytest.mark.parametrize("made_by", MADE_BY.values(), ids=MADE_BY)
def test_the_same_function_made_again_has_the_same_key(made_by):
    first, again = (identity_of_function(per_sample(made_by(2))) for _ in range(2))
    assert first == again


def test_bytecode_and_names_count():
    sources = ["x + x", "x - x", "np.sin(x)", "np.cos(x)", "x.real", "x.imag", "-x", "x * 1.0",
               "x * 1", "x * True", "x * -0.0", "x * 0.0"]  # fmt: skip
    functions = [cell(f"def scaled(x, fs):\n    return {one}\n") for one in sources]
    assert len({identity_of_function(per_sample(one)) for one in functions}) == len(sources)


def test_context_counts():
    function = scaled_by(2)
    made = [piecewise(context_s=s)(function) for s in (0, 0.5)]
    assert len({identity_of_function(one) for one in made}) == 2


def test_what_cannot_be_compared_is_computed_each_time(tmp_path):
    lock = threading.Lock()
    with (tmp_path / "a.txt").open("w") as file:
        functions = [
            *(lambda x, fs: x if lock else -x, lambda x, fs: x if file else -x),
            cell("def scaled(x, fs):\n    return x * undefined_yet\n"),
            cell("def scaled(x, fs):\n    return eval('x')\n"),
            cell("def scaled(x, fs):\n    import helpers_of_mine\n    return x\n"),
        ]
        with_whole = with_module(2)
        with_whole.__code__ = cell(
            "def scaled(x, fs):\n    return x * vars(helpers)['a']\n"
        ).__code__
        for function in [*functions, with_whole]:
            made = per_sample(function)
            with pytest.raises(UnknownIdentityError):
                identity_of_function(made)
            assert lazy(made, ECG).samples.key != lazy(made, ECG).samples.key


def test_functions_that_refer_to_each_other_and_to_libraries_are_compared():
    source = (
        "import re, math, datetime, pathlib\nfrom scipy.special import expit\n"
        "TABLE = {{'a': [re.compile('x'), datetime.timedelta(1)], 'b': pathlib.Path('.')}}\n"
        "WORDS = {{'a', 'b', 'c'}}\nPOOL = np.arange(3) * np.float32({})\n"
        "def scaled(x, fs, n=2):\n"
        "    return x if n == 0 or not TABLE or 'z' in WORDS else other(expit(x), fs, n - 1)\n"
        "def other(x, fs, n):\n    return scaled(x, fs, n) * math.pi * len(POOL)\n"
    )
    one, same, another = (identity_of_function(cell(source.format(k))) for k in (1, 1, 2))
    assert one == same != another


def test_keys_are_the_same_in_another_process(tmp_path):
    source = (
        "import functools\nimport numpy as np\n"
        "from vital_widgets.analysis.engine.function_identity import identity_of_function\n"
        "class A:\n    k = frozenset(['a', 'b', 'c'])\n    def f(self, x, fs):\n"
        "        return x * len(self.k) * (fs in {'p', 'q', 'r'})\n"
        "print(identity_of_function(functools.partial(A().f, fs=np.arange(2))))\n"
    )
    (tmp_path / "one.py").write_text(source)
    command = [sys.executable, str(tmp_path / "one.py")]
    said = {subprocess.run(command, check=True, capture_output=True).stdout for _ in range(2)}
    assert len(said) == 1
    assert said != {b""}


def test_an_analysis_made_of_a_plan_is_told_by_its_code():
    def made(k):
        def doubled(x, fs=None, *, usable=None):
            return sample_plan(lambda piece: piece.core_values * k, "d", source=signal_of(x, fs))

        return made_analysis(doubled)

    assert lazy(made(2), ECG).samples.key != lazy(made(5), ECG).samples.key


def test_analyses_of_the_package_have_their_names_as_keys():
    functions = [getattr(analysis, name) for name in analysis.__all__]
    functions = [one for one in functions if hasattr(one, "inputs")]
    assert len(functions) > 50
    for function in functions:
        module, qualname = function.__module__, function.__qualname__
        assert identity_of_function(function) == f"{module}.{qualname}"
    assert identity_of_function(per_sample(lambda x, fs: detrend(x)))
