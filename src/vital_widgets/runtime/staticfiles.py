"""The built files of the front end."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from vital_widgets.errors import StoreError

STATIC = Path(__file__).parent.parent / "static"
BUILT = ("loader.js", "main.css", "main.js", "page.js", "plotloader.js", "saved.js", "timeaxes.js")


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
