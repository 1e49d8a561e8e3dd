"""Every notebook runs from top to bottom, and is committed without outputs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebooks_that_pages_name_are_there():
    topics = {
        "quickstart", "analysis", "holter", "ppg_transit", "night_of_sleep", "two_devices",
        "several_gigabytes", "two_readers", "eda_experiment", "teaching_lab",
    }  # fmt: skip
    assert topics <= {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_clean(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_without_an_error_or_a_warning(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [out.get("data", {}) for cell in code_cells(notebook) for out in cell.outputs]
    assert any("image/png" in data for data in shown), "there are pictures without a kernel"
    if path.stem == "quickstart":
        assert "image/png" in shown[-1], "the workbench at its end"
    for cell in code_cells(notebook):
        noise = [out for out in cell.outputs if out.get("name") == "stderr"]
        assert not noise, f"{cell.source}\n{noise}"
    assert list(tmp_path.iterdir()) == []  # nothing is left beside the notebook
