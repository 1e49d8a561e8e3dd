"""Scripts: what is run is what is written."""

from __future__ import annotations

import numpy as np

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.panels.computing import computed
from vital_widgets.panels.script import Given, as_step, call, code_of
from vital_widgets.runtime.tasks import Task


def run(step):
    return Task(lambda task: computed(step, task)).start().result()


def test_the_shortest_code():
    rec = vw.Recording.from_arrays({"ECG": np.sin(np.arange(3000))}, fs=100.0)
    signal = Given("rec", rec).item("ECG").method("between", 1.0, 21.0, name="signal")
    spectrum = call(analysis.power_spectrum, signal, method="welch", window_s=2.0, name="spectrum")
    bands = call(analysis.band_power, spectrum, bands={"all": (1, 40)}, name="bands")
    assert code_of(as_step({"spectrum": spectrum, "bands": bands})) == (
        "from vital_widgets import analysis\n\n"
        "# rec is the recording in memory: panel.recording\n"
        'signal = rec["ECG"].between(1.0, 21.0)\n'
        "spectrum = analysis.power_spectrum(signal, window_s=2.0)\n"
        'bands = analysis.band_power(spectrum, bands={"all": (1, 40)})\n'
    )
    parts = run(as_step({"spectrum": spectrum, "bands": bands}))
    assert parts.main is parts.spectrum
    assert parts.bands.enough


def test_arguments_may_hold_steps_and_odd_values():
    def gather(values, **more):
        return [*values, *more.values()]

    gather.__module__, gather.__qualname__ = "vital_widgets.panels.own", "gather"
    one = call(abs, -3, name="one")
    step = call(gather, [one, 2], a=(one,), b=float("nan"), c='it\'s "so"', d=np.float64(2))
    text = code_of(step)
    found = run(step)
    assert found[0] == 3
    assert found[2] == (3,)
    assert 'float("nan")' in text
    assert "d=2.0" in text
    assert repr('it\'s "so"') in text
