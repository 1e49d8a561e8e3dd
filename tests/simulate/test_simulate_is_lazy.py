"""`vital_widgets.simulate` without an import of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vital_widgets import simulate


@pytest.mark.parametrize(
    "expression",
    ["simulate.sleep_night.sleep_night", "simulate.SleepNight", "simulate.ppg_waves.make_ppg"],
)
def test_simulations_are_there_after_the_import_of_the_package(expression):
    code = f"import vital_widgets as vw; assert 'simulate' in dir(vw); vw.{expression}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_all_public_names_are_there_and_no_others():
    for module, names in simulate.PUBLIC.items():
        for name in names:
            assert hasattr(getattr(simulate, module), name)
        assert module in dir(simulate)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        simulate.Nothing  # noqa: B018
