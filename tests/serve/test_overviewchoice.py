"""Which signal the overview shows; the front end is tested with the same examples."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.serve.overviewchoice import is_informative, overview_signal
from vital_widgets.serve.session import Session

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "overview.json").read_text())


@pytest.mark.parametrize("case", FIXTURE["informative"], ids=lambda case: case["about"])
def test_whether_a_signal_is_informative(case) -> None:
    assert is_informative(*(np.array(case[name], float) for name in ("lo", "hi"))) is case["is"]


@pytest.fixture
def recording():
    n = 40_000
    noise = np.random.default_rng(1).normal(size=n)
    signals = {
        "Counter": np.arange(n) % 5000.0,
        "Temp": noise,
        "ECG": np.full(n, 0.5),
        "PPG": noise,
    }
    return vw.Recording.from_arrays(signals, fs=100.0, units=dict.fromkeys(signals, ""))


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["Counter", "Temp", "ECG", "PPG"], "PPG"),
        (["Counter", "Temp", "ECG"], "Temp"),
        (["Counter"], "Counter"),
        (["Counter", "ECG"], "ECG"),
        ([], None),
    ],
)
def test_a_signal_of_a_known_kind_that_varies(recording, names, chosen) -> None:
    session = Session(recording)
    if session.task is not None:
        session.task.result()
    signal = overview_signal(session, session.index_of(names), recording.duration)
    assert (None if signal is None else session.channels[signal].name) == chosen
    content, _ = session.first_picture(session.index_of(names), 0.0, 10.0)
    part = None if content["overview"] is None else content["overview"]["parts"][0]["channel"]
    assert part == signal
    session.close()


def test_slow_samples_in_a_fast_table_are_points_in_pictures() -> None:
    pressure = np.full(86_400, np.nan)
    pressure[450::900] = 120 + 20 * np.sin(np.arange(96))
    recording = vw.Recording.from_arrays({"NIBP": pressure}, fs=1.0, units={"NIBP": "mmHg"})
    viewer = vw.Viewer(recording, t_range=(0, 86_400))
    viewer._session.task.result()
    made = io.BytesIO()
    viewer.colors = {"NIBP": "#000080"}
    picture = viewer.picture(width=1100, height=300)
    picture.save(made, "png")
    viewer.close()
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    blue = (pixels == (0, 0, 128)).all(axis=2)[:, 250:]
    # A column of one pixel without its neighbours would be a hair line of 2 or 3 pixels.
    assert blue.sum() >= 96 * 3 / 4 * 5
