"""The colours of traces: the same in both languages, and apart for everybody."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from vital_widgets.core.color import contrast
from vital_widgets.export.palette import PALETTES

THEME = Path(__file__).parents[2] / "js" / "src" / "plot" / "palette.ts"
# Machado, Oliveira and Fernandes (2009), complete deficiency, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = [0.9505, 1.0, 1.089]


def lab(color, vision) -> np.ndarray:
    """CIELAB coordinates of a colour as somebody sees it."""
    c = np.array(color) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = np.array(XYZ) @ np.clip(np.array(vision) @ linear, 0, 1) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_traces_can_be_told_apart_with_any_colour_vision(theme, vision) -> None:
    colors = [lab(ink, VISION[vision]) for ink in PALETTES[theme].inks]
    # A difference of 2.3 is just noticeable.
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(colors, 2)) > 13


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_traces_have_enough_contrast(theme) -> None:
    palette = PALETTES[theme]
    assert min(contrast(ink, palette.background) for ink in palette.inks) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_front_end_has_the_same_colours(theme) -> None:
    found = re.search(rf'{theme.upper()}_INKS = "([^"]+)"', THEME.read_text())
    assert found is not None
    inks = ["#{:02x}{:02x}{:02x}".format(*ink) for ink in PALETTES[theme].inks]
    assert found[1].split() == inks
