"""The browser code, shared by all widgets of a kernel, so that a notebook saves it once."""

from __future__ import annotations

import hashlib
import threading

import traitlets
from ipywidgets import Widget

from vital_widgets.runtime.staticfiles import static_text


class Frontend(Widget):  # type: ignore[misc]
    """Model without a view that contains the bundle and the style sheet."""

    bundle = traitlets.Unicode().tag(sync=True)
    css = traitlets.Unicode().tag(sync=True)
    digest = traitlets.Unicode().tag(sync=True)


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
