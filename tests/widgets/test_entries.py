from __future__ import annotations

import copy
import json
import pickle

import pytest
import traitlets

from vital_widgets.widgets.entries import EntriesTrait


class Owner(traitlets.HasTraits):
    sizes = EntriesTrait()

    @traitlets.validate("sizes")
    def _valid(self, proposal):
        if any(size == "bad" for size in proposal["value"].values()):
            msg = "bad"
            raise ValueError(msg)
        return proposal["value"]


@pytest.fixture
def owner():
    return Owner(sizes={"a": 1, "b": 2})


def test_each_change_of_an_entry_is_a_change_of_the_trait(owner) -> None:
    seen = []
    owner.observe(lambda change: seen.append((dict(change.old), dict(change.new))), "sizes")
    owner.sizes["c"] = 3
    del owner.sizes["a"]
    owner.sizes.update(b=5)
    owner.sizes |= {"d": 4}
    assert owner.sizes.pop("d") == 4
    assert owner.sizes.popitem() == ("c", 3)
    assert owner.sizes.setdefault("e", 6) == 6
    assert owner.sizes.setdefault("e", 7) == 6
    assert owner.sizes == {"b": 5, "e": 6}
    owner.sizes["e"] = None
    owner.sizes.clear()
    assert owner.sizes == {}
    assert [old for old, _ in seen[1:]] == [new for _, new in seen[:-1]]
    assert seen[-1][1] == {}


def test_an_object_that_was_read_before_changes_the_present_entries(owner) -> None:
    before = owner.sizes
    owner.sizes = {"z": 9}
    before["y"] = 8
    assert owner.sizes == before == {"z": 9, "y": 8}


def test_an_invalid_entry_changes_nothing(owner) -> None:
    sizes = owner.sizes
    with pytest.raises(ValueError, match="bad"):
        sizes["a"] = "bad"
    assert owner.sizes == sizes == {"a": 1, "b": 2}
    with pytest.raises(KeyError):
        del sizes["q"]
    with pytest.raises(traitlets.TraitError):
        owner.sizes = 3


def test_copies_are_plain_dictionaries(owner) -> None:
    sizes = owner.sizes
    for plain in (
        copy.copy(sizes), copy.deepcopy(sizes), sizes.copy(), json.loads(json.dumps(sizes)),
        pickle.loads(pickle.dumps(sizes)),
    ):  # fmt: skip
        assert type(plain) is dict
        assert plain == {"a": 1, "b": 2}
