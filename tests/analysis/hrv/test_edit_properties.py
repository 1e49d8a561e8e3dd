"""Properties of edits of beats: undo, order, replay, and a slow editor that does the same."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.analysis import BeatEdits, edit_beats
from vital_widgets.errors import InvalidInputError

CODES = ("N", "V", "A")
N = 24
TIMES = np.cumsum(np.random.default_rng(3).uniform(0.5, 1.2, N))
# Labelled when found, so that labels matter as well.
ANY_TIME = st.floats(0.0, float(TIMES[-1]) + 1).map(lambda t: round(t, 3))
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), ANY_TIME, st.sampled_from(CODES)),
        st.tuples(st.just("move"), st.sampled_from(TIMES.tolist()), ANY_TIME),
        st.tuples(st.just("delete"), st.sampled_from(TIMES.tolist())),
        st.tuples(st.just("relabel"), st.sampled_from(TIMES.tolist()), st.sampled_from(CODES)),
        st.tuples(st.just("noise"), ANY_TIME, st.floats(0.01, 2)).map(
            lambda edit: (edit[0], edit[1], edit[1] + edit[2])
        ),
    ),
    max_size=20,
)


def edited(edits: list[tuple]) -> tuple[BeatEdits, list[tuple]]:
    """An editor that got all edits of a list that can be made, and these."""
    editor = BeatEdits(TIMES)
    made = []
    for action, *values in edits:
        try:
            getattr(editor, action)(*values)
        except InvalidInputError:
            continue
        made.append((action, *values))
    return editor, made


def slowly(edits: list[tuple]) -> list[tuple[float, str]]:
    """The same edits on a plain list of beats."""
    beats = [(float(t), "N") for t in TIMES]
    noise: list[tuple[float, float]] = []
    for action, time, *more in edits:
        if action == "noise":
            noise.append((time, more[0]))
            beats = [b for b in beats if not time <= b[0] < more[0]]
            continue
        if action == "add":
            beats.append((time, more[0]))
        else:
            beat = min(beats, key=lambda b: (abs(b[0] - time), b[0]))
            beats.remove(beat)
            if action == "move":
                beats.append((more[0], beat[1]))
            elif action == "relabel":
                beats.append((beat[0], more[0]))
        beats.sort()
    return beats


@given(EDITS)
def test_the_edits_are_those_of_a_plain_list(edits):
    editor, made = edited(edits)
    result = edit_beats(TIMES, edits=made)
    assert list(zip(result.times.tolist(), result.label.tolist(), strict=True)) == slowly(made)
    assert result.to_frame().equals(editor.result.to_frame())


@given(EDITS)
def test_a_log_replays_to_the_same(edits):
    editor, _ = edited(edits)
    assert edit_beats(TIMES, edits=editor.log).to_frame().equals(editor.result.to_frame())
    assert (
        edit_beats(TIMES, edits=editor.log, tolerance_s=0.0)
        .to_frame()
        .equals(editor.result.to_frame())
    )


@given(EDITS)
def test_undoing_all_gives_the_original_and_redoing_all_the_edited(edits):
    editor, _ = edited(edits)
    before = editor.result.to_frame()
    states = []
    while editor.can_undo:
        editor.undo()
        states.append(editor.result.to_frame())
    original = edit_beats(TIMES).to_frame()
    assert editor.result.to_frame().equals(original)
    for state in states[-2::-1]:
        editor.redo()
        assert editor.result.to_frame().equals(state)
    while editor.redo():
        pass
    assert editor.result.to_frame().equals(before)


@given(
    st.lists(
        st.sampled_from(["delete", "move", "relabel", "add", "noise"]), min_size=6, max_size=6
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_edits_of_different_beats_does_not_matter(actions, chance: random.Random):
    # Every fourth beat, so that no edit reaches to the neighbours of another one.
    edits: list[tuple] = []
    for action, time in zip(actions, TIMES[2::4].tolist(), strict=True):
        more = {"move": (time + 0.05,), "relabel": ("V",), "noise": (time + 0.1,)}
        values = more.get(action, ())
        first = time - 0.25 if action == "add" else time
        edits.append((action, first, *values))
    shuffled = edits.copy()
    chance.shuffle(shuffled)
    frames = [edit_beats(TIMES, edits=log).to_frame() for log in (edits, shuffled)]
    assert frames[0].equals(frames[1])


@given(EDITS)
def test_the_beats_given_are_not_changed_and_stretches_never_fall(edits):
    before = TIMES.copy()
    editor, _ = edited(edits)
    result = editor.result
    np.testing.assert_array_equal(TIMES, before)
    assert np.all(np.diff(result.times) > 0)
    assert np.all(np.diff(result.stretch) >= 0)
