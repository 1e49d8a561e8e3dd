"""Marks: sorted, cut to a window, counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.core.annotations import Annotation, Annotations
from vital_widgets.errors import InvalidInputError

TIMES = st.integers(-20, 20).map(float)


def test_sorted_by_onset_and_stable():
    marks = Annotations([3, 1, 3], ["a", "b", "c"], [0, 5, 1], ["", "ECG", ""])
    assert list(marks) == [
        Annotation(1.0, 5.0, "b", "ECG"),
        Annotation(3.0, 0.0, "a"),
        Annotation(3.0, 1.0, "c"),
    ]
    assert marks[0] == Annotation(1.0, 5.0, "b", "ECG")


@given(st.lists(st.tuples(TIMES, st.integers(0, 10).map(float))), TIMES, TIMES)
def test_between_holds_what_touches_the_window(spans, a, b):
    t0, t1 = sorted((a, b))
    marks = Annotations([s for s, _ in spans], ["x"] * len(spans), [d for _, d in spans])
    expected = [
        (s, d)
        for s, d in sorted(spans, key=lambda span: span[0])
        if (t0 <= s < t1) or (s < t1 and s + d > t0)
    ]
    found = marks.between(t0, t1)
    assert [(m.onset, m.duration) for m in found] == expected


def test_with_text():
    marks = Annotations([1, 2, 3], ["N", "V", "N"])
    assert marks.with_text("N").onset.tolist() == [1, 3]
    assert marks.with_text("V", "N").onset.tolist() == [1, 2, 3]
    assert len(marks.with_text("S")) == 0


def test_none_at_all():
    marks = Annotations()
    assert len(marks) == 0
    assert list(marks) == []
    assert len(marks.between(0, 1)) == len(marks.with_text("N")) == 0
    assert repr(marks) == "Annotations(none)"
    assert list(marks.to_frame().columns) == ["onset", "duration", "text", "channel"]


@pytest.mark.parametrize(
    ("texts", "durations", "channels"),
    [(["a"], None, None), (["a", "b"], [1], None), (["a", "b"], None, [""])],
)
def test_lengths_that_differ(texts, durations, channels):
    with pytest.raises(InvalidInputError, match="as many"):
        Annotations([1, 2], texts, durations, channels)


def test_table_and_repr():
    marks = Annotations(np.arange(9), [*"NNNVVSFQj"])
    frame = marks.to_frame()
    assert frame["text"].tolist() == [*"NNNVVSFQj"]
    assert frame["onset"].dtype == np.float64
    assert repr(marks).startswith("Annotations(9: 'N' x 3, 'V' x 2")
    assert "more" not in repr(marks)
