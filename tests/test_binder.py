"""What a Binder service does: the environment installs from scratch, and the package works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BINDER = ROOT / "binder"
LEFT_OUT = ("node_modules", ".*", "_build", "__pycache__", "demo", "dist", "build")
TRY = """
import json
import vital_widgets as vw
from importlib.metadata import files
rec = vw.sample(60)
viewer = vw.Viewer(rec)
held = {str(file) for file in files("vital_widgets")}
print(json.dumps([len(vw.analysis.ecg_peaks(rec["ECG"])) > 0, viewer.channels[0],
                  "vital_widgets/static/main.js" in held, vw.__file__]))
"""


def done(*command, folder):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
    return result.stdout


def requirements():
    lines = (BINDER / "requirements.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_environment_is_the_package_with_the_pins():
    assert requirements() == ["-c ../constraints.txt", ".[all]"]
    version = (BINDER / "runtime.txt").read_text("utf-8").strip().removeprefix("python-")
    assert version in (ROOT / "pyproject.toml").read_text("utf-8")


def test_binder_names_no_registry():
    for path in BINDER.iterdir():
        assert "://" not in path.read_text("utf-8"), path.name


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_environment_installs_from_scratch_and_works(tmp_path):
    source = tmp_path / "repository"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for built in (source / "src" / "vital_widgets" / "static").glob("*"):
        built.touch()  # newer than the sources, so that the front end is not built once more
    done(sys.executable, "-m", "venv", tmp_path / "env", folder=tmp_path)
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    done(python, "-m", "pip", "install", "-q", "-r", "binder/requirements.txt", folder=source)
    said = done(python, "-c", TRY, folder=tmp_path)
    assert said.startswith('[true, "ECG", true, '), said
    assert str(tmp_path / "env") in said, "the installed wheel, not the checkout"
