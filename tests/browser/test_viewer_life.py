"""What happens around the viewer: busy kernels, restarts, closed and reopened notebooks, errors."""

from __future__ import annotations

import json
import re

import pytest
from lab import OPEN_NOTEBOOK

SETUP = """
import pathlib, time, numpy as np, vital_widgets as vw
from vital_widgets.testing import make_big_edf
path = make_big_edf(pathlib.Path("life.edf"), 0.05, channels=4, fs=250)
rec = vw.open(path)
viewer = vw.Viewer(rec)
"""
# Cells that run until a file is there.
SLEEP = """
print('begun')
while not pathlib.Path('enough-2').exists():
    time.sleep(0.05)
print('over')
"""
COMPUTE = """
print('begun')
while not pathlib.Path('enough-3').exists():
    sum(range(1000))
print('over')
"""
STARTED = """(index) => {
  const outputs = window.vitalTestPanel.content.widgets[index].model.outputs;
  return JSON.stringify(outputs.toJSON()).includes("begun");
}"""
SAYS = "(text) => document.querySelector('.vital-viewer')?.innerText.includes(text)"
SAYS_SECOND = SAYS.replace("querySelector('.vital-viewer')", "querySelectorAll('.vital-viewer')[1]")
# How many viewers there are, and how many of them are on the page, as the kernel knows it.
VIEWERS = (
    "(lambda viewers: [len(viewers), sum(bool(one._pages._tabs) for one in viewers)])("
    "[one for one in __import__('ipywidgets').widgets.widget._instances.values()"
    " if isinstance(one, vw.Viewer)])"
)
INK = """(root) => ["vv-plot", "vv-strip"].map((name) => {
  const canvas = root.querySelector(`canvas.${name}`);
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let ink = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, a] = data.slice(i, i + 4);
    if (a && Math.max(r, g, b) - Math.min(r, g, b) > 60) ink += 1;
  }
  return ink;
})"""


def window(book, index: int = 0) -> tuple[float, float]:
    root = book.viewer(index)
    return float(root.get_attribute("data-t0")), float(root.get_attribute("data-t1"))


def test_the_viewer_works_while_a_cell_runs(notebook) -> None:
    book = notebook([SETUP, "viewer", SLEEP, COMPUTE])
    # The first cell that runs beside it was waiting when the viewer was made.
    book.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    book.wait_settled()
    for cell in (2, 3):
        book.page.wait_for_function(STARTED, arg=cell)
        book.viewer().focus()
        for _ in range(3):
            book.page.keyboard.press("End")
            book.page.wait_for_timeout(60)
            book.wait_settled()
            book.page.keyboard.press("-")
            book.page.wait_for_timeout(60)
            book.wait_settled()
        # The kernel calls itself idle as soon as a subshell has answered: ask the cell.
        assert "over" not in book.output(cell), "the cell ended before the gestures did"
        (book.lab.server.root / f"enough-{cell}").touch()
    book.wait_idle()
    assert book.errors == []


