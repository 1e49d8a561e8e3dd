"""The teaching lab: its hidden answers are right, and wrong ones get a hint."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

LAB = Path(__file__).resolve().parents[1] / "notebooks" / "teaching_lab.ipynb"
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


@pytest.mark.slow
def test_the_hidden_answers_are_correct(tmp_path):
    lines = [one[0] for one in answers(nbformat.read(LAB, as_version=4))]
    said = told(answered(lines), tmp_path)
    assert said == [f"Exercise {k}: correct." for k in range(1, len(lines) + 1)]


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
