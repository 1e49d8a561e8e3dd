"""The convention that follows the installed NeuroKit2."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from vital_widgets.analysis.hrv.convention import CONVENTIONS


@pytest.fixture(scope="session")
def installed_neurokit2() -> str:
    """Name of the convention whose program is the NeuroKit2 that is installed."""
    program = f"NeuroKit2 {version('neurokit2')}"
    names = {convention.program: name for name, convention in CONVENTIONS.items()}
    assert program in names, (
        f"{program} is followed by no convention: look at what changed in its hrv folder, and run "
        "neurokit2_figures.py"
    )
    return names[program]
