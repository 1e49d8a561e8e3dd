"""Imports point up the list of layers only, and modules stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "vital_widgets"
FRONT_END = ROOT / "js" / "src"
LONGEST = 400  # lines

LAYERS = {
    "_version": -1,
    "errors": -1,  # below everything, the settings too
    "config": 0,
    "runtime": 1,
    "core": 2,
    "io": 3,
    "pyramid": 4,
    "analysis": 4,
    "montage": 4,
    "simulate": 4,
    "serve": 5,
    "export": 6,
    "figures": 7,
    "report": 7,
    "widgets": 8,
    "panels": 9,
    "testing": 10,
}
FREE = "__init__"  # of the package itself: lazy names of anything
VAGUE = {"utils", "util", "helpers", "helper", "misc", "common"}


def part_of(module: Path) -> str:
    """The first name below the package: ``core`` for ``core/recording.py``."""
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_parts(source: str, package: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Parts of vital_widgets that a source imports anywhere, with the line.

    ``package`` names the package the source is in, for relative imports.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            targets = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            # `from vital_widgets import config` names a part, or a name of the package.
            targets = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for target in targets:
            if target[0] == "vital_widgets":
                yield (target[1] if len(target) > 1 else FREE), node.lineno


def breaches(source: str, part: str, package: tuple[str, ...]) -> list[str]:
    """What is wrong with the imports of a module of `part`."""
    found = []
    for target, line in imported_parts(source, package):
        if part in (FREE, target):
            continue
        if target not in LAYERS:
            found.append(f"line {line}: {target} (name its home, not the package itself)")
        elif LAYERS[target] >= LAYERS[part]:
            found.append(
                f"line {line}: {part} (layer {LAYERS[part]}) imports "
                f"{target} (layer {LAYERS[target]})"
            )
    return found


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_every_part_has_a_layer():
    parts = {part_of(module) for module in modules()} - {FREE}
    assert parts <= set(LAYERS), "a new part needs a layer in this test and in the architecture"


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_up_the_layers_only(module):
    package = ("vital_widgets", *module.relative_to(PACKAGE).parent.parts)
    assert not breaches(module.read_text(), part_of(module), package)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("from vital_widgets.widgets.viewer import Viewer", "core"),
        ("def f():\n    import vital_widgets.io.edf", "runtime"),
        ("from vital_widgets.analysis.peaks import find", "pyramid"),
        ("from vital_widgets import widgets", "serve"),
        ("from ..widgets import viewer", "core"),
        ("import vital_widgets", "core"),
    ],
)
def test_a_breach_is_found(source, part):
    assert breaches(source, part, ("vital_widgets", part))


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("from vital_widgets.core.recording import Recording", "io"),
        ("from vital_widgets.io.reader import Reader", "io"),
        ("from vital_widgets import errors, config", "core"),
        ("from . import timebase", "core"),
        ("import numpy as np", "errors"),
    ],
)
def test_what_is_allowed_is_no_breach(source, part):
    assert not breaches(source, part, ("vital_widgets", part))


def sources() -> list[Path]:
    front_end = [*FRONT_END.rglob("*.ts"), *FRONT_END.rglob("*.css")]
    return [*modules(), *sorted(front_end)]


def modules_of_tests() -> list[Path]:
    """Modules of tests of both languages."""
    return sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "js" / "test").rglob("*.ts")])


@pytest.mark.parametrize("source", modules_of_tests(), ids=lambda path: path.name)
def test_modules_of_tests_are_short(source):
    lines = len(source.read_text().splitlines())
    assert lines <= LONGEST, f"{lines} lines; split it by what it tests"


@pytest.mark.parametrize("source", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_short_and_named_for_what_they_do(source):
    lines = len(source.read_text().splitlines())
    assert lines <= LONGEST, f"{lines} lines; split it by what it does"
    assert source.stem not in VAGUE
    assert source.parent.name not in VAGUE