def test_a_second_tab_shows_the_same_and_both_go_on(notebook) -> None:
    book = notebook([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    book.save()
    other = book.second_tab()
    try:
        other.wait_settled()
        book.execute("viewer.t_range = (40, 55)")
        for tab in (book, other):
            tab.until(lambda tab=tab: window(tab) == (40.0, 55.0))
            tab.wait_settled()
        other.page.bring_to_front()
        other.viewer().focus()
        other.page.keyboard.press("PageDown")
        other.until(lambda: window(other)[0] == pytest.approx(55, abs=1))
        other.wait_settled()
        assert other.errors == []
    finally:
        other.page.close(run_before_unload=False)


def test_a_reloaded_page_goes_on_and_a_restarted_kernel_leaves_the_picture(notebook) -> None:
    book = notebook([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    # Before the overview is built, a saved notebook shows it as not loaded.
    book.until(lambda: book.value("viewer._first['overview'] is not None"))
    book.execute("viewer.t_range = (60, 70)")
    book.until(lambda: window(book) == (60.0, 70.0))
    book.save()
    book.page.reload()
    book.page.wait_for_function("() => window.jupyterapp")
    book.page.evaluate(OPEN_NOTEBOOK, book.path)
    book.wait_settled()
    assert window(book) == (60.0, 70.0)
    book.viewer().focus()
    book.page.keyboard.press("PageDown")
    book.until(lambda: window(book) == pytest.approx((70, 80)))
    book.wait_settled()
    assert "kernel" not in book.viewer().inner_text()
    book.restart()
    book.page.wait_for_function(SAYS, arg="the kernel was stopped")
    assert window(book) == pytest.approx((70, 80))
    assert min(book.viewer().evaluate(INK)) > 300
    assert book.errors == []
    book.run_all()
    book.wait_settled()
    assert "kernel" not in book.viewer().inner_text()
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_timeout(100)
    book.wait_settled()
    assert book.errors == []


def test_a_saved_notebook_opened_without_its_kernel_shows_the_first_picture(notebook) -> None:
    book = notebook([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    book.execute("viewer.t_range = (60, 70)")
    book.until(lambda: window(book) == (60.0, 70.0))
    file = book.save()
    book.page.wait_for_timeout(500)
    saved = json.loads(file.read_text())
    state = saved["metadata"].get("widgets", {}).get("application/vnd.jupyter.widget-state+json")
    assert state, "JupyterLab saved no widget state"
    assert len(json.dumps(state)) < 400_000
    bundles = [m for m in state["state"].values() if m["state"].get("bundle")]
    assert len(bundles) == 1
    path = book.path
    book.close()
    again = notebook(path=path)
    again.viewer().wait_for(state="attached")
    again.page.wait_for_function(SAYS, arg="no kernel is connected")
    again.until(lambda: min(again.viewer().evaluate(INK)) > 300)
    again.screenshot("viewer-without-kernel")
    assert window(again) == (0.0, 10.0), "it shows the stretch of the saved picture"
    painted = again.viewer().evaluate(INK)
    assert min(painted) > 300, "both the lanes and the overview hold traces"


def test_a_lost_connection_resumes(notebook, lab) -> None:
    context = lab.new_context()
    lost = []
    sockets = []

    def pass_on(socket) -> None:
        """A connection whose messages of the page can go into the void."""
        server = socket.connect_to_server()
        sockets.append(socket)
        socket.on_message(lambda message: None if lost else server.send(message))

    context.route_web_socket(re.compile("/channels"), pass_on)
    book = notebook([SETUP, "viewer"], context=context)
    book.run_all()
    book.wait_settled()
    lost.append(True)
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_timeout(500)
    assert book.viewer().get_attribute("data-status") == "loading"
    lost.clear()
    sockets[-1].close(code=3001)
    book.wait_settled()
    assert window(book)[1] == pytest.approx(book.value("rec.duration"))


def test_running_a_cell_again_leaves_nothing(notebook) -> None:
    book = notebook([SETUP, "vw.Viewer(rec)", "display(vw.Viewer(rec))", "pass"])
    book.run(0)
    book.execute("viewer.close()")
    counts = (
        "[len(__import__('ipywidgets').widgets.widget._instances),"
        " len(__import__('os').listdir('/proc/self/fd'))]"
    )
    seen = []
    for _ in range(5):
        for cell in (1, 2):
            book.run(cell)
        for index in range(2):
            book.wait_settled(index)
        # The page reports its views, and the end of a cell closes what it has not.
        book.until(lambda: book.run(3) or book.value(VIEWERS) == [2, 2])
        seen.append(book.value(counts))
    assert seen[-1][0] == seen[1][0]
    assert seen[-1][1] <= seen[1][1]
    assert book.page.locator(".vital-viewer").count() == 2
    assert book.errors == []


def test_a_notebook_that_is_closed_and_opened_again_finds_its_viewer(notebook) -> None:
    book = notebook([SETUP, "vw.Viewer(rec)", "pass"])
    for cell in (0, 1):
        book.run(cell)
    book.wait_settled()
    book.until(lambda: book.value(VIEWERS) == [2, 1])
    book.save()
    book.page.evaluate("() => window.vitalTestPanel.dispose()")
    book.page.wait_for_timeout(1500)
    book.page.evaluate(OPEN_NOTEBOOK, book.path)
    book.wait_settled()
    book.run(2)
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_timeout(100)
    book.wait_settled()
    assert "kernel" not in book.viewer().inner_text()


def test_a_file_that_changes_while_open_is_told_and_the_kernel_lives(notebook) -> None:
    book = notebook([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    book.execute("viewer._session.task and viewer._session.task.result()")
    book.execute("import os; os.truncate(path, 100_000)")
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_function(
        "() => document.querySelector('.vital-viewer').dataset.status === 'error'"
    )
    assert "changed" in book.viewer().inner_text()
    book.screenshot("viewer-changed-file")
    book.page.keyboard.press("Home")
    book.page.wait_for_timeout(500)
    assert book.viewer().get_attribute("data-status") == "error", "what is held may be outdated"
    book.execute("path.unlink()")
    book.execute("viewer.t_range = (1000, 1010)")
    book.page.wait_for_function(SAYS, arg="deleted")
    assert book.value("1 + 1") == 2
    assert book.errors == []


CSV = """
import shutil, threading, numpy as np, vital_widgets as vw
from vital_widgets.runtime.tasks import Task
t = np.arange(400_000) / 100
table = np.column_stack([t, np.sin(t), np.cos(t)])
header = 'time (s),ECG (mV),PPG'
np.savetxt('s.csv', table, delimiter=',', header=header, comments='', fmt='%.3f')
go_on = threading.Event()
report = Task.report
def halting(task, progress, message=None, **more):
    report(task, progress, message, **more)
    while progress > 0.3 and not go_on.wait(0.05):
        report(task, progress, message, **more)
Task.report = halting
"""


def test_a_csv_fills_the_picture_as_it_is_read_and_can_be_cancelled(notebook) -> None:
    again = "go_on.clear(); shutil.copy('s.csv', 't.csv'); second = vw.Viewer('t.csv')"
    first = CSV + "viewer = vw.Viewer('s.csv', t_range=(0, 4000))"
    book = notebook([first, "viewer", again, "second"])
    book.run(0)
    book.run(1)
    book.viewer().wait_for(state="attached")
    book.page.wait_for_function(SAYS, arg="reading file")
    book.page.wait_for_function(f"({INK})(document.querySelector('.vital-viewer'))[0] > 300")
    assert book.viewer().get_attribute("data-status") == "building"
    book.screenshot("viewer-reading-in")
    before = book.viewer().evaluate(INK)[0]
    book.execute("go_on.set()")
    book.wait_settled()
    assert book.viewer().evaluate(INK)[0] > 1.5 * before
    assert "reading" not in book.viewer().inner_text()
    assert window(book) == pytest.approx((0, 4000))
    book.run(2)
    book.run(3)
    book.page.wait_for_function(SAYS_SECOND, arg="reading file")
    book.viewer(1).get_by_role("button", name="Cancel").click()
    book.page.wait_for_function(SAYS_SECOND, arg="was cancelled")
    assert book.value("second._progress.state") == "cancelled"
    book.execute("second.t_range = (5, 15)")
    book.page.wait_for_timeout(150)
    book.wait_settled(1)
    book.screenshot("viewer-cancelled")
    assert book.errors == []


BAD_CSV = """
import vital_widgets as vw
with open('bad.csv', 'w') as file:
    file.write('time (s),ECG (mV)\\n')
    for k in range(300_000):
        value = 'oops' if k == 250_000 else k % 7
        file.write(f'{k / 100},{value}\\n')
viewer = vw.Viewer(vw.open('bad.csv'))
"""


def test_a_csv_that_breaks_in_the_middle_shows_its_error(notebook) -> None:
    book = notebook([BAD_CSV, "viewer"])
    book.run_all()
    # In the viewer, or in the cell where the reading failed before the viewer was made.
    book.page.wait_for_function(
        "() => [...document.querySelectorAll('.vital-viewer, .jp-OutputArea-output')]"
        ".some((element) => element.innerText.includes(`'oops' is not a number`))"
    )
    assert "has no samples" not in book.page.locator("body").inner_text()
    book.screenshot("viewer-bad-csv")
    assert book.value("1 + 1") == 2


SHOW = """
for _ in range({n}):
    v = {what}
    display(v)
    time.sleep(0.05)
    layout = v.layout
    v.close()
    layout.close()
    clear_output()
"""


def test_a_hundred_viewers_opened_and_closed_leave_the_page_as_a_plain_widget_does(
    notebook,
) -> None:
    plain, ours = "widgets.HTML('x')", "vw.Viewer(rec)"
    book = notebook(
        [
            SETUP + "import ipywidgets as widgets\n"
            "from IPython.display import display, clear_output",
            SHOW.format(n=10, what=plain),
            SHOW.format(n=10, what=ours),
            SHOW.format(n=100, what=plain),
            SHOW.format(n=100, what=ours),
        ]
    )
    in_kernel = (
        "[__import__('threading').active_count(), len(widgets.Widget.get_manager_state()['state'])]"
    )
    for cell in range(3):
        book.run(cell)
    begin = book.held()
    book.run(3)
    middle = book.held()
    kernel = book.value(in_kernel)
    book.run(4)
    end = book.held()
    # JupyterLab itself keeps some for each output that was ever shown.
    for what, more in (("Nodes", 300), ("JSEventListeners", 100), ("JSHeapUsedSize", 8e6)):
        by_plain, by_ours = middle[what] - begin[what], end[what] - middle[what]
        assert by_ours < by_plain + more, what
    assert book.page.locator(".vital-viewer").count() == 0
    book.execute("import gc; gc.collect()")
    assert book.value(in_kernel) == kernel
    # JupyterLab says these of any widget that is taken away while it is being put up.
    known = ("processLuminoMessage", "[anywidget] Failed to initialize model")
    assert [error for error in book.errors if not any(text in error for text in known)] == []
