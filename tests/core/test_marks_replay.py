"""Opening a journal gives the marks that were there, however its operations are applied."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.core.marks import layermarks
from vital_widgets.core.marks.journal import Journal
from vital_widgets.core.marks.markstore import MarkStore
from vital_widgets.core.marks.operations import Operation

IDS = st.lists(st.integers(1, 12), min_size=1, max_size=5, unique=True)
ONSETS = st.integers(0, 4).map(float)
FIELDS = {"duration": 0.0, "channel": "", "comment": "", "extra": ""}


@st.composite
def operations(draw):
    """Return operations as a journal may hold them, on marks that exist or not."""
    done = []
    for n in range(1, draw(st.integers(1, 25)) + 1):
        do = draw(st.sampled_from(["create", "create", "change", "delete"]))
        ids = draw(IDS)
        each = st.lists(ONSETS, min_size=len(ids), max_size=len(ids))
        values = {}
        if do == "create":
            values = {name: [default] * len(ids) for name, default in FIELDS.items()}
            values |= {"onset": draw(each), "text": draw(st.sampled_from("NVA")).split() * len(ids)}
        elif do == "change":
            values["text"] = [draw(st.sampled_from("NVAX"))] * len(ids)
            if draw(st.booleans()):
                values["onset"] = draw(each)
        layer = draw(st.sampled_from(["beats", "sleep"]))
        done.append(Operation(n, 1.7e9 + n, "anna", layer, do, ids, values))
    return done


def plain(done):
    """Return the marks as a list of dictionaries for each layer, in order of onset."""
    layers = {}
    for one in done:
        marks = layers.setdefault(one.layer, [])
        row = {name: dict(zip(one.ids, values, strict=True)) for name, values in one.values.items()}
        hit = [mark for mark in marks if mark["id"] in one.ids]
        if one.do == "change":
            for mark in hit:
                new = {name: column[mark["id"]] for name, column in row.items()}
                mark.update(new, changed=one.time)
        if one.do != "change" or "onset" in one.values:
            marks[:] = [mark for mark in marks if mark not in hit]
        if one.do == "create":
            marks += [
                {"id": k, **{name: column[k] for name, column in row.items()}, "changed": one.time}
                for k in one.ids
            ]
        elif one.do == "change" and "onset" in one.values:
            marks += hit
        marks.sort(key=lambda mark: mark["onset"])
    return layers


def found(store):
    layers = {}
    for name, (_, table) in store.layers().items():
        columns = table.columns()
        for key in ("text", "channel", "comment", "extra"):
            columns[key] = store.words.texts(columns[key])
        layers[name] = [
            dict(zip(columns, row, strict=True))
            for row in zip(*(column.tolist() for column in columns.values()), strict=True)
        ]
    return layers


def written(path, done):
    head = json.dumps({"marks": 1}).encode()
    path.write_bytes(b"".join(line + b"\n" for line in (head, *(one.line() for one in done))))


@pytest.mark.parametrize("few", [0, 2, 16])
@settings(max_examples=25)
@given(done=operations())
def test_a_journal_gives_the_marks_of_its_operations(tmp_path, monkeypatch, few, done):
    monkeypatch.setattr(layermarks, "_FEW", few)
    path = tmp_path / "a.marks.jsonl"
    written(path, done)
    whole = MarkStore(Journal(path, None))
    stepwise = MarkStore()
    for one in done:
        stepwise._take([one], other=False)
        stepwise.layers()  # nothing waits
    assert found(whole) == found(stepwise) == plain(done)
    assert whole.log() == stepwise.log()
    while stepwise.undo("anna"):
        whole.undo("anna")
        assert strip(found(whole)) == strip(found(stepwise))
    assert not whole.undo("anna")


def strip(layers):
    """Return marks without the time of their change, which is now."""
    return {
        name: [{key: value for key, value in mark.items() if key != "changed"} for mark in marks]
        for name, marks in layers.items()
    }


def test_thousands_of_single_operations(tmp_path):
    """What waits is put into the table many times, and marks are found in a large table."""
    done = []
    for k in range(1, 1000):
        one = {"onset": [float(k * 7919 % 1000)], "text": ["N"]} | {
            name: [default] for name, default in FIELDS.items()
        }
        done.append(Operation(3 * k - 2, 1.7e9, "anna", "beats", "create", [k], one))
        other = 1 + k * 31 % k
        done.append(
            Operation(3 * k - 1, 1.7e9, "anna", "beats", "change", [other], {"text": ["V"]})
        )
        if k % 5 == 0:
            done.append(Operation(3 * k, 1.7e9, "anna", "beats", "delete", [k - 2]))
    path = tmp_path / "a.marks.jsonl"
    written(path, done)
    whole = found(MarkStore(Journal(path, None)))
    assert whole == plain(done)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layermarks, "_MOST_WAITING", 50)
        assert found(MarkStore(Journal(path, None))) == whole
