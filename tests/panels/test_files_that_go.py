"""The file goes, the recording or the viewer is closed, threads interfere: words, and no harm."""

from __future__ import annotations

import os
import shutil
import threading

import pytest

import vital_widgets as vw
from vital_widgets.errors import VitalError
from vital_widgets.panels import panel_class


@pytest.fixture
def own(sample_file, tmp_path):
    copy = tmp_path / "own.edf"
    shutil.copy(sample_file, copy)
    recording = vw.open(copy)
    yield recording
    recording.close()


@pytest.mark.parametrize("name", ["Spectrum", "HRV", "Filter"])
@pytest.mark.parametrize("how", [os.unlink, lambda path: os.truncate(path, 3000)])
def test_a_file_that_is_deleted_or_cut_is_told(own, name, how):
    panel = panel_class(name)(own, where="selection")
    how(own.path)
    panel.where = "whole"
    with pytest.raises(VitalError, match="open it again"):
        panel.wait()
    assert panel.state == "error"
    assert "open it again" in panel.message
    assert panel.result is None


@pytest.mark.parametrize("name", ["Spectrum", "HRV", "Filter"])
def test_the_viewer_is_closed_while_a_panel_computes(own, name):
    viewer = vw.Viewer(own)
    panel = panel_class(name)(viewer, where="whole")
    viewer.close()
    assert panel.wait().enough
    panel.where = "window"
    assert panel.wait().enough


def test_threads_that_set_parameters_leave_the_latest(own):
    panel = vw.panels.Statistics(own)
    failed = []

    def change(values):
        try:
            for k in range(30):
                panel.where = ("window", "whole", "selection")[k % 3]
                panel.window = (values + k, values + k + 30.0)
                panel.undo()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=change, args=(k,)) for k in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    panel.where = "window"
    panel.window = (0.0, 60.0)
    assert panel.wait().count == 60 * 250
    assert panel.state == "done"
