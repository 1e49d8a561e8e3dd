"""Positions in time; js/test/math/position.test.ts checks the same cases in the front end."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from vital_widgets.core.position import Place, parse_position
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

SHARED = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "positions.json").read_text("utf-8")
)


def place_of(name: str) -> Place:
    given = SHARED["places"][name]
    start, epochs = given["start"], given["epochs"]
    return Place(
        t0=given["t0"],
        t1=given["t1"],
        duration=given["duration"],
        start=None if start is None else datetime.fromisoformat(start),
        elapsed=given["elapsed"],
        epochs=None if epochs is None else (epochs["length"], epochs["start"]),
        timebases={
            one["name"]: from_runs(one["fs"], [tuple(run) for run in one["runs"]])
            for one in given["channels"]
        },
        channel=given["channel"],
    )


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["text"])
def test_a_position_is_read_as_in_the_front_end(case) -> None:
    place = place_of(case["place"])
    if "t" in case:
        assert parse_position(case["text"], place) == pytest.approx(case["t"], abs=1e-9)
    else:
        with pytest.raises(InvalidInputError) as raised:
            parse_position(case["text"], place)
        assert str(raised.value) == case["error"]
