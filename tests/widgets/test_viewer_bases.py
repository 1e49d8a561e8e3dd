"""The viewer is put together from classes that must not replace each other's members."""

from __future__ import annotations

import inspect
from collections import defaultdict
from types import FunctionType

import vital_widgets as vw


def replaces(member: object) -> bool:
    """Whether a member would hide another one: it does not call the next one."""
    return not isinstance(member, FunctionType) or "super()" not in inspect.getsource(member)


def test_no_member_of_a_viewer_hides_that_of_another_part() -> None:
    owners = defaultdict(list)
    parts = [base for base in vw.Viewer.__mro__ if base.__module__.startswith("vital_widgets.")]
    for part in parts:
        for name, member in vars(part).items():
            kind = type(member).__module__
            ours = isinstance(member, FunctionType | property) or kind.startswith("traitlets")
            if ours and not name.startswith("__") and replaces(member):
                owners[name].append(part.__name__)
    assert len(parts) > 5
    assert {name: by for name, by in owners.items() if len(by) > 1} == {}
