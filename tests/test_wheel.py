"""The wheel is the product: it holds the bundle, the types and JupyterLab's configuration."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import vital_widgets
from vital_widgets.runtime.staticfiles import BUILT

ROOT = Path(__file__).resolve().parents[1]
LABCONFIG = "etc/jupyter/labconfig/page_config.d/vital-widgets.json"
MOST_GZIPPED = 150_000  # bytes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that ``pip install .`` would make of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        yield archive


def version() -> str:
    return vital_widgets.__version__


@pytest.mark.parametrize(
    "name",
    ["py.typed", *(f"static/{built}" for built in BUILT)],
)
def test_wheel_holds(wheel, name):
    assert wheel.getinfo(f"vital_widgets/{name}")


def test_wheel_holds_no_built_file_that_nobody_asks_for(wheel):
    folder = "vital_widgets/static/"
    held = {name.removeprefix(folder) for name in wheel.namelist() if name.startswith(folder)}
    assert held == set(BUILT)


def test_bundles_are_modules_with_the_exports_that_are_asked_for(wheel):
    exports = {
        name: wheel.read(f"vital_widgets/static/{name}.js").decode().rpartition("export{")[2]
        for name in ("main", "loader")
    }
    assert "as kinds" in exports["main"]
    assert "as default" in exports["loader"]


def test_style_sheet_has_the_rules_of_all_sheets(wheel):
    sheet = wheel.read("vital_widgets/static/main.css").decode()
    assert ".vital-viewer" in sheet
    assert ".vital-progress" in sheet


def test_front_end_is_small(wheel):
    files = ("main.js", "main.css", "loader.js")
    content = b"".join(wheel.read(f"vital_widgets/static/{name}") for name in files)
    assert len(gzip.compress(content)) < MOST_GZIPPED


def test_wheel_holds_every_module_and_nothing_else(wheel):
    package = ROOT / "src"
    modules = {str(path.relative_to(package)) for path in package.rglob("*.py")}
    others = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert modules <= others
    assert not {name for name in others if "node_modules" in name or name.startswith("tests")}


def test_labconfig_goes_where_jupyterlab_reads_it(wheel):
    content = wheel.read(f"vital_widgets-{version()}.data/data/{LABCONFIG}")
    assert json.loads(content) == {"buildCheck": False}, "what stops the dialog, and no more"


def test_wheel_runs_everywhere_and_names_its_version_once(wheel):
    assert Path(wheel.filename).name == f"vital_widgets-{version()}-py3-none-any.whl"
    metadata = wheel.read(f"vital_widgets-{version()}.dist-info/METADATA").decode()
    assert f"\nVersion: {version()}\n" in metadata


def test_lock_file_names_no_registry():
    lock = json.loads((ROOT / "js" / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


def test_lock_file_holds_the_packages_of_every_platform():
    lock = json.loads((ROOT / "js" / "package-lock.json").read_text())["packages"]
    held = {name.rpartition("node_modules/")[2] for name in lock}
    wanted = {name for entry in lock.values() for name in entry.get("optionalDependencies", {})}
    assert wanted <= held, "`npm ci` fails without them; choose versions that have them all"


def test_constraints_pin_by_name():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert not [pin for pin in pins if "==" not in pin or "@" in pin or "/" in pin]
