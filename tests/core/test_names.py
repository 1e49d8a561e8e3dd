"""Names that are made unique."""

from __future__ import annotations

import pytest

from vital_widgets.core.names import unique_names
from vital_widgets.io.text.cells import unique_names as column_names


@pytest.mark.parametrize(("make", "n_notes"), [(unique_names, 19_999), (column_names, 1)])
def test_thousands_of_equal_names_become_unique(make, n_notes):
    names, notes = make(["a"] * 20_000)
    assert names[:3] == ["a", "a (2)", "a (3)"]
    assert names[-1] == "a (20000)"
    assert len(notes) == n_notes


@pytest.mark.parametrize("make", [unique_names, column_names])
def test_numbered_names_that_are_taken_are_passed_over(make):
    names, _ = make(["a", "a (2)", "a", "a", "", "channel 5", ""])
    assert len(set(names)) == len(names)
    assert names[:2] == ["a", "a (2)"]
