"""A change of one step does not repeat the others, and never shows what is out of date."""

from __future__ import annotations

import numpy as np

import vital_widgets as vw
from vital_widgets.panels.computing import computed
from vital_widgets.panels.keptcalls import KeptCalls
from vital_widgets.panels.script import Given, call
from vital_widgets.runtime.tasks import Task


def run(step, kept):
    return Task(lambda task: computed(step, task, kept=kept)).start().result()


def test_only_what_changed_runs_again():
    ran = []

    def slow(channel, factor):
        ran.append(factor)
        return [channel.timebase.n_samples * factor]

    def last(values, power):
        ran.append(f"last {power}")
        return values[0] ** power

    rec = vw.Recording.from_arrays({"a": np.arange(300.0)}, fs=100.0)
    whole = Given("rec", rec).item("a")
    kept = KeptCalls()

    def script(signal, factor, power):
        return call(last, call(slow, signal, factor), power=power)

    assert run(script(whole, 2, 1), kept) == 600
    assert run(script(whole, 2, 2), kept) == 360_000
    assert ran == [2, "last 1", "last 2"]
    assert run(script(whole, 3, 2), kept) == 810_000
    assert run(script(whole, 3.0, 2), kept) == 810_000.0  # another type, maybe another result
    assert ran[3:] == [3, "last 2", 3.0, "last 2"]
    part = whole.method("between", 0.0, 1.0)
    assert run(script(part, 3.0, 2), kept) == 90_000.0
    assert run(script(whole, 2, 1), kept) == 600  # what is not part of the last script is forgotten
    assert ran[-2:] == [2, "last 1"]
    kept.clear()
    run(script(whole, 2, 1), kept)
    assert ran[-2:] == [2, "last 1"]


def test_annotations_that_changed_are_read_again():
    rec = vw.Recording.from_arrays({"a": np.arange(300.0)}, fs=100.0)
    step = call(len, Given("rec", rec).attribute("annotations"))
    kept = KeptCalls()
    assert run(step, kept) == 0
    rec.annotations.add(1.0, "N")
    assert run(step, kept) == 1
