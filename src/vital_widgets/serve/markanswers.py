"""Answer the requests about marks; while they are being read, the reply says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.serve.markplaces import placed
from vital_widgets.serve.markrequests import (
    annotation_request,
    compare_request,
    find_request,
    list_request,
    mark_request,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from vital_widgets.serve.markservice import Answer
    from vital_widgets.serve.session import Session

WAIT_SECONDS = 0.02
_PENDING: dict[str, dict[str, Any]] = {
    "annotations": {
        "count": 0, "total": 0, "texts": [], "counts": [], "at": 0, "layers": [], "layer_at": 0,
        "id_at": 0, "columns": 0, "densities": [], "revision": 0,
    },
    "list": {"first": 0, "count": 0, "total": 0, "texts": [], "at": 0, "layers": []},
    "find": {"mark": None},
    "legend": {"layers": [], "notes": []},
}  # fmt: skip
_CHECKS: dict[str, Callable[[dict[str, Any], list[str]], Any]] = {
    "annotations": annotation_request,
    "list": list_request,
    "find": find_request,
}


def signal_names(session: Session) -> list[str]:
    """Return the name of each signal, by index."""
    names = [getattr(channel, "name", "") for channel in session.channels]
    for name, k in session.signals.shown.items():
        names[k] = name
    return names


def answer_marks(session: Session, content: dict[str, Any]) -> Answer:
    """Return the reply to a request about marks, and its buffer.

    While the annotations of the file are being read, the reply is empty and has ``pending``
    true; a change or a comparison waits until they are read.
    """
    kind = content["kind"]
    if kind == "mark":
        request = mark_request(content, signal_names(session))
        return session.marked(None).edit(placed(session, request))
    if kind == "compare":
        return session.marked(None).compare(compare_request(content))
    check = _CHECKS.get(kind)
    checked: Any = None if check is None else check(content, signal_names(session))
    service = session.marked(WAIT_SECONDS)
    if service is None:
        return {**_PENDING[kind], "pending": True}, b""
    if kind == "annotations":
        reply, buffer = service.window(checked)
    elif kind == "list":
        reply, buffer = service.rows(checked)
    elif kind == "find":
        reply, buffer = service.find(checked)
    else:
        reply, buffer = service.legend()
    return {"pending": False, **reply}, buffer
