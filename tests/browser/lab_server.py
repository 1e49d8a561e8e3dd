"""A JupyterLab server of its own, with no settings of the user's."""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
LABCONFIG = "labconfig/page_config.d/vital-widgets.json"
PR_SET_PDEATHSIG = 1
# What takes longer hangs, also on a busy machine.
PATIENCE_SECONDS = 240
# Answers asked from outside: news and updates would open pop-ups over the page.
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}


class LabServer:
    """A JupyterLab server on a free port, with no settings of the user's.

    Parameters
    ----------
    folder : Path
        Where everything it writes goes; notebooks lie in ``folder / "root"``.
    environment : dict, optional
        More environment variables for the server and its kernels.
    """

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.cache_dir = folder / "cache"
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.log = folder / "server.log"
        self._more = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the server, ends with a slash."""
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        self.cache_dir.mkdir(exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.root,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread of ours runs yet
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # The first signal lets the server end its kernels.
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.extension_manager=readonly",
            "--ServerApp.terminals_enabled=False",
        ]

    def _environment(self) -> dict[str, str]:
        settings = self.folder / "settings"
        for plugin, values in SETTINGS.items():
            file = settings / f"{plugin}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "VITAL_WIDGETS_CACHE_DIR": str(self.cache_dir),
            **self._more,
        }
        for inherited in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTER_TOKEN"):
            environment.pop(inherited, None)
        # The debugger of the tests' own process must not be waited for.
        environment.pop("COVERAGE_PROCESS_START", None)
        if not (Path(sys.prefix) / "etc" / "jupyter" / LABCONFIG).is_file():
            # The package is on the path but not installed.
            environment["JUPYTER_CONFIG_PATH"] = str(ROOT / "etc" / "jupyter")
        return environment

    def _wait_until_it_answers(self, timeout: float = PATIENCE_SECONDS) -> None:
        assert self._process is not None
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}api/status?token={self.token}", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()}")


def _die_with_parent() -> None:
    # A test run that is killed takes no fixture down.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """A port that no program listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
