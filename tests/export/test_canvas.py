"""Texts in pictures: whatever a mark or a channel says, it is one short line."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.export.canvas import elide, one_line
from vital_widgets.export.palette import PALETTES
from vital_widgets.export.pixelcanvas import PixelCanvas
from vital_widgets.export.vectorcanvas import VectorCanvas

BACKGROUND = PALETTES["light"].background
SAID = [
    "first line\nsecond line",
    "a\r\n\tb",
    "x" * 10_000,
    "\0",
    "\ud800 half",
    "\u2028",
]


@pytest.fixture(params=[PixelCanvas, VectorCanvas])
def canvas(request):
    return request.param(200, 50, 1.0, BACKGROUND)


@pytest.mark.parametrize("text", SAID)
def test_any_text_has_a_width_and_can_be_written(canvas, text) -> None:
    assert 0 < canvas.measure(text, 10) < 10_000
    canvas.text(5, 25, text, (0, 0, 0), 10, bold=False, align="left")
    made = canvas.to_bytes("svg", 96) if isinstance(canvas, VectorCanvas) else canvas.to_bytes()
    assert len(made) > 100
    if isinstance(canvas, VectorCanvas):
        ET.fromstring(made)


def test_line_breaks_are_spaces_and_names_stay_as_they_are() -> None:
    assert one_line("first\r\nsecond") == "first second"
    assert one_line("Fp1-A2 (µV)  ü 日本") == "Fp1-A2 (µV)  ü 日本"


@given(st.text(max_size=60), st.floats(0, 300))
def test_a_shortened_text_fits_and_is_as_long_as_possible(text, room) -> None:
    canvas = PixelCanvas(10, 10, 1.0, BACKGROUND)
    shown = elide(canvas, text, room, 10)
    whole = one_line(text)
    assert not shown or canvas.measure(shown, 10) <= room or shown == whole
    if shown != whole:
        longer = f"{whole[: len(shown.removesuffix('…')) + 1]}…"
        kerning = 2.0
        assert canvas.measure(longer, 10) > room - kerning


@pytest.mark.parametrize("text", [one for one in SAID if one.isascii() or one < "\ud800"])
def test_a_viewer_shows_marks_with_any_text(text, tmp_path) -> None:
    recording = vw.Recording.from_arrays({"ECG": np.zeros(1000)}, fs=100)
    viewer = vw.Viewer(recording, annotations={"said": Annotations([1, 2], [text, text], [0, 5])})
    for kind in ("png", "svg", "pdf"):
        assert viewer.save(tmp_path / f"view.{kind}", dpi=72).stat().st_size > 1000
    assert "image/png" in viewer._repr_mimebundle_()[0]
    viewer.close()
