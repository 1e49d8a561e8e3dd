"""A real JupyterLab in a real Chromium, for the browser tests and the benchmarks.

``LabServer`` is the server, ``Lab`` the browser, ``Notebook`` one notebook open in one tab::

    with LabServer(folder) as server, Lab(server) as lab:
        notebook = lab.open(["import vital_widgets as vw", "vw.Viewer(recording)"])
        notebook.run_all()
        notebook.wait_settled()
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import nbformat
from chromium import find_chromium
from lab_server import PATIENCE_SECONDS, LabServer
from playwright.sync_api import Locator, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

VIEWER = ".vital-viewer"
# Number of pixels of the plot of a viewer, the argument, that are coloured: those of traces.
INK = """(root) => {
  const canvas = root.querySelector("canvas.vv-plot");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = data.slice(i, i + 3);
    if (Math.max(r, g, b) - Math.min(r, g, b) > 60) ink += 1;
  }
  return ink;
}"""
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# JupyterLab's own: when a kernel restarts, and when Dash is imported, whose comm the page does not
# know (plotly-resampler imports it).
NOISE = ("Could not restore the debugger state", "Exception opening new comm")
# JupyterLab may take its splash screen away twice when it starts.
# ipywidgets': BoxView.update_children waits until the views of all children are made, then tells
# each that its size may have changed, also one that was taken out or closed meanwhile, whose Lumino
# widget has lost its view. Views of anywidget take some time to make, in any box.
ENDED_VIEW = "(reading 'processLuminoMessage')"
SPLASH, JUPYTERLAB = "Failed to execute 'removeChild' on 'Node'", "/static/lab/jlab_core."


class Lab:
    """One Chromium for a server.

    Parameters
    ----------
    server : LabServer
        A running server.
    size : (int, int), default (1280, 900)
        Size of the page in CSS pixels.
    """

    def __init__(self, server: LabServer, size: tuple[int, int] = (1280, 900)) -> None:
        self.server = server
        self.size = size
        self._count = 0

    def __enter__(self) -> Self:
        path = find_chromium()
        if path is None:
            raise RuntimeError("no Chromium; run `python tests/browser/chromium.py`")
        self._playwright = sync_playwright().start()
        try:
            self.browser = self._playwright.chromium.launch(
                executable_path=path, args=list(CHROMIUM_FLAGS)
            )
            self.context = self.new_context()
        except BaseException:
            self._playwright.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        self._playwright.stop()

    def new_context(self, **options: Any) -> Any:
        """Open a browser context (touch, pixel ratio...) that is logged in to the server."""
        width, height = self.size
        options.setdefault("viewport", {"width": width, "height": height})
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        # The cookie of this visit is what later pages log in with.
        context.request.get(f"{self.server.url}lab?token={self.server.token}")
        return context

    def write(self, cells: list[str], name: str | None = None, kernel: str = "python3") -> str:
        """Write a notebook of code cells into the server's root; return its name."""
        self._count += 1
        name = name or f"notebook{self._count}.ipynb"
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        )
        nbformat.write(notebook, self.server.root / name)
        return name

    def open(
        self,
        cells: list[str] | None = None,
        path: str | None = None,
        context: Any = None,
        kernel: str = "python3",
    ) -> Notebook:
        """Open a notebook in a new tab and wait for its kernel.

        Parameters
        ----------
        cells : list of str, optional
            Code cells of a new notebook.
        path : str, optional
            A notebook in the server's root, in place of `cells`.
        context : playwright BrowserContext, optional
            One of :meth:`new_context`; the common one by default.
        kernel : str, default "python3"
            Name of the kernel of a new notebook, as ``jupyter kernelspec list`` shows it.
        """
        if (cells is None) == (path is None):
            raise ValueError("give either cells or path")
        if path is None:
            path = self.write(cells or [], kernel=kernel)
        self._count += 1
        page = (context or self.context).new_page()
        return Notebook(self, page, path, f"{self.server.url}lab/workspaces/w{self._count}")


