"""Firefox and WebKit as Debian packages them, driven by the protocols of the W3C.

Playwright drives only browsers that it has built itself. Firefox speaks WebDriver BiDi over a
WebSocket, WebKitGTK has a server of WebDriver; the few commands that the tests need are here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import websocket
from lab_server import PATIENCE_SECONDS, free_port

END = "\ue010"


def firefox_path() -> str | None:
    """Path of a Firefox, or None."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def webkit_paths() -> tuple[str, str, str] | None:
    """Paths of the driver, of the browser, and of a display for it; None if one is missing."""
    driver, display = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    found = [p for lib in ("/usr/lib", "/usr/libexec") for p in Path(lib).rglob("MiniBrowser")]
    if driver is None or display is None or not found:
        return None
    return driver, str(found[0]), display


class Browser:
    """One page: ``open``, ``evaluate`` an expression, ``press`` a key."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        raise NotImplementedError

    def evaluate(self, expression: str) -> Any:
        """Value of an expression in the page, through JSON."""
        raise NotImplementedError

    def until(self, expression: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(expression):
            if time.monotonic() > end:
                text = self.evaluate("document.body.innerText.slice(0, 2000)")
                raise AssertionError(f"{expression} never came; the page says:\n{text}")
            time.sleep(0.2)

    def _process(self, command: list[str], **options: Any) -> subprocess.Popen[str]:
        log = self._stack.enter_context((self.folder / f"{Path(command[0]).name}.log").open("w"))
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True, **options
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        return process


class Firefox(Browser):
    """A Firefox without a window, over WebDriver BiDi."""

    def _start(self) -> None:
        profile = self.folder / "profile"
        profile.mkdir()
        command = [str(firefox_path()), "--headless", "--no-remote", "--profile", str(profile)]
        self._process([*command, "--remote-debugging-port", "0"])
        port = profile / "WebDriverBiDiServer.json"
        end = time.monotonic() + PATIENCE_SECONDS
        while not port.exists() or not port.read_text().strip():
            if time.monotonic() > end:
                raise RuntimeError("Firefox did not start")
            time.sleep(0.1)
        where = json.loads(port.read_text())
        address = f"ws://127.0.0.1:{where['ws_port']}/session"
        self._socket = websocket.create_connection(
            address, timeout=PATIENCE_SECONDS, suppress_origin=True
        )
        self._stack.callback(self._socket.close)
        self._number = 0
        self._command("session.new", capabilities={})
        self._context = self._command("browsingContext.getTree")["contexts"][0]["context"]

    def _command(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                break
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def open(self, url: str) -> None:
        """Load a page."""
        self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        answer = self._command(
            "script.evaluate",
            expression=f"JSON.stringify(({expression}) ?? null)",
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def press(self, key: str) -> None:
        """Press and release a key."""
        actions = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._command("input.performActions", context=self._context, actions=[source])

    def screenshot(self) -> str:
        """Return a picture of the page, PNG in base64."""
        return str(
            self._command("browsingContext.captureScreenshot", context=self._context)["data"]
        )


class WebKit(Browser):
    """WebKitGTK's small browser on a display of its own, over WebDriver."""

    def _start(self) -> None:
        paths = webkit_paths()
        assert paths is not None
        driver, browser, display = paths
        number = self.folder / "display"
        with number.open("w") as file:
            descriptor = file.fileno()
            command = [display, "-displayfd", str(descriptor), "-screen", "0", "1280x1000x24"]
            self._process([*command, "-nolisten", "tcp"], pass_fds=[descriptor])
        self._wait(lambda: number.read_text().endswith("\n"), "the display")
        environment = {
            **os.environ,
            "DISPLAY": f":{number.read_text().strip()}",
            "GDK_BACKEND": "x11",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "HOME": str(self.folder),
        }
        port = free_port()
        self._base = f"http://127.0.0.1:{port}"
        self._process([driver, f"--port={port}"], env=environment)
        self._wait(self._answers, "WebKitWebDriver")
        options = {"binary": browser, "args": ["--automation"]}
        asked = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        made = self._request("POST", "/session", {"capabilities": asked})
        self._base += f"/session/{made['sessionId']}"
        self._stack.callback(lambda: self._request("DELETE", ""))

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError(f"{what} did not start")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            self._request("GET", "/status")
        except OSError:
            return False
        return True

    def _request(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._base}{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode()}") from None

    def open(self, url: str) -> None:
        """Load a page."""
        self._request("POST", "/url", {"url": url})

    def evaluate(self, expression: str) -> Any:
        script = f"return JSON.stringify(({expression}) ?? null)"
        answer = self._request("POST", "/execute/sync", {"script": script, "args": []})
        return json.loads(answer)

    def press(self, key: str) -> None:
        """Press and release a key."""
        actions = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._request("POST", "/actions", {"actions": [source]})

    def screenshot(self) -> str:
        """Return a picture of the page, PNG in base64."""
        return str(self._request("GET", "/screenshot"))
