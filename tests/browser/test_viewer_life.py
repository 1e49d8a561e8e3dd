"""What happens around the viewer: busy kernels, restarts, closed and reopened notebooks, errors."""

from __future__ import annotations

import json

import pytest

SETUP = """
import numpy as np, vital_widgets as vw, time
from vital_widgets.testing import make_big_edf
path = make_big_edf("life.edf", 0.05, channels=4, fs=250)
rec = vw.open(path)
viewer = vw.Viewer(rec)
"""
SLEEP = "time.sleep(6)"
COMPUTE = "end = time.time() + 6\nwhile time.time() < end: sum(range(1000))"


def window(book, index: int = 0) -> tuple[float, float]:
    root = book.viewer(index)
    return float(root.get_attribute("data-t0")), float(root.get_attribute("data-t1"))


def is_busy(book) -> bool:
    return book.page.evaluate(
        "() => vitalTestPanel.context.sessionContext.session.kernel.status === 'busy'"
    )


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
    assert is_busy(book), "the cell ended before the gestures did"
    book.wait_idle()
    assert book.errors == []


def test_a_viewer_in_a_notebook_run_at_once_works_while_the_next_cell_runs(notebook) -> None:
    book = notebook([SETUP, "viewer", "time.sleep(8)"])
    book.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    book.viewer().wait_for(state="attached", timeout=20_000)
    book.wait_settled(timeout=5)
    book.viewer().focus()
    book.page.keyboard.press("End")
    book.page.wait_for_timeout(100)
    book.wait_settled(timeout=5)
    assert is_busy(book)
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
    painted = again.viewer().evaluate(
        """(root) => Math.max(...[...root.querySelectorAll("canvas")].map((canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) if (data[i + 3]) seen.add(data[i]);
          return seen.size;
        }))"""
    )
    assert painted > 3


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


def test_a_hundred_viewers_opened_and_closed_leave_the_page_as_it_was(notebook) -> None:
    book = notebook([SETUP, "from IPython.display import display, clear_output"])
    book.run_all()
    session = book.page.context.new_cdp_session(book.page)
    session.send("Performance.enable")
    session.send("HeapProfiler.enable")

    def counts() -> dict[str, float]:
        session.send("HeapProfiler.collectGarbage")
        book.page.wait_for_timeout(300)
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {m["name"]: m["value"] for m in metrics}

    show = (
        "for _ in range({n}):\n"
        "    v = vw.Viewer(rec)\n    display(v)\n    time.sleep(0.05)\n"
        "    v.close()\n    clear_output()\n"
    )
    book.page.evaluate(
        "(code) => { vitalTestPanel.content.widgets[1].model.sharedModel.setSource(code); }",
        show.format(n=10),
    )
    book.run(1)
    book.page.wait_for_timeout(500)
    before = counts()
    threads, widgets = book.value(
        "[__import__('threading').active_count(), "
        "len(__import__('ipywidgets').Widget.get_manager_state()['state'])]"
    )
    book.page.evaluate(
        "(code) => { vitalTestPanel.content.widgets[1].model.sharedModel.setSource(code); }",
        show.format(n=100),
    )
    book.run(1)
    book.page.wait_for_timeout(1000)
    after = counts()
    assert after["Nodes"] - before["Nodes"] < 600
    assert after["JSEventListeners"] - before["JSEventListeners"] < 100
    assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] < 15e6
    assert book.value(
        "[__import__('threading').active_count(), "
        "len(__import__('ipywidgets').Widget.get_manager_state()['state'])]"
    ) == [threads, widgets]
    assert book.page.locator(".vital-viewer").count() == 0