class Notebook:
    """A notebook open in one tab, driven through JupyterLab's own commands.

    Attributes
    ----------
    page : playwright Page
    errors : list of str
        Errors on the console of the page, and exceptions no code caught.
    """

    def __init__(self, lab: Lab, page: Page, path: str, workspace: str) -> None:
        self.lab = lab
        self.page = page
        self.path = path
        self.errors: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", self._on_page_error)
        page.goto(f"{workspace}?reset")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate(OPEN_NOTEBOOK, path)

    def _on_console(self, message: Any) -> None:
        noise = message.text.startswith(NOISE) or ENDED_VIEW in message.text
        if message.type == "error" and not noise:
            where = message.location.get("url", "")
            self.errors.append(f"{message.text} ({where})")

    def _on_page_error(self, error: Any) -> None:
        splash = error.message.startswith(SPLASH) and JUPYTERLAB in (error.stack or "")
        if not splash and ENDED_VIEW not in error.message:
            self.errors.append(f"uncaught: {error}")

    # ------------------------------------------------------------ the kernel

    def run(self, index: int) -> None:
        """Run one cell and wait for its end."""
        self.page.evaluate(RUN_CELL, index)

    def start(self, index: int) -> None:
        """Run one cell, do not wait for its end."""
        self.page.evaluate(f"(index) => {{ ({RUN_CELL})(index); }}", index)
        self.page.wait_for_function(f"{PANEL}.context.sessionContext.session.kernel.status=='busy'")

    def run_all(self) -> None:
        """Run all cells and wait for the end of the last."""
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        self.wait_idle()

    def wait_idle(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until the kernel has nothing to do and no cell waits."""
        self.page.wait_for_function(IS_IDLE, timeout=timeout * 1000)

    def execute(self, code: str) -> str:
        """Run code in the kernel, beside the notebook's cells; return what it printed.

        Raises
        ------
        RuntimeError
            With the traceback, when the code raises.
        """
        answer = self.page.evaluate(EXECUTE, code)
        if answer["error"]:
            raise RuntimeError(answer["error"])
        return str(answer["text"])

    def value(self, expression: str) -> Any:
        """Value of a Python expression in the kernel, through JSON."""
        return json.loads(self.execute(f"import json as _json; print(_json.dumps({expression}))"))

    def restart(self) -> None:
        """Restart the kernel, without the question that the menu asks."""
        self.page.evaluate(
            f"async () => {{ await {PANEL}.context.sessionContext.session.kernel.restart(); }}"
        )
        self.wait_idle()

    # ------------------------------------------------------------ the page

    def cell(self, index: int) -> Locator:
        """Element of a cell."""
        return self.page.locator(".jp-NotebookPanel .jp-Cell").nth(index)

    def output(self, index: int) -> str:
        """Text of all outputs of a cell, tracebacks included."""
        return ANSI.sub("", self.page.evaluate(OUTPUT_TEXT, index))

    def viewer(self, index: int = 0) -> Locator:
        """Root element of a viewer on the page."""
        return self.page.locator(VIEWER).nth(index)

    def wait_settled(self, index: int = 0, timeout: float = PATIENCE_SECONDS) -> Locator:
        """Wait until a viewer is painted at full resolution; return its root element."""
        root = self.viewer(index)
        try:
            ended = self.page.wait_for_function(
                SETTLED_OR_FAILED, arg=[VIEWER, index], timeout=timeout * 1000
            ).json_value()
        except PlaywrightTimeoutError:
            ended = "too late"
        if ended != "settled":
            raise AssertionError(f"viewer {index} did not settle\n{self.report()}")
        return root

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so; it may take as long as the machine is busy."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"it never came\n{self.report()}")
            self.page.wait_for_timeout(50)

    def report(self) -> str:
        """What a person would look at after a failure: viewers, outputs, console."""
        states = self.page.locator(VIEWER).evaluate_all("(all) => all.map((e) => ({...e.dataset}))")
        cells = self.page.evaluate("() => window.vitalTestPanel.content.widgets.length")
        outputs = "\n".join(f"[{n}] {self.output(n)[-2000:]}" for n in range(cells))
        return f"viewers: {states}\noutputs:\n{outputs}\nconsole: {self.errors}"

    def theme(self, name: str) -> None:
        """Switch JupyterLab's theme: ``"light"`` or ``"dark"``."""
        full = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[name]
        self.page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})", full
        )
        light = json.dumps(name == "light")
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{light}'")

    def save(self) -> Path:
        """Save the notebook, with the state of its widgets; return the file."""
        self.page.evaluate(f"() => {PANEL}.context.save()")
        return self.lab.server.root / self.path

    def screenshot(self, name: str, element: Locator | None = None) -> Path | None:
        """Write ``name.png`` into the folder ``VITAL_WIDGETS_SCREENSHOTS``, if that is set."""
        folder = os.environ.get("VITAL_WIDGETS_SCREENSHOTS")
        if not folder:
            return None
        file = Path(folder) / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        (element or self.page).screenshot(path=file)
        return file

    def held(self) -> dict[str, float]:
        """Return what the page holds at rest: ``JSHeapUsedSize``, ``Nodes``, ``JSEventListeners``.

        Garbage is collected before.
        """
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")
        session.send("HeapProfiler.enable")
        self.page.wait_for_timeout(2500)  # anywidget holds on to a model's start for 2 s
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
            self.page.wait_for_timeout(200)
        metrics = session.send("Performance.getMetrics")["metrics"]
        session.detach()
        return {one["name"]: one["value"] for one in metrics}

    def dialogs(self) -> list[str]:
        """Texts of the dialogs that stand over the page."""
        return self.page.locator(".jp-Dialog").all_inner_texts()

    def second_tab(self) -> Notebook:
        """Open the same notebook, with the same kernel, in another tab."""
        return self.lab.open(path=self.path)

    def close(self) -> None:
        """End the kernel and close the tab."""
        if self.page.is_closed():
            return
        if self.page.evaluate("document.body.dataset.jpThemeLight") == "false":
            self.theme("light")  # the server keeps the theme for the next notebook
        self.page.evaluate(f"async () => {{ await {PANEL}?.context.sessionContext.shutdown(); }}")
        self.page.close(run_before_unload=False)


