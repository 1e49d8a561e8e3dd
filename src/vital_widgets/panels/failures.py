"""What is told of errors that nobody expected, also of panels of other packages."""

from __future__ import annotations

import traceback

from vital_widgets.errors import PACKAGE, internal_error


def told_of(error: Exception, panel: type) -> str:
    """Return what a panel tells of an error that is no `VitalError`.

    Parameters
    ----------
    error : Exception
        The error.
    panel : type
        Class of the panel. One of another package is named, with the line that failed.
    """
    if panel.__module__.partition(".")[0] == PACKAGE:
        return internal_error(error)
    what = f"{type(error).__name__}: {error}".removesuffix(": ")
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") == panel.__module__
    ]
    line = f", line {lines[-1]}" if lines else ""
    return (
        f"the panel {panel.__name__} failed ({what}; {panel.__module__}{line}); correct its code, "
        "or ask its author; panel.wait() raises the error"
    )
