"""`make demo`: the quick start is open, and its viewer is alive."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "scripts" / "demo.py"


@pytest.fixture
def address(tmp_path):
    environment = {
        **os.environ,
        "BROWSER": "none",
        "PYTHONUNBUFFERED": "1",
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
    }
    process = subprocess.Popen(
        [sys.executable, str(DEMO)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        urls = (re.search(r"http://\S+token=\w+", line) for line in process.stdout)
        yield next(url for url in urls if url)[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(300)
        process.stdout.close()


@pytest.mark.timeout(900)
def test_the_demo_shows_a_recording_that_can_be_moved(lab, address, tmp_path) -> None:
    page = lab.browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(address)
    viewer = page.locator(".vital-viewer[data-status=settled]").first
    viewer.wait_for(timeout=300_000)
    assert page.locator(".vital-viewer").first.is_visible()
    assert page.locator(".jp-Dialog").count() == 0
    viewer = page.locator(".vital-viewer").first
    viewer.focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "() => { const { dataset } = document.querySelector('.vital-viewer');"
        " return dataset.status === 'settled' && Number(dataset.t1) === 86400; }"
    )
    # The question about news would come some time after the start.
    page.wait_for_load_state("networkidle")
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0
    assert not (tmp_path / "settings").exists(), "the settings of the user stay as they are"
    link = page.locator(".jp-RenderedMarkdown a", has_text="formats").first
    link.scroll_into_view_if_needed()
    link.click()
    page.locator(".lm-TabBar-tabLabel", has_text="formats.md").wait_for()
    page.close()
