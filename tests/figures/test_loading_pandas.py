"""A figure can be made while another thread loads pandas for the first time."""

from __future__ import annotations

import subprocess
import sys


def test_pandas_is_complete_when_figures_are_made():
    code = """
import sys
from vital_widgets.figures import plotwidget
assert plotwidget.PlotWidget
assert hasattr(sys.modules["pandas"], "Series")
import subprocess
bare = "import sys, vital_widgets; raise SystemExit('pandas' in sys.modules)"
raise SystemExit(subprocess.run([sys.executable, "-c", bare]).returncode)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
