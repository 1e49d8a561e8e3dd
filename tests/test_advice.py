"""No error advises what loses data."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import VitalError

SOURCE = Path(vw.__file__).parent
LOSES = re.compile(r"\b(delete|remove|overwrite|discard|erase|truncate|leave such|drop)\b")


def advice_in(path: Path) -> list[str]:
    """Texts of errors that are raised in a module, and of what is put together for them."""
    texts = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        raised = isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        named = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("msg", "remedy")
        if raised or named:
            value = node.exc if raised else node.value
            parts = (n.value for n in ast.walk(value) if isinstance(n, ast.Constant))
            texts.append("".join(part for part in parts if isinstance(part, str)))
    return texts


def open_csv(folder: Path, text: str) -> None:
    path = folder / "night.csv"
    path.write_text(text)
    vw.open(path).wait()


ROWS = "".join(f"{k / 100:.2f},{k % 7}.5\n" for k in range(300))
CASES = {
    "a file in the way": lambda folder: vw.sample(10, path=folder / "taken.edf", progress=False),
    "a row without a time": lambda folder: open_csv(folder, f"time,a\n{ROWS},3.5\n4,5.5\n"),
    "a number with another decimal sign": lambda folder: open_csv(
        folder, f"time;a\n{ROWS.replace(',', ';')}9.0;1,5\n"
    ),
    "a number with thousands": lambda folder: open_csv(
        folder, f"time;a\n{ROWS.replace(',', ';')}9.0;1,234,567.5\n"
    ),
    "a number with many thousands": lambda folder: open_csv(
        folder, f"time;a\n{ROWS.replace(',', ';')}9.0;1 234 567\n"
    ),
    "beats of two recordings": lambda folder: analysis.match_beats(
        np.r_[1.0:50.0, 1.0:50.0], np.r_[1.0:50.0]
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_advice_loses_nothing(case, tmp_path):
    (tmp_path / "taken.edf").write_text("of somebody else")
    with pytest.raises(VitalError) as caught:
        CASES[case](tmp_path)
    words = str(caught.value)
    assert not LOSES.search(words), words
    assert "bad_values" not in words, words
    assert re.search("give|copy|write|say", words), words


def test_no_error_tells_to_remove_anything():
    found = {
        f"{path.name}: {text}"
        for path in SOURCE.rglob("*.py")
        for text in advice_in(path)
        if re.search(r"\b(or|;|,|\.) (delete|remove|overwrite|discard|erase|truncate)\b", text)
    }
    assert found == set()


def test_such_advice_would_be_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("msg = f'{x} is there; give another path, ' 'or remove it'\nraise E('y' + z)")
    assert advice_in(path) == [" is there; give another path, or remove it", "y"]
