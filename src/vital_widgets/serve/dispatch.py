"""Answer each message with exactly one reply, also when the request fails."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from vital_widgets.errors import ProtocolError, VitalError
from vital_widgets.runtime.monitor import MONITOR
from vital_widgets.serve.markanswers import answer_marks
from vital_widgets.serve.points import points_request
from vital_widgets.serve.protocol import (
    ERROR_CODES,
    REQUEST_KINDS,
    VERSION,
    as_json,
    checked_version,
    lanes_request,
    measure_request,
    window_request,
)

if TYPE_CHECKING:
    from vital_widgets.serve.session import Session

log = logging.getLogger(__name__)

# Requests that change something, or create a layer.
ORDERS = frozenset({"compare", "lanes", "mark"})

LONGEST_ERROR = 2000  # characters

Reply = tuple[dict[str, Any], list[bytes]]


def dispatch(session: Session, content: Any) -> Reply:
    """Answer one message from the browser.

    Parameters
    ----------
    session : Session
        The session of the recording.
    content : object
        The JSON part of the message; it is checked completely.

    Returns
    -------
    reply : dict
        Content of the reply, JSON.
    buffers : list of bytes
        Empty, or one binary buffer.
    """
    if not isinstance(content, dict):
        content = {}
    if MONITOR.on:
        kind = content.get("kind")
        known = kind if kind in REQUEST_KINDS else "other"
        with MONITOR.measured("request", str(known)):
            return _reply(session, content)
    return _reply(session, content)


def _reply(session: Session, content: dict[str, Any]) -> Reply:
    envelope = {"v": VERSION, "request": content.get("request"), "seq": content.get("seq")}
    try:
        checked_version(content)
        reply, buffer = _answer(session, content)
    except Exception as error:
        if not isinstance(error, VitalError):
            log.exception("request %r failed", content.get("kind"))
        text = str(error) or type(error).__name__
        if len(text) > LONGEST_ERROR:  # a message may quote what the browser has sent
            text = f"{text[:LONGEST_ERROR]}…"
        reply = {**envelope, "kind": "error", "code": _code(error), "error": text}
        return as_json(reply), []
    return as_json({**reply, **envelope}), [buffer] if buffer else []


def _answer(session: Session, content: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    kind = content.get("kind")
    if kind == "cancel":
        requests = content.get("requests")
        if not isinstance(requests, list):
            msg = f"requests={requests!r} is not a list of request identifiers"
            raise ProtocolError(msg)
        ids = [str(name) for name in requests]
        session.cancel(ids)
        return {"kind": "cancelled", "requests": ids}, b""
    request = str(content.get("request"))
    if session.was_cancelled(request):
        return {"kind": "cancelled", "requests": [request]}, b""
    if kind == "window":
        return session.window(window_request(content, len(session.channels)))
    if kind not in REQUEST_KINDS:
        msg = f"unknown request kind {kind!r}; available: {', '.join(REQUEST_KINDS)}"
        raise ProtocolError(msg)
    if kind in ORDERS and isinstance(content.get("request"), str):
        reply, buffer = session.once.do(request, lambda: _content(session, kind, content, request))
    else:
        reply, buffer = _content(session, kind, content, request)
    return {"kind": kind, **reply}, buffer


def _content(
    session: Session, kind: str, content: dict[str, Any], request: str
) -> tuple[dict[str, Any], bytes]:
    if kind == "runs":
        return session.runs(content.get("timebase"))
    if kind == "lanes":
        session.change_lanes(lanes_request(content))
        return {}, b""
    if kind == "measure":
        client = request.partition(":")[0]
        return session.measure(measure_request(content, len(session.channels)), client), b""
    if kind == "points":
        return session.points(points_request(content, len(session.channels)))
    if kind == "spectrogram":
        return session.spectrogram(content.get("channel"), content.get("tile"))
    return answer_marks(session, content)


def _code(error: Exception) -> str:
    return next(code for kind, code in ERROR_CODES.items() if isinstance(error, kind))
