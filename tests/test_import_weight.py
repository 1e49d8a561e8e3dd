"""A bare ``import vital_widgets`` stays as light as ``import anywidget``."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import vital_widgets

HEAVY = {
    "dash",
    "PyEMD",
    "dask",
    "datasketches",
    "distributed",
    "edfio",
    "flask",
    "jupyterlab",
    "matplotlib",
    "mne",
    "pandas",
    "plotly",
    "plotly_resampler",
    "pyarrow",
    "pywt",
    "scipy",
    "sklearn",
    "tsdownsample",
    "wfdb",
    "yasa",
}
# Small parts of the package and of the standard library that may come on top.
ALLOWED = {"numpy", "vital_widgets"}
BOUND = 1.5
SOURCE = str(Path(vital_widgets.__file__).parents[1])

REPORT = """
import json, sys
sys.path.insert(0, {source!r})
import psutil
process = psutil.Process()
# Unique memory: pages of libraries that other processes map too would blur it.
loaded = set(sys.modules)
{statement}
print(json.dumps({{
    "modules": sorted(set(sys.modules) - loaded),
    "uss": process.memory_full_info().uss,
}}))
"""


def measure(statement: str) -> dict:
    answer = subprocess.run(
        [sys.executable, "-c", REPORT.format(source=SOURCE, statement=statement)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def tops(modules: list[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names)


def test_import_loads_nothing_that_anywidget_does_not():
    ours = tops(measure("import vital_widgets")["modules"])
    assert not ours & HEAVY
    assert ours - tops(measure("import anywidget")["modules"]) <= ALLOWED


def test_memory_after_import():
    def median(statement: str) -> float:
        return statistics.median(measure(statement)["uss"] for _ in range(3))

    assert median("import vital_widgets") <= BOUND * median("import anywidget")


def test_public_names_exist_and_are_listed():
    listed = dir(vital_widgets)
    for name in vital_widgets.__all__:
        assert name in listed
        assert getattr(vital_widgets, name) is not None


def test_unknown_name_is_an_attribute_error():
    assert not hasattr(vital_widgets, "no_such_name")
