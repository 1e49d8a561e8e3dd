"""Units and scales; the front end is tested with the same cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vital_widgets.core.amplitude import parse_scale
from vital_widgets.core.metricunits import plain_units, unit_factor
from vital_widgets.core.signalkind import KINDS
from vital_widgets.errors import InvalidInputError

SHARED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "scales.json").read_text("utf-8")
)


def test_both_languages_have_the_same_kinds() -> None:
    assert list(KINDS) == SHARED["kinds"]


@pytest.mark.parametrize(("units", "into", "factor"), SHARED["factors"])
def test_values_are_converted_between_units(units, into, factor) -> None:
    assert unit_factor(units, into) == factor


@pytest.mark.parametrize(("units", "plain"), SHARED["plain_units"])
def test_units_are_displayed_in_one_form(units, plain) -> None:
    assert plain_units(units) == plain


@pytest.mark.parametrize("case", SHARED["scales"], ids=lambda case: str(case["value"]))
def test_a_scale_is_understood(case) -> None:
    scale = parse_scale(case["value"])
    assert scale.per_mm == case.get("per_mm")
    assert scale.span == case.get("span")
    assert scale.units == case.get("units", "")
    limits = case.get("limits")
    assert scale.limits == (None if limits is None else tuple(limits))
    assert scale.value == (case["text"] if limits is None else tuple(limits))
    assert parse_scale(scale.value) == scale


@pytest.mark.parametrize("value", SHARED["no_scales"], ids=repr)
def test_what_is_no_scale_is_refused_with_what_is_accepted(value) -> None:
    with pytest.raises(InvalidInputError, match=r"scales\['ECG'\]=.* '10 mm/mV' .* 'auto'"):
        parse_scale(value, "scales['ECG']")
