"""Bands that a user writes into the field of a panel."""

from __future__ import annotations

import pytest

from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.controls import bands_of


def test_bands_are_read():
    found = bands_of("bands", "slow wave 0.5-2; alpha 8\u201313 Hz, 20-30")
    assert found == {"slow wave": (0.5, 2), "alpha": (8, 13), "band 3": (20, 30)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "'hello' is no band; write a name and two limits in Hz: alpha 8-13"),
        ("alpha 8-13, beta", "'beta' is no band"),
        ("alpha 8-10-13", "'alpha 8-10-13' is no band"),
        ("", "no band is given; write some in Hz: alpha 8-13"),
        (" , ", "no band is given"),
        ("alpha 13-8", "give 0 <= low < high in Hz"),
        ("alpha a-b", "give its limits in Hz"),
    ],
)
def test_what_is_no_band_is_told_in_the_form_of_the_field(text, said):
    with pytest.raises(InvalidInputError, match=said.replace("(", r"\(")):
        bands_of("bands", text)
