"""Open JupyterLab on the quick start, begun: a recording is on screen when the page is there.

The server is started first, then the notebook is run in a kernel of that server up to the first
viewer. The page joins this kernel, so that viewer is alive. What is served is a copy in ``demo/``:
of the notebooks, and of the documentation that they link to.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_core.paths import jupyter_runtime_dir
from jupyterlab.commands import get_user_settings_dir
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = Path("notebooks", "quickstart.ipynb")
WIDGET = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 300
START_SECONDS = 120


# JupyterLab would lay its question about news over the page.
NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}


def settings_of_the_demo(folder: Path) -> dict[str, str]:
    """Write the demo's own settings of JupyterLab: those of the user, without news."""
    own = folder / ".jupyterlab"
    shutil.rmtree(own, ignore_errors=True)
    user = Path(get_user_settings_dir())
    if user.is_dir():
        shutil.copytree(user, own / "settings", dirs_exist_ok=True)
    news = own / "settings" / NEWS
    news.parent.mkdir(parents=True, exist_ok=True)
    news.write_text(json.dumps(NO_NEWS))
    (own / "workspaces").mkdir(exist_ok=True)
    return {
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }


class Server:
    """A JupyterLab server of this checkout, and the few requests that are made to it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.token = secrets.token_hex(24)
        self.address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}"]
        command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={self.token}"]
        command += ["--ServerApp.port_retries=0", "--log-level=WARN"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        environment = {**os.environ, **settings_of_the_demo(folder)}
        self.process = subprocess.Popen(command, env=environment)

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.ask("api/status")
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit("JupyterLab did not start; its messages are above") from None
                time.sleep(0.2)
            else:
                return

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send one request of the server's REST interface."""
        request = urllib.request.Request(
            f"{self.address}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


def lay_out(folder: Path) -> Path:
    """Copy what is served into a folder, in its places, and return the quick start."""
    for name in ("notebooks", "docs"):
        shutil.copytree(
            ROOT / name,
            folder / name,
            ignore=shutil.ignore_patterns(".*", "_build", "__pycache__"),
            dirs_exist_ok=True,
        )
    return folder / NOTEBOOK


def run_cells(server: Server, path: Path) -> None:
    """Run the notebook's cells up to the first viewer in a kernel of the server, and save it."""
    session = {"path": NOTEBOOK.as_posix(), "name": path.name, "type": "notebook"}
    kernel = server.ask("api/sessions", {**session, "kernel": {"name": "python3"}})["kernel"]["id"]
    client = BlockingKernelClient()
    client.load_connection_file(str(Path(jupyter_runtime_dir()) / f"kernel-{kernel}.json"))
    client.start_channels()
    try:
        _wait_for_kernel(client)
        notebook = nbformat.read(path, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells, 1):
            print(f"running cell {number} of the quick start ...", flush=True)
            cell.outputs = []
            answer = client.execute_interactive(
                cell.source, timeout=CELL_SECONDS, output_hook=_collector(cell), allow_stdin=False
            )
            cell.execution_count = answer["content"].get("execution_count")
            shown = [output.get("data", {}) for output in cell.outputs]
            if answer["content"]["status"] != "ok":
                print(f"cell {number} ended with {answer['content'].get('ename')}")
            if answer["content"]["status"] != "ok" or any(WIDGET in data for data in shown[-1:]):
                break
        nbformat.write(notebook, path)
        NotebookNotary().sign(notebook)  # widgets are not shown in a notebook that is not trusted
    finally:
        client.stop_channels()


def _wait_for_kernel(client: BlockingKernelClient) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            client.wait_for_ready(timeout=max(end - time.monotonic(), 1))
        except RuntimeError:
            # On a busy machine a late heartbeat already counts as the end of the kernel.
            if time.monotonic() > end:
                raise
        else:
            return


def _collector(cell: Any) -> Any:
    kinds = {"stream", "display_data", "execute_result", "error"}

    def collect(message: dict[str, Any]) -> None:
        if message["header"]["msg_type"] in kinds:
            cell.outputs.append(nbformat.v4.output_from_msg(message))

    return collect


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("no free port on this machine")


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8888)
    arguments = parser.parse_args()
    folder = ROOT / "demo"
    path = lay_out(folder)
    server = Server(folder, _free_port(arguments.port))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.wait()
        run_cells(server, path)
        url = f"{server.address}/lab/tree/{NOTEBOOK.as_posix()}?token={server.token}"
        print(f"\nvital_widgets is at\n\n    {url}\n\nEnd it with Ctrl-C.", flush=True)
        browser = os.environ.get("BROWSER", "")
        if browser != "none":
            webbrowser.open(url)
        server.process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.process.terminate()
        server.process.wait()


if __name__ == "__main__":
    main()
