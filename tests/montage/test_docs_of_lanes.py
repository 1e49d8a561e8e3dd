"""The examples of docs/lanes.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

import vital_widgets as vw
from vital_widgets.core.recording import Recording

PAGE = Path(__file__).resolve().parents[2] / "docs" / "lanes.md"
LABELS = ["Fp1", "F7", "F3", "C3", "C4", "A1", "A2", "ECG"]


def test_the_examples_of_the_page_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rec = Recording.from_arrays({k: rng.normal(size=500) for k in LABELS}, 250.0, units="µV")
    names = {"vw": vw, "rec": rec}
    found = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    for example in found:
        exec(compile(example, str(PAGE), "exec"), names)
    assert names["left"].name == "C3 - A2"
