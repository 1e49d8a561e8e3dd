"""The field for texts of annotated stretches, where one chooses the text of moments."""

from __future__ import annotations

import pytest

import vital_widgets as vw


@pytest.fixture
def panel(rec):
    made = vw.panels.Statistics(rec, where="annotations")
    yield made
    made.close()


def test_the_text_of_moments_is_offered_and_refused_in_words(panel, rec):
    marks = rec.annotations.select()
    lasting = {str(one) for one in marks.text[marks.duration > 0]}
    moments = sorted({str(one) for one in marks.text} - lasting)
    field = panel._frame._texts
    assert {*moments, *lasting} - {""} == set(field.allowed_tags)
    stretch = min(lasting)
    field.value = [stretch]
    assert panel.texts == (stretch,)
    field.value = [stretch, moments[0]]
    said = panel._frame._told.value
    assert f"{moments[0]}" in said
    assert "marks moments without a duration" in said
    assert stretch in said
    assert 'role="alert"' in said
    assert panel.texts == (stretch,)
    assert field.value == [stretch]
    field.value = []
    assert "moments" not in panel._frame._told.value


def test_a_text_of_stretches_and_moments_is_taken(panel, rec):
    rec.annotations.add(10.0, "N", duration=5.0)
    panel.where = "whole"
    panel.where = "annotations"
    panel._frame._texts.value = ["N"]
    assert panel.texts == ("N",)
