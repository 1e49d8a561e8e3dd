"""A second reader disagrees exactly as stated, and the package's own agreement finds it again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.second_reader import second_reader

EVENTS = vw.Annotations(
    np.arange(200) * 60.0 + 10, ["apnoea", "hypopnoea"] * 100, [20.0] * 200, ["Airflow"] * 200
)


def epochs(n, seed=0):
    texts = np.random.default_rng(seed).choice(["W", "N1", "N2", "N3", "R"], n)
    return vw.Annotations(np.arange(n) * 30.0, texts.tolist(), [30.0] * n)


def layers(first, second):
    recording = Recording.from_arrays({"EEG": np.zeros(10)}, 1.0)
    for name, marks in (("anna", first), ("ben", second)):
        for mark in marks:
            recording.annotations.add(mark.onset, mark.text, mark.duration, layer=name, reader=name)
    return recording.annotations


def cohen(one, two):
    """Kappa by its definition."""
    one, two = np.array(one), np.array(two)
    chance = sum((one == t).mean() * (two == t).mean() for t in set(one) | set(two))
    return ((one == two).mean() - chance) / (1 - chance)


@pytest.mark.parametrize("kappa", [0.0, 0.4, 0.75, 1.0])
def test_the_texts_of_epochs_have_the_stated_kappa(kappa):
    first = epochs(20_000)
    second = second_reader(first, kappa=kappa, seed=3).annotations
    assert cohen(first.text.tolist(), second.text.tolist()) == pytest.approx(kappa, abs=0.012)
    assert sorted(first.text) == sorted(second.text)
    assert np.array_equal(first.onset, second.onset)


def test_epoch_agreement_finds_the_kappa_again():
    first = epochs(300)
    second = second_reader(first, kappa=0.7, seed=1).annotations
    found = layers(first, second).epoch_agreement(["anna", "ben"])
    assert found.cohen_kappa() == pytest.approx(cohen(first.text, second.text))
    assert found.cohen_kappa() == pytest.approx(0.7, abs=0.06)


def test_event_agreement_finds_the_missed_and_the_extra_events():
    made = second_reader(EVENTS, missed=0.2, extra=0.1, shift_s=1.0, seed=5)
    found = layers(EVENTS, made.annotations).event_agreement("anna", "ben", min_iou=0.3)
    assert (found.tp, found.fn, found.fp) == (160, 40, 20)


@given(
    missed=st.floats(0, 1), extra=st.floats(0, 0.3), other=st.floats(0, 1), seed=st.integers(0, 99)
)
@settings(max_examples=40)
def test_the_numbers_of_all_disagreements_are_those_stated(missed, extra, other, seed):
    made = second_reader(
        EVENTS, missed=missed, extra=extra, other_text=other, shift_s=0.5, seed=seed
    )
    marks, source = made.annotations, made.source
    assert len(made.missed) == round(200 * missed)
    assert (source == -1).sum() == round(200 * extra)
    assert len(marks) == 200 - round(200 * missed) + round(200 * extra)
    assert set(source[source >= 0]) == set(range(200)) - set(made.missed.tolist())
    own = source >= 0
    first = source[own]
    np.testing.assert_allclose(marks.onset[own], EVENTS.onset[first] + made.onset_shift[own])
    ends = EVENTS.onset[first] + EVENTS.duration[first] + made.end_shift[own]
    np.testing.assert_allclose((marks.onset + marks.duration)[own], ends)
    assert np.abs(made.onset_shift).max(initial=0) <= 1.0
    differ = {int(k) for k, t in zip(first, marks.text[own], strict=True) if t != EVENTS.text[k]}
    assert differ == set(made.relabelled.tolist())
    for k in np.flatnonzero(~own):
        end = marks.onset[k] + marks.duration[k]
        assert not np.any((EVENTS.onset < end) & (EVENTS.onset + 20 > marks.onset[k]))


def test_without_disagreements_both_read_the_same():
    made = second_reader(EVENTS)
    assert made.annotations.to_frame().equals(EVENTS.to_frame())
    again = [second_reader(EVENTS, missed=0.3, shift_s=1, seed=s).annotations for s in (7, 7, 8)]
    assert again[0].to_frame().equals(again[1].to_frame())
    assert not again[0].to_frame().equals(again[2].to_frame())


def test_moments_stay_moments():
    beats = vw.Annotations([1.0, 2.0, 3.0], ["N"] * 3)
    made = second_reader(beats, shift_s=0.1, other_text=1.0, texts=["N", "V"])
    assert made.annotations.duration.tolist() == [0, 0, 0]
    assert made.annotations.text.tolist() == ["V"] * 3
    assert len(second_reader(vw.Annotations()).annotations) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"missed": 1.5}, "missed=1.5"),
        ({"kappa": -0.1}, "kappa=-0.1"),
        ({"kappa": 0.5, "other_text": 0.1}, "only one of them"),
        ({"shift_s": float("nan")}, "shift_s=nan"),
        ({"seed": 0.5}, "seed=0.5"),
    ],
)
def test_a_wrong_argument_is_named(wrong, said):
    with pytest.raises(InvalidInputError, match=said):
        second_reader(EVENTS, **wrong)


def test_what_is_not_possible_is_said():
    with pytest.raises(InvalidInputError, match="no room for 9 extra"):
        second_reader(epochs(30), extra=0.3)
    with pytest.raises(InvalidInputError, match="no other text than 'N'"):
        second_reader(vw.Annotations([1.0], ["N"]), other_text=1.0)
