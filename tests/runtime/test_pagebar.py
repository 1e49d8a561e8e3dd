"""The bar of a call in the output of a cell."""

from __future__ import annotations

import re
import threading
from typing import Any

import ipywidgets
import pytest

from vital_widgets.runtime import progressbar

Outputs = list[tuple[dict[str, str], dict[str, Any]]]


@pytest.fixture
def outputs(monkeypatch) -> Outputs:
    made: Outputs = []

    class Shown:
        def update(self, data, **options):
            made.append((data, options))

    def display(data, **options):
        made.append((data, options))
        return Shown()

    monkeypatch.setattr(progressbar, "in_notebook", lambda: True)
    monkeypatch.setattr(progressbar, "DELAY_SECONDS", 0.0)
    monkeypatch.setattr("IPython.display.display", display)
    return made


def shown(outputs: Outputs) -> list[str]:
    """The shares that the page has shown, in words."""
    found = [re.search(r"</progress> (\d+%)", data["text/html"]) for data, _ in outputs]
    return [one[1] for one in found if one]


def test_it_is_html_that_leaves_nothing(outputs) -> None:
    with progressbar.progress_bar("find <beats>") as report:
        report(0.25, "")
        assert outputs[0][1] == {"raw": True, "display_id": True}
    first = outputs[0][0]
    assert 'find &lt;beats&gt; <progress max="1" value="0.000"' in first["text/html"]
    assert first["text/plain"].startswith("find <beats>:   0%")
    assert outputs[-1] == ({"text/html": ""}, {"raw": True})


def test_no_widget_is_made_which_a_page_might_still_be_making_when_it_ends(
    outputs, monkeypatch
) -> None:
    monkeypatch.setattr(ipywidgets.Widget, "__init__", lambda *_, **__: pytest.fail("a widget"))
    for _ in range(3):
        with progressbar.progress_bar("quick") as report:
            report(0.5, "")
    assert [data for data, _ in outputs].count({"text/html": ""}) == 3


def test_shares_follow(outputs) -> None:
    from vital_widgets.runtime.pagebar import PageBar

    bar = PageBar(desc="slow", total=1.0, mininterval=0)
    for _ in range(4):
        bar.update(0.25)
    bar.close()
    assert shown(outputs) == ["0%", "25%", "50%", "75%", "100%"]
    bar.close()  # again changes nothing
    assert len(outputs) == 6


def test_a_call_that_fails_leaves_nothing_either(outputs) -> None:
    def fails() -> None:
        with progressbar.progress_bar("slow") as report:
            report(0.5, "")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails()
    assert outputs[-1] == ({"text/html": ""}, {"raw": True})


def test_no_thread_watches_it(outputs) -> None:
    before = set(threading.enumerate())
    with progressbar.progress_bar("slow") as report:
        report(0.5, "")
        assert set(threading.enumerate()) == before
    assert outputs
