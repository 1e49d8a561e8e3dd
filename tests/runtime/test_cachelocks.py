"""Marks of cache entries in use are released by whoever holds them, finalizers too."""

from __future__ import annotations

import gc
import weakref

from vital_widgets.runtime.cachelocks import InUse


class Holder:
    """Refers to itself, so that only the collector of garbage ends it."""

    def __init__(self) -> None:
        self.me = self


class CollectingSet(set):
    """A registry in which garbage is collected while a path is put in or taken out."""

    def add(self, path):
        gc.collect()
        super().add(path)

    def discard(self, path):
        gc.collect()
        super().discard(path)


def test_a_mark_released_by_the_garbage_collector_does_not_wait_for_its_own_thread(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(InUse, "of_this_process", CollectingSet())
    forgotten = []
    for number in range(2):
        path = tmp_path / f"forgotten-{number}"
        holder = Holder()
        weakref.finalize(holder, InUse(path).release)
        forgotten.append(path)
        del holder
        mark = InUse(tmp_path / f"held-{number}")
        assert mark._path in InUse.of_this_process
        mark.release()
    gc.collect()
    assert not InUse.of_this_process.intersection(forgotten)
    assert not any(path.exists() for path in forgotten)
