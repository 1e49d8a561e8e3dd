"""Options of `open` with values that nobody means, for every option of every reader."""

from __future__ import annotations

import encodings.aliases
import inspect
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from small_files import MAKERS, NEEDED, write_csv, write_parquet
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.io import options as options_module
from vital_widgets.io.options import checked_options
from vital_widgets.io.reader import readers


class Awkward:
    """A value that fails at what is asked of it."""

    def __float__(self):
        raise OverflowError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


class Hidden:
    """A value that cannot be shown."""

    def __repr__(self):
        raise RuntimeError


@pytest.fixture(scope="module")
def files_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("options")
    return {name: make(folder) for name, make in MAKERS.items()}


def offered():
    """Every option of every reader, from their signatures."""
    return [
        (reader.NAME, name)
        for reader in readers()
        for name, parameter in inspect.signature(reader.open_file).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**31, 2**63, 2**64, -1, 0, 1]),
    st.floats(),
    st.sampled_from([1e-320, 1e308, -0.0, 1e-9, 1e12]),
    st.text(max_size=5),
    st.characters(),
    st.sampled_from(["\ud800", "\0", "x" * 500, "", " ", "auto", "None", "ECG", "0", "ms"]),
    st.sampled_from(sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values()})),
    st.binary(max_size=4),
    st.complex_numbers(),
    st.sampled_from([Decimal("sNaN"), Decimal(10) ** 400, Fraction(10**400, 3), Fraction(1, 3)]),
    st.sampled_from([np.int64(0), np.uint8(200), np.float32("nan"), np.bool_(1), np.str_("ECG")]),
    st.sampled_from([np.datetime64("NaT"), np.array(100.0), np.array([100.0]), np.zeros((2, 2))]),
    st.sampled_from([object(), int, len, Path("x"), Ellipsis, pd.NA, pd.Timestamp(0)]),
    st.builds(Awkward),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.lists(SCALARS, max_size=3).map(tuple),
    st.lists(SCALARS, max_size=3).map(iter),
    st.dictionaries(st.one_of(st.text(max_size=3), st.integers(), st.none()), SCALARS, max_size=2),
    st.sets(st.one_of(st.integers(-3, 3), st.text(max_size=2)), max_size=2),
)


