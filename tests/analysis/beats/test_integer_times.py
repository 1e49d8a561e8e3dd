"""Integers may be seconds or sample indices: no function takes them as times."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis_entries import ENTRIES, FS, functions
from vital_widgets.errors import InvalidInputError

TYPES = ("BeatsLike", "EventsLike", "DetectionsLike")
SAMPLES = np.arange(500, 15_000, 200)
GIVEN = [
    (name, parameter.name, "DetectionsLike" in str(parameter.annotation))
    for name, function in functions().items()
    for parameter in inspect.signature(function).parameters.values()
    if any(one in str(parameter.annotation) for one in TYPES)
]


def called(name: str, key: str, times: Any, mapping: bool) -> Any:
    given = {"a": times, "b": times} if mapping else times
    more = {"method": "spline"} if name == "remove_baseline" else {}
    return functions()[name](**{**ENTRIES[name].arguments(), **more, key: given})


def test_the_parameters_are_found():
    names = {name for name, _, _ in GIVEN}
    assert {"event_average", "ecg_delineate", "match_beats", "rank_disagreement"} <= names
    assert len(GIVEN) > 20


@pytest.mark.parametrize(("name", "key", "mapping"), GIVEN)
def test_integers_are_refused_as_times(name, key, mapping):
    for times in (SAMPLES, SAMPLES.astype(np.uint16), SAMPLES.tolist(), pd.Series(SAMPLES)):
        with pytest.raises(InvalidInputError, match=r"contains integers: give times|not pulses"):
            called(name, key, times, mapping)


@pytest.mark.parametrize(("name", "key", "mapping"), GIVEN)
def test_sample_indices_divided_by_fs_are_times(name, key, mapping):
    try:
        called(name, key, SAMPLES / FS, mapping)
    except InvalidInputError as error:
        assert "not pulses" in str(error)  # noqa: PT017  only a detector gives these
