"""What IPython shows of the errors of this package."""

from __future__ import annotations

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a cell in IPython; return the lines of its traceback."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell.instance()
    shown = []
    monkeypatch.setattr(shell, "_showtraceback", lambda *given: shown.append(given[2]))

    def run_cell(code: str) -> list[str]:
        shown.clear()
        shell.run_cell(code, store_history=True)
        return ANSI.sub("", "\n".join(shown[0])).splitlines()

    yield run_cell
    InteractiveShell.clear_instance()


BROKEN = """
import vital_widgets as vw
def read(path):
    return vw.open(path)
"""


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.bdf"
    path.write_bytes(b"\xffBIOSEMI" + b"?" * 300)
    return path


def test_a_broken_file_shows_the_lines_of_the_user_and_the_sentence(run, broken) -> None:
    lines = run(BROKEN + f"read({str(broken)!r})")
    assert len(lines) <= 6
    assert re.fullmatch(r"Cell In\[1\], line 4: read\(.*", lines[0])
    assert re.fullmatch(r"Cell In\[1\], line 3: return vw.open\(path\)", lines[1])
    assert lines[2].startswith("FormatError: ")
    assert "broken.bdf" in lines[2]
    assert lines[-1] == "(full traceback: %tb Verbose)"


def test_an_invalid_trait_shows_no_line_of_other_packages(run) -> None:
    lines = run(
        "import numpy as np, vital_widgets as vw\n"
        "viewer = vw.Viewer(vw.Recording.from_arrays({'a': np.zeros(100)}, fs=10))\n"
        "viewer.t_range = (3, 2)"
    )
    assert lines[0].endswith("line 3: viewer.t_range = (3, 2)")
    assert lines[1].startswith("InvalidInputError: t_range=(3.0, 2.0)")
    assert len(lines) == 3


def test_the_full_traceback_is_shown_on_request(run, broken) -> None:
    run(BROKEN + f"read({str(broken)!r})")
    lines = run("%tb Verbose")
    assert len(lines) > 20
    assert any("open_recording" in line for line in lines)
    assert run(BROKEN + f"read({str(broken)!r})")[-1] == "(full traceback: %tb Verbose)"
