"""The browser code, shared by all widgets of a kernel, so that a notebook saves it once."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from pathlib import Path

import traitlets
from ipywidgets import Widget

from vital_widgets.errors import StoreError

STATIC = Path(__file__).parent.parent / "static"


class Frontend(Widget):  # type: ignore[misc]
    """Model without a view that contains the bundle and the style sheet."""

    bundle = traitlets.Unicode().tag(sync=True)
    css = traitlets.Unicode().tag(sync=True)
    digest = traitlets.Unicode().tag(sync=True)


@cache
def static_text(name: str) -> str:
    """Return a built file of the front end."""
    try:
        return (STATIC / name).read_text("utf-8")
    except FileNotFoundError:
        msg = (
            f"the front end is not built: {STATIC / name} is missing; reinstall the package "
            "(`pip install --force-reinstall vital_widgets`) or, in a checkout, run `make bundle`"
        )
        raise StoreError(msg) from None


_lock = threading.Lock()
_shared: list[Frontend] = []


def frontend() -> Frontend:
    """Return the shared front end of this kernel; it is created at the first call."""
    with _lock:
        if not _shared or _shared[0].comm is None:  # or closed by `Widget.close_all`
            bundle, css = static_text("main.js"), static_text("main.css")
            digest = hashlib.blake2b(f"{bundle}\0{css}".encode(), digest_size=12).hexdigest()
            _shared[:] = [Frontend(bundle=bundle, css=css, digest=digest)]
        return _shared[0]
