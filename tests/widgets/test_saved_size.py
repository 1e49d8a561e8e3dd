"""The state that a notebook saves of a viewer has a bound, whatever the recording contains."""

from __future__ import annotations

import json

import numpy as np
import pytest
from ipywidgets import Widget

import vital_widgets as vw
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import TimeBase

RNG = np.random.default_rng(5)


def with_gaps(channels: int, runs: int, shift: float) -> list[Channel]:
    """Channels with gaps that all lie at other places."""
    made = []
    for k in range(channels):
        starts = np.arange(runs) * 100
        onsets = np.arange(runs) * 1.5 + k * shift
        base = TimeBase(100.0, runs * 100, starts, onsets)
        made.append(
            Channel(f"EEG channel {k}", ArraySamples(RNG.normal(size=runs * 100)), base, "µV")
        )
    return made


@pytest.mark.parametrize(
    ("channels", "runs", "shift"),
    [(64, 1, 0.0), (64, 1500, 0.0), (64, 150, 0.001), (3, 60_000, 0.0)],
)
def test_a_viewer_saves_less_than_200_kb(channels, runs, shift) -> None:
    annotations = vw.Annotations(np.arange(5000) / 10, [f"note {k} " * 9 for k in range(5000)])
    recording = vw.Recording(
        "night",
        with_gaps(channels, runs, shift),
        annotations=annotations,
        notes=[f"note {k}: " + "the file was corrected here " * 40 for k in range(3000)],
    )
    viewer = vw.Viewer(recording)
    state = Widget.get_manager_state(drop_defaults=True, widgets=None)["state"]
    of_frontend = viewer._frontend.model_id
    size = sum(len(json.dumps(one)) for model, one in state.items() if model != of_frontend)
    assert size < 200_000
    assert recording.notes[-1].startswith("note 2999")
    assert any("2980 more notes" in note for note in viewer._description["notes"])
