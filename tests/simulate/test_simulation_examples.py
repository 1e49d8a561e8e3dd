"""The examples of the simulations run and give what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name", ["eda_experiment", "second_device", "second_reader", "sleep_night"]
)
def test_examples(name):
    module = import_module(f"vital_widgets.simulate.{name}")
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
