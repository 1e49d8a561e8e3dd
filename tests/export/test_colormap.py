from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from vital_widgets.export.colormap import colors_at

SHARED = json.loads((Path(__file__).parents[1] / "fixtures" / "colormap.json").read_text())


def test_the_colours_are_those_of_the_front_end() -> None:
    assert colors_at(SHARED["shares"]).tolist() == SHARED["colors"]


def test_more_power_is_lighter_also_in_grey() -> None:
    srgb = colors_at(np.linspace(0, 1, 101)) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]  # IEC 61966-2-1
    assert np.all(np.diff(luminance) > 0)
    assert luminance[0] < 0.02
    assert luminance[-1] > 0.8
