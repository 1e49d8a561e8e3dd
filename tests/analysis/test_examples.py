"""Docstrings of public functions: every section that a reader needs, and examples that run."""

from __future__ import annotations

import doctest
import inspect
import re

import numpy as np
import pytest

from analysis_entries import functions

SECTIONS = ("Parameters", "Returns", "Examples")
CONVERTED = {name: f for name, f in functions().items() if hasattr(f, "inputs")}


@pytest.mark.parametrize("name", CONVERTED)
def test_the_docstring_has_every_section(name):
    text = inspect.getdoc(CONVERTED[name]) or ""
    missing = [one for one in SECTIONS if not re.search(rf"^{one}\n-+$", text, re.MULTILINE)]
    assert not missing
    assert re.search(r"^(References|Raises|Notes)\n-+$|As (for|of) `", text, re.MULTILINE)


@pytest.mark.parametrize("name", CONVERTED)
def test_the_example_runs(name):
    function = CONVERTED[name]
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    text = inspect.getdoc(function) or ""
    example = parser.get_doctest(text, {}, name, None, 0)
    assert example.examples
    told: list[str] = []
    with np.printoptions(legacy=False):
        result = runner.run(example, out=told.append)
    assert result.failed == 0, "".join(told)
