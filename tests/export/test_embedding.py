from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from serve.replies import decode_part, in_memory, plain_bins
from vital_widgets.core.annotations import Annotations
from vital_widgets.export.embedding import Embedded, anonymous, embed_levels, embed_marks
from vital_widgets.serve.session import Session

RNG = np.random.default_rng(3)
FAST = RNG.integers(-900, 900, 90_000).astype(np.int16)
SLOW = RNG.integers(-900, 900, 90_000).astype(np.int16)
SLOW[1000:3000] = 7


@pytest.fixture(scope="module")
def session() -> Session:
    made = Session(in_memory(FAST, SLOW, fs=100.0, gain=-0.5, offset=2.0, missing=7))
    if made.task is not None:
        made.task.result(300)
    return made


def chunks_of(embedded: Embedded):
    text = embedded.text()
    for chunk in embedded.chunks:
        data = zlib.decompress(base64.b64decode(text[chunk["at"] : chunk["at"] + chunk["length"]]))
        yield chunk["part"], *decode_part(chunk["part"], data)


def embed(session: Session, budget: int, windows=(), signals=(0, 1)) -> tuple[Embedded, bool]:
    embedded = Embedded()
    fits = embed_levels(session, signals, windows, embedded, budget, lambda _: None)
    return embedded, fits


@settings(max_examples=12)
@given(budget=st.integers(60_000, 600_000))
def test_the_text_keeps_to_its_size_and_every_bin_is_right(session, budget) -> None:
    embedded, fits = embed(session, budget)
    assert fits
    assert len(embedded) == len(embedded.text()) <= budget
    assert embedded.chunks
    for part, low, high in chunks_of(embedded):
        samples = (FAST, SLOW)[part["channel"]].astype(float)
        samples[samples == 7] = np.nan
        first, size = part["first"] * part["bin"], part["bin"]
        physical = samples[first : first + part["count"] * size] * -0.5 + 2
        expected = plain_bins(physical, size)
        np.testing.assert_allclose(low, expected[0])
        np.testing.assert_allclose(high, expected[1])


def test_levels_are_complete_from_the_coarsest_to_the_finest(session) -> None:
    embedded, _ = embed(session, 5_000_000)
    assert embedded.finest == {0: 1, 1: 1}
    for signal in (0, 1):
        for size in (256, 64, 16, 4, 1):
            own = [c["part"] for c in embedded.chunks if c["part"]["channel"] == signal]
            counts = [part["count"] for part in own if part["bin"] == size]
            assert sum(counts) == -(-90_000 // size)


def test_more_size_gives_finer_levels(session) -> None:
    finest = [embed(session, budget)[0].finest[0] for budget in (60_000, 120_000, 600_000)]
    assert finest == sorted(finest, reverse=True)
    assert finest[0] > finest[-1]


def test_the_samples_of_windows_are_included(session) -> None:
    embedded, fits = embed(session, 120_000, windows=[(100.0, 130.0)], signals=[0])
    assert fits
    parts = [part for part, _, _ in chunks_of(embedded) if part["bin"] == 1]
    covered = np.zeros(90_000, bool)
    for part in parts:
        covered[part["first"] : part["first"] + part["count"]] = True
    assert covered[9_999:13_001].all()
    assert covered.sum() < 5000


def test_windows_that_do_not_fit_are_told(session) -> None:
    _, fits = embed(session, 40_000, windows=[(0.0, 900.0)])
    assert not fits


def test_marks_are_included_with_their_channels_and_layers() -> None:
    embedded = Embedded()
    of_file = Annotations([3.0, 1.0], ["V", "N"], [0.5, 0.0], ["ch1", ""])
    recording = vw.Recording.from_arrays({"ch1": np.zeros(100)}, fs=10.0, annotations=of_file)
    marks = recording.annotations
    assert embed_marks(marks.layer("nobody"), {}, Embedded()) is None
    marks.add(2.0, "V", reader="anna", layer="second look")
    marks.add(4.0, "V", reader="anna", layer="anna")
    marks.add_result(Annotations([5.0], ["beat"]), "peaks")
    names = anonymous(marks.select())
    packed = embed_marks(marks.select(), {"ch0": 0, "ch1": 1}, embedded, names=names)
    assert packed is not None
    data = zlib.decompress(base64.b64decode(embedded.text()))
    assert np.frombuffer(data, "<f8", 5).tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    texts, channels, layers = np.frombuffer(data, "<i4", 15, 80).reshape(3, 5).tolist()
    assert [packed["texts"][k] for k in texts] == ["N", "V", "V", "V", "beat"]
    assert channels == [-1, -1, 1, -1, -1]
    assert [packed["layers"][k]["name"] for k in layers] == [
        "file", "reader 1, layer 2", "file", "reader 1", "peaks",
    ]  # fmt: skip
    assert {one["reader"] for one in packed["layers"]} == {"", "reader 1"}


@settings(max_examples=30)
@given(
    lengths=st.lists(st.integers(1, 400), max_size=40), data=st.data(), least=st.integers(1, 900)
)
def test_packed_bytes_are_in_one_block(lengths, data, least) -> None:
    embedded = Embedded()
    early = data.draw(st.integers(0, len(lengths)))
    places = []
    for k, length in enumerate(lengths):
        if k == early:
            embedded.first = len(embedded)
        places.append(embedded.append(chr(97 + k % 26) * length))
    if early == len(lengths):
        embedded.first = len(embedded)
    first, *others = embedded.blocks(least)
    assert len(first) == embedded.first
    assert first + "".join(others) == embedded.text()
    assert all(len(block) >= least for block in others[:-1])
    ends = np.cumsum([len(first), *map(len, others)])
    for place in places:
        block = int(np.searchsorted(ends, place["at"], side="right"))
        assert place["at"] + place["length"] <= ends[block]
