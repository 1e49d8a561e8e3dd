"""What happens around the viewer: busy kernels, restarts, closed and reopened notebooks, errors."""

from __future__ import annotations

import json

import pytest

SETUP = """
import pathlib, time, numpy as np, vital_widgets as vw
from vital_widgets.testing import make_big_edf
path = make_big_edf(pathlib.Path("life.edf"), 0.05, channels=4, fs=250)
rec = vw.open(path)
viewer = vw.Viewer(rec)
"""
SLEEP = "time.sleep(6); print('over')"
COMPUTE = "end = time.time() + 6\nwhile time.time() < end: sum(range(1000))\nprint('over')"


def window(book, index: int = 0) -> tuple[float, float]:
    root = book.viewer(index)
    return float(root.get_attribute("data-t0")), float(root.get_attribute("data-t1"))


@pytest.mark.parametrize("cell", [2, 3], ids=["sleeps", "computes"])
def test_the_viewer_works_while_a_cell(notebook, cell: int) -> None:
    book = notebook([SETUP, "viewer", SLEEP, COMPUTE])
    book.run(0)
    book.run(1)
    book.wait_settled()
    book.start(cell)
    book.viewer().focus()
    for _ in range(4):
        book.page.keyboard.press("End")
        book.page.wait_for_timeout(60)
        book.wait_settled(timeout=4)
        book.page.keyboard.press("-")
        book.page.wait_for_timeout(60)
        book.wait_settled(timeout=4)
    # The kernel calls itself idle as soon as a subshell has answered: ask the cell.
    assert "over" not in book.output(cell), "the cell ended before the gestures did"
    book.wait_idle()
    assert book.errors == []


def test_a_viewer_in_a_notebook_run_at_once_works_while_the_next_cell_runs(notebook) -> None:
    book = notebook([SETUP, "viewer", "time.sleep(8); print('over')"])
    book.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    book.viewer().wait_for(state="attached", timeout=20_000)
    book.wait_settled(timeout=5)
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_timeout(100)
    book.wait_settled(timeout=5)
    assert "over" not in book.output(2)
    book.wait_idle()


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
            tab.page.wait_for_timeout(300)
            tab.wait_settled()
            assert window(tab) == (40.0, 55.0)
        other.page.bring_to_front()
        other.viewer().focus()
        other.page.keyboard.press("PageDown")
        other.page.wait_for_timeout(600)
        other.wait_settled()
        assert window(other)[0] == pytest.approx(55, abs=1)
        assert other.errors == []
    finally:
        other.page.close(run_before_unload=False)


def test_a_restarted_kernel_and_a_second_run_show_the_viewer_again(notebook) -> None:
    book = notebook([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    book.restart()
    book.run_all()
    book.wait_settled()
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_timeout(100)
    book.wait_settled()


def test_a_saved_notebook_opened_without_its_kernel_shows_the_first_picture(notebook) -> None:
    book = notebook([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    book.execute("viewer.t_range = (60, 70)")
    book.page.wait_for_timeout(400)
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
    again.viewer().wait_for(state="attached", timeout=20_000)
    again.page.wait_for_timeout(500)
    again.screenshot("viewer-without-kernel")
    assert "no kernel" in again.viewer().inner_text()
    assert window(again) == (0.0, 10.0), "it shows the stretch of the saved picture"
    painted = again.viewer().evaluate(
        """(root) => ["vv-plot", "vv-strip"].map((name) => {
          const canvas = root.querySelector(`canvas.${name}`);
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          let ink = 0;
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) ink += 1;
          }
          return ink;
        })"""
    )
    assert min(painted) > 300, "both the lanes and the overview hold traces"


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
    assert book.value("1 + 1") == 2


def test_a_csv_is_read_in_and_shown(notebook) -> None:
    book = notebook(
        [
            "import numpy as np, vital_widgets as vw\n"
            "t = np.arange(200_000) / 100\n"
            "table = np.column_stack([t, np.sin(t), np.cos(t)])\n"
            "np.savetxt('s.csv', table, delimiter=',', header='time (s),ECG (mV),PPG', "
            "comments='', fmt='%.3f')\n"
            "viewer = vw.Viewer(vw.open('s.csv'))",
            "viewer",
        ]
    )
    book.run_all()
    book.wait_settled()
    book.page.wait_for_timeout(300)
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_timeout(100)
    book.wait_settled()
    assert window(book)[1] == pytest.approx(2000)
    assert book.errors == []


def test_a_csv_that_breaks_in_the_middle_shows_its_error(notebook) -> None:
    book = notebook(
        [
            "import vital_widgets as vw\n"
            "with open('bad.csv', 'w') as file:\n"
            "    file.write('time (s),ECG (mV)\\n')\n"
            "    for k in range(300_000):\n"
            "        value = 'oops' if k == 250_000 else k % 7\n"
            "        file.write(f'{k / 100},{value}\\n')\n"
            "viewer = vw.Viewer(vw.open('bad.csv'))",
            "viewer",
        ]
    )
    book.run_all()
    book.viewer().wait_for(state="attached")
    book.page.wait_for_function(
        "() => document.querySelector('.vital-viewer').innerText.includes('oops')"
    )
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
    session = book.page.context.new_cdp_session(book.page)
    session.send("Performance.enable")
    session.send("HeapProfiler.enable")

    def counts() -> dict[str, float]:
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
            book.page.wait_for_timeout(200)
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {m["name"]: m["value"] for m in metrics}

    in_kernel = (
        "[__import__('threading').active_count(), len(widgets.Widget.get_manager_state()['state'])]"
    )
    for cell in range(3):
        book.run(cell)
    begin = counts()
    book.run(3)
    middle = counts()
    kernel = book.value(in_kernel)
    book.run(4)
    end = counts()
    # JupyterLab itself keeps some for each output that was ever shown.
    for what, more in (("Nodes", 300), ("JSEventListeners", 100), ("JSHeapUsedSize", 8e6)):
        by_plain, by_ours = middle[what] - begin[what], end[what] - middle[what]
        assert by_ours < by_plain + more, what
    assert book.page.locator(".vital-viewer").count() == 0
    book.execute("import gc; gc.collect()")
    assert book.value(in_kernel) == kernel
    assert book.errors == []
