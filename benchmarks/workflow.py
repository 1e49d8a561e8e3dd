"""From a file of 24 h to a report of corrected heart rate variability, as a new user does it.

The steps are taken in a real JupyterLab and Chromium by keyboard and mouse; the times are those
that the machine takes after a step, without those of a person who reads and decides.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rows import Row

import vital_widgets as vw

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab
from lab_server import PATIENCE_SECONDS, LabServer

CODE = 'import vital_widgets as vw; vw.Workbench("holter.edf", ["HRV"])'
SHOWN = ".vital-panel .js-plotly-plot .main-svg"
WHERE = ".vital-panel .vital-panel-head select"
# What the panel says while it computes is taken as its word; "so far" is a result that grows.
FINAL = """() => {
  const panel = document.querySelector(".vital-panel");
  return document.querySelector(".vital-panel-numbers table")
    && !panel.querySelector(".vital-panel-computing, .vital-progress")
    && !panel.querySelector(".vital-panel-text").textContent.includes("so far");
}"""
GROWS = f"""() => document.querySelector(".vital-panel-text").textContent.includes("so far")
  || ({FINAL})()"""
BEGUN = (
    """() => document.querySelector(".vital-panel .vital-panel-computing, """
    """.vital-panel .vital-progress") !== null"""
)


def run(folder: Path) -> list[Row]:
    """Take the steps once; a file and a cache that nothing was read from before."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="workflow-"))
    load = os.getloadavg()[0]
    with LabServer(place) as server, Lab(server, (1280, 1300)) as lab:
        vw.sample(path=server.root / "holter.edf", progress=False).close()
        taken = workflow(lab, server.root)
    shutil.rmtree(place, ignore_errors=True)
    inputs = f"24 h, two ECG leads at 250 Hz and five more channels; load of the machine {load:.1f}"
    return [Row(what, inputs, f"{took:.1f} s", "", "", None) for what, took in taken.items()]


def workflow(lab: Lab, root: Path) -> dict[str, float]:
    """Take the five steps in JupyterLab; return the seconds from a step to what it shows."""
    page: Any = lab.context.new_page()
    page.goto(f"{lab.server.url}lab/workspaces/workflow?reset")
    page.locator(".jp-LauncherCard[data-category=Notebook]").first.click()
    cell = page.locator(".jp-Notebook .jp-Cell .cm-content").first
    cell.click()
    page.wait_for_function("() => document.querySelector('[data-status=idle]') !== null")
    cell.press_sequentially(CODE)
    page.keyboard.press("Escape")  # the list of names that completes the line

    begin = time.perf_counter()
    cell.press("Shift+Enter")
    page.locator(SHOWN).first.wait_for()
    page.wait_for_function(FINAL, polling=50)
    taken = {"viewer and HRV of the first window": time.perf_counter() - begin}
    begin = time.perf_counter()
    page.locator(WHERE).first.select_option(label="Whole recording")
    page.wait_for_function(BEGUN, polling=20)
    page.wait_for_function(GROWS, polling=50)
    taken["first result of the whole recording"] = time.perf_counter() - begin
    page.wait_for_function(FINAL, polling=50)
    taken["corrected HRV of 24 h, all measures"] = time.perf_counter() - begin
    begin = time.perf_counter()
    page.locator(".vital-panel .vital-actions-save").select_option("report.pdf")
    while not list(root.glob("*.pdf")):
        page.wait_for_timeout(50)
        if time.perf_counter() - begin > PATIENCE_SECONDS:
            raise TimeoutError("the report was never written")
    taken["report as PDF"] = time.perf_counter() - begin
    page.close()
    return taken
