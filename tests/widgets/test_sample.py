"""`vital_widgets.sample`: what a person sees and what an interruption leaves."""

from __future__ import annotations

import io
import sys
import threading
from types import SimpleNamespace

import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, TaskCancelledError
from vital_widgets.runtime import progressbar
from vital_widgets.widgets import sample as module


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_it_opens_what_it_made_and_opens_it_again_without_making_it(cache_dir, monkeypatch):
    with vw.sample(20, seed=1) as rec:
        assert rec["ECG"].fs == 250
        assert rec.path.parent == cache_dir / "demo"
    monkeypatch.setattr(module, "_shown", lambda task: pytest.fail("made again"))
    with vw.sample(20, seed=1) as rec:
        assert rec.duration == 20


def test_a_terminal_sees_a_bar_on_stderr(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progressbar, "DELAY_SECONDS", 0)
    vw.sample(20, path=tmp_path / "a.edf").close()
    assert "Making the sample recording" in sys.stderr.getvalue()
    assert capsys.readouterr().out == ""


def test_a_log_file_sees_nothing(tmp_path, monkeypatch, capsys):
    vw.sample(20, path=tmp_path / "a.edf").close()
    monkeypatch.setattr(sys, "stderr", Terminal())
    vw.sample(20, path=tmp_path / "b.edf", progress=False).close()
    assert sys.stderr.getvalue() == ""
    assert capsys.readouterr() == ("", "")


def test_a_notebook_sees_the_widget_of_the_task(tmp_path, monkeypatch):
    shown = []

    class Handle:
        def update(self, data, *, raw):
            assert raw
            shown.append(data)

    def display(view, *, display_id):
        assert display_id
        shown.extend([view.comm is not None, view])
        return Handle()

    monkeypatch.setattr(module, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    vw.sample(20, path=tmp_path / "a.edf").close()
    opened, view, last = shown
    assert opened
    assert view.comm is None  # closed
    # A notebook that is opened again shows this, and no widget that no kernel knows.
    assert set(last) == {"text/plain"}
    assert last["text/plain"].startswith("Making the sample recording (0.00556 h): done, ")


@pytest.mark.parametrize(("shell", "notebook"), [(None, False), (object(), False)])
def test_a_plain_shell_is_no_notebook(monkeypatch, shell, notebook):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert module.in_notebook() is notebook


def test_a_kernel_is_a_notebook(monkeypatch):
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert module.in_notebook()


def test_an_interruption_cancels_and_leaves_nothing(tmp_path, monkeypatch):
    begun = threading.Event()
    tasks = []
    prepare = module.prepare_sample

    def slowed(*args, **kwargs):
        target, task = prepare(*args, **kwargs)
        # The second stretch waits until the person has pressed Ctrl-C.
        task.listen(lambda _: begun.set())
        wait = task.wait
        calls = []

        def interrupted(timeout=None):
            calls.append(timeout)
            if len(calls) == 1:
                begun.wait(300)
                raise KeyboardInterrupt
            return wait(timeout)

        task.wait = interrupted
        tasks.append(task)
        return target, task

    monkeypatch.setattr(module, "prepare_sample", slowed)
    with pytest.raises(KeyboardInterrupt):
        vw.sample(86400, path=tmp_path / "a.edf", progress=False)
    assert tasks[0].ended
    assert list(tmp_path.iterdir()) == []


def test_the_cancel_button_ends_it_with_a_clear_error(tmp_path, monkeypatch):
    prepare = module.prepare_sample

    def cancelled(*args, **kwargs):
        target, task = prepare(*args, **kwargs)
        task.cancel()
        return target, task

    monkeypatch.setattr(module, "prepare_sample", cancelled)
    with pytest.raises(TaskCancelledError, match="sample"):
        vw.sample(20, path=tmp_path / "a.edf")
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_refused_before_anything_is_made(tmp_path):
    with pytest.raises(InvalidInputError, match="duration=0"):
        vw.sample(0)
    with pytest.raises(InvalidInputError, match="is a folder"):
        vw.sample(20, path=tmp_path)
