"""The graph of imports: no circles, the rooms of the analysis in order, names of their own."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
PACKAGE = SOURCE / "vital_widgets"
ANALYSIS = "vital_widgets.analysis."
# A room may import from those of a lower number, and from itself.
ROOMS = {
    "engine": 0,
    "beats": 1,
    "signal": 2,
    "ecg": 3,
    "eda": 3,
    "emg": 3,
    "ppg": 4,
    "respiration": 5,
    "compare": 5,
    "quality": 6,
    "hrv": 6,
    "sleep": 6,
}
# Modules that each format has, for the same purpose.
OF_EACH_FORMAT = {"annotations", "header", "columns", "times", "channelchoice"}


@cache
def modules() -> dict[str, Path]:
    """All modules by their dotted names."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imported(source: str, known: set[str]) -> Iterator[str]:
    """Modules that a source imports anywhere, for type checkers too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


@cache
def graph() -> dict[str, set[str]]:
    """For each module what it imports, without the lazy names of packages."""
    known = set(modules())
    lazy = {"vital_widgets", "vital_widgets.analysis"}
    return {
        name: {one for one in imported(path.read_text("utf-8"), known) if one != name}
        for name, path in modules().items()
        if name not in lazy
    }


def circle_in(edges: dict[str, set[str]]) -> list[str]:
    """A circle of imports; empty if there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others():
    assert not circle_in(graph())


def test_a_circle_is_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert not circle_in({"a": {"b", "c"}, "b": {"c"}})


def room_of(module: str) -> str:
    return module.removeprefix(ANALYSIS).partition(".")[0] if module.startswith(ANALYSIS) else ""


def test_rooms_of_the_analysis_import_downwards_only():
    found = {room_of(module) for module in modules()} - {""}
    assert found <= set(ROOMS), "a new room needs its place in this list"
    breaches = [
        f"{module} imports {other}"
        for module, others in graph().items()
        for other in others
        if (room := room_of(module)) and (into := room_of(other))
        if room != into and ROOMS[into] >= ROOMS[room]
    ]
    assert not breaches


def test_modules_have_names_of_their_own():
    stems = Counter(path.stem for path in modules().values() if path.stem != "__init__")
    assert {stem for stem, count in stems.items() if count > 1} <= OF_EACH_FORMAT


@pytest.mark.parametrize("package", sorted({path.parent for path in modules().values()}))
def test_packages_hold_no_code_in_their_init(package):
    public = ("analysis", "montage", "panels", "report", "simulate", "testing")
    lazy = {PACKAGE, *(PACKAGE / name for name in public)}
    tree = ast.parse((package / "__init__.py").read_text("utf-8"))
    kinds = {type(node).__name__ for node in tree.body}
    assert package in lazy or kinds <= {"Expr", "ImportFrom"}


def test_no_package_is_empty():
    for package in PACKAGE.rglob("__init__.py"):
        assert len(list(package.parent.rglob("*.py"))) > 1, package
