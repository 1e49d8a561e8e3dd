"""The Annotations panel: counts, filters, the next mark, agreement of two layers."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.panels.catalog.annotations_panel import Annotations


@pytest.fixture
def marked():
    """A minute with beats of the file, the same found 20 ms later with one missing, and noise."""
    beats = np.arange(1.0, 59.0)
    given = vw.Annotations(beats, ["N"] * 57 + ["V"])
    made = vw.Recording.from_arrays({"ECG": np.zeros(6000)}, 100.0, annotations=given)
    found = vw.Annotations(beats[1:] + 0.02, ["N"] * 57)
    made.annotations.add_result(found, "found")
    made.annotations.add(12.0, "noise", 3.0, layer="mine")
    return made


def rows(panel):
    return {tuple(row[:2]): row[2] for row in panel.plot.view.table[1:]}


def test_counts_by_text_and_layer(marked):
    panel = Annotations(marked, where="whole")
    panel.wait()
    counts = rows(panel)
    assert counts["N", "file"] == "57"
    assert counts["V", "file"] == "1"
    assert counts["N", "found"] == "57"
    assert counts["noise", "mine"] == "1"
    panel.layer, panel.texts_shown = "file", "V"
    panel.wait()
    assert rows(panel) == {("V", "file"): "1"}
    names = {"rec": marked}
    exec(panel.code(), names)
    assert names["marks"].onset.tolist() == panel.result.onset.tolist() == [58.0]


def test_new_marks_are_counted_at_once(marked):
    panel = Annotations(marked, where="whole", layer="mine")
    panel.wait()
    marked.annotations.add(30.0, "noise", 1.0, layer="mine")
    panel.wait()
    assert rows(panel) == {("noise", "mine"): "2"}


def test_the_next_mark_is_shown_in_the_middle(marked):
    viewer = vw.Viewer(marked, t_range=(0, 10))
    panel = Annotations(viewer, texts_shown="noise, V")
    panel.wait()
    assert panel.next_mark().startswith("'noise' at 12.00 s")
    assert viewer.t_range == (7, 17)
    assert panel.next_mark().startswith("'V' at 58.00 s")
    assert panel.previous_mark().startswith("'noise'")
    assert panel.previous_mark() == "there is no previous mark"
    viewer.close()


def test_agreement_of_two_layers(marked):
    panel = Annotations(marked, where="whole", layer="file", compared_with="found")
    panel.wait()
    agreement = panel.results["agreement"]
    assert (agreement.tp, agreement.fn, agreement.fp) == (57, 1, 0)
    panel.tolerance_s = 0.01
    panel.wait()
    assert panel.results["agreement"].tp == 0


def test_agreement_of_two_hypnograms():
    onset = np.arange(0.0, 600.0, 30.0)
    first = vw.Annotations(onset, ["N2"] * 10 + ["W"] * 10, [30.0] * 20)
    made = vw.Recording.from_arrays({"EEG": np.zeros(6000)}, 10.0, annotations=first)
    second = vw.Annotations(onset, ["N2"] * 12 + ["W"] * 8, [30.0] * 20)
    made.annotations.add_result(second, "second")
    panel = Annotations(
        made, where="whole", layer="file", compared_with="second", agreement_of="epochs"
    )
    panel.wait()
    # Observed 18/20; expected 0.5 * 0.6 + 0.5 * 0.4.
    assert panel.results["agreement"].kappa == pytest.approx((0.9 - 0.5) / 0.5)


def test_mistakes_are_said_in_words(marked):
    panel = Annotations(marked, where="whole", texts_shown="Q")
    assert panel.state == "error"
    assert "no annotation has the text 'Q'" in panel.message
    panel.texts_shown = ""
    panel.layer = "other"
    assert "unknown layer 'other'" in panel.message
    panel.layer = ""
    panel.reader = "Nobody"
    assert "unknown reader 'Nobody'" in panel.message
    panel.reader = ""
    panel.compared_with = "found"
    assert panel.state == "empty"
    assert "choose the first one in Layer" in panel.message
    none = Annotations(vw.Recording.from_arrays({"x": np.zeros(100)}, 10.0))
    assert none.state == "empty"
    assert "no annotations" in none.message


def test_rates_are_those_of_the_analysed_time():
    onset = [100.0, 101.0, 3000.0]
    given = vw.Annotations(onset, ["V", "V", "N"])
    made = vw.Recording.from_arrays({"ECG": np.zeros(36_000)}, 10.0, annotations=given)
    panel = Annotations(made, where="whole")  # an hour
    panel.wait()
    assert {row[0]: row[3] for row in panel.plot.view.table[1:]} == {"V": "2", "N": "1"}
    rates = [one for one in panel.plot.view.traces if one["mode"] == "lines"]
    for rate, n in zip(rates, (2, 1), strict=True):
        assert (rate["x"][0], rate["x"][-1]) == (0, 3600)
        assert (rate["y"][:-1] * np.diff(rate["x"])).sum() == pytest.approx(3600 * n)
    panel.where, panel.window = "window", (90.0, 1890.0)
    panel.wait()
    assert {row[0]: row[3] for row in panel.plot.view.table[1:]} == {"V": "4"}
    panel.where, panel.texts = "annotations", ("V",)
    assert panel.state == "empty"


def test_texts_that_are_not_in_the_table_are_counted():
    onset = np.arange(60.0)
    given = vw.Annotations(onset, [f"note {k % 45}" for k in range(60)])
    made = vw.Recording.from_arrays({"ECG": np.zeros(600)}, 10.0, annotations=given)
    panel = Annotations(made, where="whole")
    panel.wait()
    assert panel.plot.view.table[-1][0] == "5 rarer ones"
    assert sum(int(row[2]) for row in panel.plot.view.table[1:]) == 60
