"""Plotly's browser code, shared by all figures of a kernel, so that a notebook saves it once."""

from __future__ import annotations

import base64
import gzip
import hashlib
import threading
from functools import cache
from pathlib import Path

import plotly
import traitlets
from ipywidgets import Widget

from vital_widgets.errors import StoreError

BUNDLE = Path(plotly.__file__).parent / "package_data" / "widgetbundle.js"


class PlotlyCode(Widget):  # type: ignore[misc]
    """Model without a view that contains the front end of Plotly's figures.

    ``code`` is compressed by gzip and written in base64: JupyterLab saves no bytes of such models.
    """

    code = traitlets.Unicode().tag(sync=True)
    digest = traitlets.Unicode().tag(sync=True)


_lock = threading.Lock()
_shared: list[PlotlyCode] = []
_users: set[str] = set()


def plotly_code(user: str | None = None) -> PlotlyCode:
    """Return the shared model of this kernel; it is created at the first call.

    Parameters
    ----------
    user : str, optional
        Identifier of the figure that needs the model until `release` is called with it.
    """
    with _lock:
        if user is not None:
            _users.add(user)
        if not _shared or _shared[0].comm is None:  # or closed by `Widget.close_all`
            code, digest = _compressed()
            _shared[:] = [PlotlyCode(code=code, digest=digest)]
        return _shared[0]


def release(user: str) -> None:
    """Note that a figure was closed; the shared model is closed with the last figure."""
    with _lock:
        _users.discard(user)
        if _users or not _shared:
            return
        model = _shared.pop()
    model.close()


@cache
def _compressed() -> tuple[str, str]:
    try:
        source = BUNDLE.read_bytes()
    except FileNotFoundError:
        msg = (
            f"the front end of Plotly is missing: there is no {BUNDLE}; install Plotly again "
            '(`pip install --force-reinstall "plotly>=6"`)'
        )
        raise StoreError(msg) from None
    digest = hashlib.blake2b(source, digest_size=12).hexdigest()
    return base64.b64encode(gzip.compress(source, 6, mtime=0)).decode("ascii"), digest
