"""Lanes and colours, with the examples that the front end is tested with too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vital_widgets.core.arrangement import Arrangement

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "arrangement.json").read_text())


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: case["about"])
def test_lanes_and_colours(case) -> None:
    kinds = dict(FIXTURE["channels"])
    options = (case.get(name, {}) for name in ("overlaid", "heights", "colors"))
    made = Arrangement(kinds, *options, case.get("color_by", "channel"))
    lanes = [[lane.names, lane.height] for lane in made.lanes(case["shown"])]
    assert lanes == case["lanes"]
    assert made.inks() == case["inks"]
