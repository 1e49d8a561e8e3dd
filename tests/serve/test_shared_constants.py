"""Constants that kernel and front end share; js/test/data/protocol.test.ts checks the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vital_widgets.runtime.tasks import TaskState
from vital_widgets.serve import markrequests, protocol
from vital_widgets.widgets.progress import TaskView

SHARED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "protocol.json").read_text("utf-8")
)


def test_the_kernel_uses_the_shared_constants() -> None:
    assert {
        "version": protocol.VERSION,
        "tile_bins": protocol.TILE_BINS,
        "bin_factor": protocol.BIN_FACTOR,
        "max_bin": protocol.MAX_BIN,
        "max_annotations": protocol.MAX_ANNOTATIONS,
        "request_kinds": list(protocol.REQUEST_KINDS),
        "reply_kinds": list(protocol.REPLY_KINDS),
        "mark_actions": list(markrequests.ACTIONS),
        "compared_by": list(markrequests.COMPARED_BY),
        "mark_fields": list(markrequests.MARK_FIELDS),
        "sort_keys": list(markrequests.SORT_KEYS),
        "max_listed": markrequests.MAX_LISTED,
        "error_codes": list(protocol.ERROR_CODES.values()),
        "dtypes": list(protocol.WIRE_DTYPES),
        "task_states": [state.value for state in TaskState],
    } == {key: SHARED[key] for key in SHARED if key not in {"task_traits", "bin_sizes"}}


def test_a_task_view_has_the_traits_that_the_front_end_reads() -> None:
    assert set(SHARED["task_traits"]) <= set(TaskView.class_traits(sync=True))


@pytest.mark.parametrize("case", SHARED["bin_sizes"])
def test_both_sides_choose_the_same_bin_size(case: dict[str, Any]) -> None:
    size = protocol.bin_size_for(case["fs"], case["t0"], case["t1"], case["width"])
    assert size == case["bin"]
