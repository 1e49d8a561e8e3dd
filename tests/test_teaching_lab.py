"""The teaching lab: its hidden answers are right, and wrong ones get a hint."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from vital_widgets.simulate.sample_recording import sample_truth

ROOT = Path(__file__).resolve().parents[1]
LAB = ROOT / "notebooks" / "teaching_lab.ipynb"
OPEN = re.compile(r"^(\w+) = \.\.\.$", re.MULTILINE)


def exercises(notebook):
    return [cell for cell in notebook.cells if "exercise" in cell.metadata.get("tags", ())]


def answers(notebook):
    hidden = [cell.source for cell in notebook.cells if cell.source.startswith("<details>")]
    return [re.findall(r"```python\n(.*?)\n```", text, re.DOTALL) for text in hidden]


def told(notebook, tmp_path):
    """Run the notebook and return what each exercise said."""
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = []
    for cell in exercises(notebook):
        (out,) = cell.outputs
        said.append(out.text.strip())
    return said


def answered(given):
    """Return the lab with a line in place of the open answer of each exercise."""
    notebook = nbformat.read(LAB, as_version=4)
    cells = exercises(notebook)
    for cell, line in zip(cells, given, strict=True):
        cell.source, n = OPEN.subn(lambda _, to=line: to, cell.source)
        assert n == 1
    return notebook


def test_each_exercise_has_one_answer_right_after_it():
    notebook = nbformat.read(LAB, as_version=4)
    for cell in exercises(notebook):
        after = notebook.cells[notebook.cells.index(cell) + 1]
        assert after.source.startswith("<details><summary>Answer</summary>")
        assert after.source.endswith("</details>")
    assert [len(one) for one in answers(notebook)] == [1] * len(exercises(notebook))


def from_the_truth():
    """Answers without any analysis, and how near those of the lab must be."""
    truth = sample_truth(1800)
    at, normal = truth.r_peaks, truth.kinds == "N"
    early = at < 300
    rr = 1000 * np.diff(at[early])
    nn = np.where(normal[early][1:] & normal[early][:-1], rr, np.nan)
    rmssd, uncorrected = (np.sqrt(np.nanmean(np.diff(one) ** 2)) for one in (nn, rr))
    inside = at[(at >= 60) & (at < 66)]
    return {
        "rate": (60 * (len(inside) - 1) / (inside[-1] - inside[0]), 1e-6),
        "premature": (at[~normal][0], 1e-6),
        "resolution": (4.0, 1e-9),
        "electrode_off": (truth.gap[0], 1.0),
        "rmssd": (rmssd, 1.0),
        "times_larger": (uncorrected / rmssd, 0.2),
        "breathing": (np.median(truth.breath_hz[truth.times < 300]), 0.02),
    }


NUMBERS = tuple(from_the_truth())


def test_the_page_for_teachers_gives_the_same_answers():
    page = (ROOT / "docs" / "teaching.md").read_text("utf-8").partition("## Answers")[2]
    said = dict(re.findall(r"^(\d)\. (.*)$", page, re.MULTILINE))
    true = {name: value for name, (value, _) in from_the_truth().items()}
    assert said["1"].startswith(f"About {true['rate']:.0f} beats per minute")
    assert said["2"].startswith(f"At {true['premature']:.0f} s")
    assert said["3"].startswith("4 ms")
    assert said["4"].startswith(f"At {true['electrode_off']:.0f} s")
    rmssd = float(said["6"].split()[0])
    assert rmssd == pytest.approx(true["rmssd"], abs=1)
    assert said["7"].startswith("Three times")
    assert round(true["times_larger"]) == 3
    hz, per_minute = re.match(r"About ([\d.]+) Hz, (\d+) breaths", said["8"]).groups()
    assert float(hz) == pytest.approx(true["breathing"], abs=0.01)
    assert int(per_minute) == round(60 * float(hz))


@pytest.mark.slow
def test_the_hidden_answers_are_correct(tmp_path):
    lines = [one[0] for one in answers(nbformat.read(LAB, as_version=4))]
    notebook = answered(lines)
    names = ", ".join(NUMBERS)
    show = f"import json; print(json.dumps([float(one) for one in ({names})]))"
    notebook.cells.append(nbformat.v4.new_code_cell(show))
    said = told(notebook, tmp_path)
    assert said == [f"Exercise {k}: correct." for k in range(1, len(lines) + 1)]
    found = dict(zip(NUMBERS, json.loads(notebook.cells[-1].outputs[0].text), strict=True))
    assert found == {
        name: pytest.approx(value, abs=within) for name, (value, within) in from_the_truth().items()
    }


@pytest.mark.slow
def test_wrong_answers_get_a_hint_and_stop_nothing(tmp_path):
    notebook = nbformat.read(LAB, as_version=4)
    names = [name for cell in exercises(notebook) for name in OPEN.findall(cell.source)]
    values = ["-1", "'?'", *["-1"] * 6, "'hr'"]
    wrong = [f"{name} = {value}" for name, value in zip(names, values, strict=True)]
    said = told(answered(wrong), tmp_path)
    for k, text in enumerate(said, 1):
        assert re.match(rf"Exercise {k}: (not yet|.* cannot be checked)", text)
    assert all(len(text) > 40 for text in said), "a hint says what to do"
