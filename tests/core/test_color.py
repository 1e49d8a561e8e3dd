from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.core.color import contrast, parse_color, readable, rgb
from vital_widgets.errors import InvalidInputError

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "readable.json").read_text())
COLORS = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#D55E00", "#d55e00"),
        ("#d50", "#dd5500"),
        (" teal ", "#008080"),
        ("rgb(1, 2, 3)", "#010203"),
    ],
)
def test_a_colour_has_one_form(text, color) -> None:
    assert parse_color(text) == color


@pytest.mark.parametrize("value", ["#12", "blurple", "", None, 3, (1, 2, 3)])
def test_other_values_are_refused(value) -> None:
    with pytest.raises(InvalidInputError, match="is not a colour; give for example '#d55e00'"):
        parse_color(value)


def test_contrast_is_that_of_wcag() -> None:
    # Published examples: #767676 is the lightest grey that passes on white.
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(rgb("#767676"), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)
    assert contrast(rgb("#777777"), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)


@given(COLORS, COLORS)
def test_a_colour_can_be_read_on_any_background(color, background) -> None:
    made = readable(color, background)
    assert contrast(made, background) >= 4.5
    if contrast(color, background) >= 4.5:
        assert made == color


@pytest.mark.parametrize(("color", "background", "made"), FIXTURE)
def test_both_languages_make_the_same_colour(color, background, made) -> None:
    assert readable(rgb(color), rgb(background)) == rgb(made)
