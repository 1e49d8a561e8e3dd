"""Programs that show notebooks, and browsers: a viewer is drawn and follows a key in each."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest
from lab_server import PATIENCE_SECONDS, free_port
from other_browsers import END, Firefox, WebKit, firefox_path, webkit_paths

CELL = """
import numpy as np, vital_widgets as vw
t = np.arange(60_000) / 100
rec = vw.Recording.from_arrays({"ECG": np.sin(3 * t), "PPG": np.cos(t)}, fs=100.0)
viewer = vw.Viewer(rec)
viewer
"""
MARIMO = f"""
import marimo
app = marimo.App()
@app.cell
def _():
    {CELL.strip().replace(chr(10), chr(10) + "    ")}
    return
"""
# Notebook 7 says this of its own settings.
NOT_OURS = "reading 'schema'"
# The root element of the viewer, also in shadow roots.
ROOT = """(() => {
  const within = (one) => one.shadowRoot && deep(one.shadowRoot);
  const deep = (at) =>
    at.querySelector(".vital-viewer") ?? [...at.querySelectorAll("*")].map(within).find(Boolean);
  return deep(document);
})()"""
SETTLED = f"{ROOT}?.dataset.status === 'settled'"
AT_THE_END = f"{SETTLED} && Number({ROOT}.dataset.t1) === 600"
FOCUS = f"{ROOT}.focus()"
# Colours of the lanes, sizes of canvases, and whether the style sheet applies.
DRAWN = f"""(() => {{
  const root = {ROOT};
  const canvas = root.querySelector("canvas.vv-plot");
  const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return {{
    colours: new Set(new Uint32Array(data.buffer)).size,
    widest: Math.max(...[...root.querySelectorAll("canvas")].map((one) => one.width)),
    width: root.getBoundingClientRect().width,
    position: getComputedStyle(root).position,
  }};
}})()"""


def check(drawn: dict[str, object]) -> None:
    assert drawn["colours"] > 4
    assert drawn["position"] == "relative"
    assert 300 < drawn["width"] < 1400
    assert drawn["widest"] <= drawn["width"] + 1


def keep(name: str, picture: bytes) -> None:
    folder = os.environ.get("VITAL_WIDGETS_SCREENSHOTS")
    if folder:
        (Path(folder) / f"{name}.png").write_bytes(picture)


@pytest.fixture
def page(lab):
    opened = lab.context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert [error for error in errors if NOT_OURS not in error] == []


def move_to_the_end(page, name: str) -> None:
    page.wait_for_function(f"() => {SETTLED}")
    page.evaluate(f"() => {FOCUS}")
    page.keyboard.press("End")
    page.wait_for_function(f"() => {AT_THE_END}")
    check(page.evaluate(f"() => {DRAWN}"))
    keep(name, page.screenshot())


@pytest.mark.skipif(find_spec("notebook") is None, reason="notebook is not installed")
def test_notebook_7(lab, page) -> None:
    path = lab.write([CELL])
    page.goto(f"{lab.server.url}notebooks/{path}")
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    page.keyboard.press("Shift+Enter")
    move_to_the_end(page, "host-notebook7")


@pytest.mark.skipif(find_spec("voila") is None, reason="voila is not installed")
def test_voila(lab, page) -> None:
    path = lab.write([CELL])
    page.goto(f"{lab.server.url}voila/render/{path}")
    move_to_the_end(page, "host-voila")


@pytest.fixture
def marimo(tmp_path):
    file = tmp_path / "app.py"
    file.write_text(MARIMO)
    port = free_port()
    command = [sys.executable, "-m", "marimo", "run", str(file), "--headless", "--no-token"]
    environment = {**os.environ, "VITAL_WIDGETS_CACHE_DIR": str(tmp_path), "HOME": str(tmp_path)}
    with (tmp_path / "marimo.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and process.poll() is None:
            try:
                urllib.request.urlopen(f"{address}health", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def marimo_page(marimo, request):
    # The page is opened after the server and closed before it: marimo reports a server that has
    # ended as an error of the page.
    return request.getfixturevalue("page"), marimo


@pytest.mark.skipif(find_spec("marimo") is None, reason="marimo is not installed")
def test_marimo(marimo_page) -> None:
    page, address = marimo_page
    page.goto(address)
    move_to_the_end(page, "host-marimo")
    page.evaluate("document.documentElement.style.fontSize = '30px'")
    page.wait_for_timeout(500)
    check(page.evaluate(f"() => {DRAWN}"))


def in_another_browser(browser, lab, name: str) -> None:
    path = lab.write([CELL])
    browser.open(f"{lab.server.url}voila/render/{path}?token={lab.server.token}")
    browser.until(SETTLED)
    browser.evaluate(FOCUS)
    browser.press(END)
    browser.until(AT_THE_END)
    check(browser.evaluate(DRAWN))
    keep(name, base64.b64decode(browser.screenshot()))


@pytest.mark.skipif(
    firefox_path() is None or find_spec("voila") is None,
    reason="Firefox (Debian: firefox-esr) or voila is not installed",
)
def test_firefox(lab) -> None:
    with Firefox() as browser:
        in_another_browser(browser, lab, "browser-firefox")


@pytest.mark.skipif(
    webkit_paths() is None or find_spec("voila") is None,
    reason="WebKit (Debian: webkit2gtk-driver, xvfb) or voila is not installed",
)
def test_webkit(lab) -> None:
    with WebKit() as browser:
        in_another_browser(browser, lab, "browser-webkit")
