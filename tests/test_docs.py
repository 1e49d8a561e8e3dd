"""The examples of the documentation run as they stand."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.core.recording import Recording
from vital_widgets.simulate.sample_recording import prepare_sample, sample_truth

ROOT = Path(__file__).resolve().parents[1]
TOPICS = sorted((ROOT / "docs" / "analysis").glob("*.md"))
PAGES = [
    ROOT / "docs" / "analysis.md",
    ROOT / "docs" / "annotations.md",
    ROOT / "docs" / "sharing.md",
    ROOT / "docs" / "simulated.md",
    *(page for page in TOPICS if page.stem != "index"),
]
SECONDS = 900


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A folder with a recording called night.edf, as the examples have it."""
    folder = tmp_path_factory.mktemp("docs")
    task = prepare_sample(SECONDS, path=folder / "night.edf")[1]
    task.start().result()
    return folder


def examples(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page, night, monkeypatch):
    assert examples(page), "a page shows how to call what it describes"
    monkeypatch.chdir(night)
    rng = np.random.default_rng(0)
    truth = sample_truth(SECONDS)
    eeg = {name: rng.normal(0, 10, 100 * 300) for name in ("EEG", "C3", "C4")}
    with vw.open("night.edf") as rec, warnings.catch_warnings():
        warnings.simplefilter("error")
        channels = {**rec.channels, **Recording.from_arrays(eeg, 100, units="µV").channels}
        names = {
            "rec": channels,
            "samples": rec["ECG"].read(0, 20_000),
            "r_peaks": truth.r_peaks,
            "pulses": truth.pulse_onsets,
            "stages": [*["W"] * 4, *["N1", "N2", "N3", "N2", "R"] * 5, "W"],
            "rate_a": rng.normal(70, 5, 50),
            "rate_b": rng.normal(71, 5, 50),
        }
        for example in examples(page):
            exec(compile(example, str(page), "exec"), names)