# ---------------------------------------------------------------- what runs in the page

# The panel of the one notebook that the tab shows.
PANEL = "window.vitalTestPanel"

OPEN_NOTEBOOK = """async (path) => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = await app.commands.execute("docmanager:open", { path, factory: "Notebook" });
  window.vitalTestPanel = panel;
  await panel.context.ready;
  await panel.context.sessionContext.ready;
  await panel.revealed;
  await panel.context.sessionContext.session.kernel.info;
  app.commands.execute("application:toggle-left-area");
}"""

RUN_CELL = """async (index) => {
  const panel = window.vitalTestPanel;
  panel.content.deselectAll();
  panel.content.activeCellIndex = index;
  await jupyterapp.commands.execute("notebook:run-cell");
}"""

IS_IDLE = """() => {
  const panel = window.vitalTestPanel;
  const kernel = panel.context.sessionContext.session?.kernel;
  const waiting = panel.content.widgets.some(
    (cell) => cell.model.type === "code" && cell.model.executionState === "running",
  );
  return kernel?.connectionStatus === "connected" && kernel.status === "idle" && !waiting;
}"""

# A viewer that a failed cell never made need not be waited for.
SETTLED_OR_FAILED = """([selector, index]) => {
  const root = document.querySelectorAll(selector)[index];
  if (root) return root.dataset.status === "settled" && "settled";
  const failed = window.vitalTestPanel.content.widgets.some(
    (cell) => cell.model.outputs?.toJSON().some((output) => output.output_type === "error"),
  );
  return failed && "failed";
}"""

EXECUTE = """async (code) => {
  const kernel = window.vitalTestPanel.context.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false, stop_on_error: false });
  let text = "";
  let error = null;
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream" && content.name === "stdout") text += content.text;
    if (header.msg_type === "error") error = content.traceback.join("\\n");
  };
  await future.done;
  return { text, error };
}"""

OUTPUT_TEXT = """(index) => {
  const cell = window.vitalTestPanel.content.widgets[index];
  return cell.model.outputs.toJSON().map((output) => {
    const joined = (text) => (Array.isArray(text) ? text.join("") : text ?? "");
    if (output.output_type === "stream") return joined(output.text);
    if (output.output_type === "error") return output.traceback.join("\\n");
    return joined(output.data?.["text/plain"]);
  }).join("");
}"""
