"""Benchmarks are run by hand only: at least their calls must fit the functions they measure."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import vital_widgets.analysis as va

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
MODULES = sorted(FOLDER.glob("*.py"))


def called(node: ast.Call) -> str | None:
    """Return the function of the analysis that a call names: ``analysis.f(…)`` or ``f(…)``."""
    function = node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        name = function.attr if function.value.id in {"analysis", "va"} else None
    else:
        name = function.id if isinstance(function, ast.Name) else None
    return name if name in va.__all__ else None


def unknown_keywords(source: str) -> list[str]:
    """Return the keyword arguments that the called functions of the analysis do not have."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        name = called(node) if isinstance(node, ast.Call) else None
        if name is None:
            continue
        parameters = inspect.signature(getattr(va, name)).parameters
        open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        given = [keyword.arg for keyword in node.keywords if keyword.arg is not None]
        wrong = [] if open_ended else [key for key in given if key not in parameters]
        found += [f"line {node.lineno}: {name}({key}=…)" for key in wrong]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_calls_of_a_benchmark_fit_their_functions(path):
    assert unknown_keywords(path.read_text("utf-8")) == []


def test_an_unknown_keyword_is_found():
    assert unknown_keywords("analysis.hrv_nonlinear(x, measures='dfa')") == [
        "line 1: hrv_nonlinear(measures=…)"
    ]