@pytest.mark.parametrize(("reader", "option"), offered())
@settings(max_examples=40)
@given(value=VALUES)
@example(value=10**400)
@example(value=[0, 0])
@example(value=["ECG", "ECG"])
@example(value=[])
@example(value=Awkward())
@example(value="utf-16")
@example(value="ls")
def test_any_value_of_an_option_opens_the_file_or_is_reported(files_of, reader, option, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with vw.open(
                files_of[reader], **{**NEEDED.get(reader, {}), option: value}
            ) as recording:
                recording.wait()
        except VitalError as error:
            message = str(error)
            assert files_of[reader].stem in message
            named = (
                option.rstrip("s") in message or "column" in message or "sampling rate" in message
            )
            assert named, message
            assert len(message) < 2000


def test_every_option_is_checked():
    assert {name for _, name in offered()} <= set(options_module._CHECKS)


REFUSED = {
    "fs": [0, -1, 10**400, "x", "100", True, [1], 1e-320, float("nan"), float("inf"), 1j, b"1"],
    "encoding": [
        "hex", "zlib", "bz2", "base64", "uu", "quopri", "rot13", "idna", "punycode", "undefined",
        "unicode_escape", "raw_unicode_escape", "no-such", "", "\0", 5, b"utf-8", ["utf-8"],
    ],
    "separator": [
        '"', "'", "\n", "\r", "\0", "1", "a", ".", "-", "+", "", ",,", "µ", 5, None, [","],
    ],
    "decimal": ["", "..", ";", 5, None, ["."]],
    "header": [-1, 2**31, 10**5000, 1.5, "x", [0], b"0"],
    "time": [1.5, [0], True, b"time", 2**40, {"time": 0}],
    "time_unit": [5, [], b"s", True],
    "channels": [5, 1.5, b"ECG", [1.5], [b"ECG"], [None], [[0]], {"ECG": 1}, [], [True], [2**40]],
    "units": [5, ["mV"], [("ECG", "mV")], b"mV"],
    "day_first": ["x", 1, 0, []],
    "bad_values": [5, "", "skip", None, ["nan"]],
    "bad_lines": [5, "", "nan", None, ["skip"]],
    "annotations": ["atr", [1], 5, b"atr", {"atr": 1}],
}  # fmt: skip
KEPT = {
    "fs": [(np.float32(250), 250.0), (Fraction(1, 2), 0.5), (np.array(100), 100.0), (None, None)],
    "encoding": [(e, e) for e in ("utf-8", "UTF8", "utf-16", "cp1252", "shift_jis", "utf-32-be")],
    "separator": [(s, s) for s in (",", ";", "\t", "|", ":", "/", " ", "whitespace", "auto")],
    "header": [(np.int64(3), 3), (True, "auto"), (np.bool_(0), None), (None, None), (0, 0)],
    "time": [(np.int64(0), 0), (-1, -1), (np.str_("t"), "t"), (None, None)],
    "channels": [
        (np.array([1, 0]), [1, 0]), ("ECG", ["ECG"]), (("a", np.int32(1)), ["a", 1]),
        (pd.Index(["a", "b"]), ["a", "b"]), (iter(["a"]), ["a"]),
    ],
    "day_first": [(np.bool_(1), True), (None, None)],
    "units": [({}, {}), ("mV", "mV"), (None, None)],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_values_that_cannot_be_shown_are_refused_too(name):
    for value in (Hidden(), [Hidden()], (10**5000,), {Hidden()}, Awkward()):
        with pytest.raises(InvalidInputError, match=rf"^{name}=.*; give "):
            checked_options({name: value})


def numbered(pairs):
    """Parameters whose ids do not show the values: some cannot be shown."""
    return [pytest.param(*pair, id=f"{pair[0]}-{k}") for k, pair in enumerate(pairs)]


@pytest.mark.parametrize(
    ("name", "value"),
    numbered((name, value) for name, values in REFUSED.items() for value in values),
)
def test_what_no_option_can_mean_is_refused_with_what_it_takes(name, value):
    with pytest.raises(InvalidInputError, match=rf"^{name}=.*; give ") as caught:
        checked_options({name: value})
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    numbered((name, *pair) for name, pairs in KEPT.items() for pair in pairs),
)
def test_what_is_meant_is_taken_in_any_type_that_says_it(name, value, meant):
    kept = checked_options({name: value})[name]
    assert kept == meant
    assert type(kept) is type(meant) or isinstance(value, str)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
def test_an_encoding_that_the_file_is_not_written_in_is_reported(tmp_path, encoding):
    path = tmp_path / "told.csv"
    path.write_bytes(b"ECG,PPG\n" + b"1,2\n" * 100)
    with pytest.raises(VitalError, match=r"told\.csv"):
        vw.open(path, fs=100, encoding=encoding).wait()


def test_units_of_no_channel_and_units_that_are_no_text_are_reported(tmp_path):
    for units in ({1: "a"}, {"ECG": 1}, {Hidden(): "mV"}, {"ECG": Hidden()}, {None: None}):
        for path, options in ((write_csv(tmp_path), {"fs": 100}), (write_parquet(tmp_path), {})):
            with pytest.raises(InvalidInputError, match=r"told.*units"):
                vw.open(path, units=units, **options)


def test_a_column_named_twice_is_reported(tmp_path):
    for channels in ([0, 0], [0, -2], ["ECG", 0]):
        with pytest.raises(InvalidInputError, match=r"'ECG' more than once.*name each"):
            vw.open(write_csv(tmp_path), fs=100, channels=channels)
    with pytest.raises(InvalidInputError, match=r"'ECG' more than once.*name each"):
        vw.open(write_parquet(tmp_path), channels=["ECG", "ECG"])


NO_PATHS = [
    *("~nosuchuser/x.edf", b"/tmp/x.edf", "a\0b.edf", "", 5, None, "/tmp/" + "x" * 5000),
    *("\ud800.edf", "a/" * 3000, Hidden(), [], 10**5000),
]


@pytest.mark.parametrize("path", NO_PATHS, ids=range(len(NO_PATHS)))
def test_a_path_that_no_file_can_have_is_reported(path):
    with pytest.raises(VitalError):
        vw.open(path)
