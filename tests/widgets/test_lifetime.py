"""Viewers that nobody sees and nobody uses are closed; all others stay."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ipywidgets.widgets import widget as registry

import vital_widgets as vw
from vital_widgets.widgets.lifetime import close_unused
from waiting import until

PAGE = {"kind": "views", "tab": "tab", "page": "first", "model": "model"}


@pytest.fixture
def shell(cells, recording):
    """IPython, in which a cell is run with ``shell(code)``; `rec` is the recording."""
    cells.space |= {"vw": vw, "rec": recording}
    return cells


def viewers() -> list[vw.Viewer]:
    return [one for one in registry._instances.values() if isinstance(one, vw.Viewer)]


def report(viewer: vw.Viewer, count: int, **where: str) -> None:
    """What a page says of a viewer."""
    viewer.comm.handle_msg(message(count, **where))


def message(count: int, **where: str) -> dict[str, object]:
    content = {**PAGE, **where, "count": count}
    return {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}


def files() -> int:
    folder = Path("/proc/self/fd")  # of Linux
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_viewers_that_were_dropped_leave_nothing(shell, collected) -> None:
    shell("vw.Viewer(rec).close()")
    before, threads = (len(registry._instances), files()), {*threading.enumerate()}
    shell("for _ in range(30): vw.Viewer(rec)")

    def gone() -> bool:  # a background task may still hold the last one
        shell("pass")
        return len(registry._instances) == before[0] and files() <= before[1]

    assert until(gone)
    assert until(lambda: not {*threading.enumerate()} - threads)


def test_a_result_that_is_off_the_page_is_closed_and_leaves_out(shell, collected) -> None:
    before = len(registry._instances)
    for _ in range(5):
        shell("vw.Viewer(rec)")
        for viewer in viewers():
            comm = viewer.comm
        del viewer
        comm.handle_msg(message(1))
        shell("pass")
        assert len(viewers()) == 1
        # The cell is run again: its output is cleared.
        comm.handle_msg(message(0))
        shell("pass")
        assert viewers() == []
    # The front end of all viewers remains.
    assert len(registry._instances) <= before + 1
    assert not any(isinstance(one, vw.Viewer) for one in shell.space["Out"].values())
    shell("7")
    assert shell.space["_"] == 7


@pytest.mark.parametrize(
    "keep",
    [
        "kept = vw.Viewer(rec)\nkept",
        "kept = [vw.Viewer(rec)]\nkept[0]",
        "import ipywidgets\nkept = ipywidgets.HBox([vw.Viewer(rec)])\nkept.children[0]",
        "import ipywidgets\nipywidgets.HBox([vw.Viewer(rec)]).children[0]",
    ],
)
def test_a_viewer_that_is_in_use_stays(shell, keep) -> None:
    shell(keep)
    (viewer,) = viewers()
    number = max(shell.space["Out"])
    report(viewer, 1)
    report(viewer, 0)
    del viewer
    shell("pass")
    (viewer,) = viewers()
    assert shell.space["Out"][number] is shell.space[f"_{number}"] is viewer
    assert viewer.comm is not None


def test_a_viewer_that_waits_for_its_page_or_is_on_another_one_stays(shell) -> None:
    shell("display(vw.Viewer(rec))")
    (viewer,) = viewers()
    comm = viewer.comm
    del viewer
    shell("pass")
    assert len(viewers()) == 1
    comm.handle_msg(message(1))
    comm.handle_msg(message(1, tab="other"))
    comm.handle_msg(message(0))
    shell("pass")
    assert len(viewers()) == 1
    # The other page is loaded again; what its old models showed is gone.
    comm.handle_msg(message(1, tab="other", page="second", model="b"))
    shell("pass")
    assert len(viewers()) == 1
    comm.handle_msg(message(0, tab="other", page="second", model="b"))
    shell("pass")
    assert viewers() == []


def test_where_widgets_are_shown_without_ipython_only_what_was_shown_is_closed(recording) -> None:
    vw.Viewer(recording)
    vw.Viewer(recording)
    assert len(viewers()) == 2
    for viewer in viewers():
        report(viewer, 1)
    for viewer in viewers():
        report(viewer, 0)
    del viewer

    last = vw.Viewer(recording)

    def only_the_last() -> bool:  # a background task may still hold one of the others
        close_unused()
        return viewers() == [last]

    until(only_the_last)


def test_a_script_that_leaves_widgets_open_ends_silently():
    code = (
        "import numpy as np, vital_widgets as vw\n"
        "rec = vw.Recording.from_arrays({'x': np.arange(5000.0)}, 250)\n"
        "kept = [vw.Viewer(rec), vw.TaskView(vw.analysis.run(vw.analysis.ecg_peaks, rec['x']))]\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr == ""


def test_ipython_forgets_a_widget_that_was_closed(shell, collected) -> None:
    shell("viewer = vw.Viewer(rec)\nviewer")
    number = max(shell.space["Out"])
    (viewer,) = viewers()
    report(viewer, 1)
    del viewer
    shell("viewer.close()\ndel viewer")
    assert number not in shell.space["Out"]
    assert f"_{number}" not in shell.space
    assert viewers() == []
