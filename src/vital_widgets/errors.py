"""The exceptions of this package; each is also a suitable builtin exception."""

from __future__ import annotations

import linecache
import traceback

PACKAGE = __name__.partition(".")[0]
ISSUES = "https://github.com/vital-widgets/vital_widgets/issues"
# Packages that call the user's code, or this package on behalf of it.
BETWEEN = ("IPython", "traitlets")


def internal_error(error: Exception) -> str:
    """Return what a user is told of an error that this package does not expect."""
    what = f"{type(error).__name__}: {error}".removesuffix(": ")
    return (
        f"internal error of vital_widgets ({what}); what you gave may be right. Please report it "
        f"with the traceback at {ISSUES}"
    )


class VitalError(Exception):
    """Base class of all errors of vital_widgets.

    In IPython and Jupyter, only the message and the user's own lines are shown. ``%tb Verbose``
    shows the full traceback of the last error, ``%xmode Verbose`` that of each following one.
    """

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows of this error."""
        from IPython import get_ipython

        shell = get_ipython()
        if shell.InteractiveTB.mode == "Verbose":
            full: list[str] = shell.InteractiveTB.structured_traceback(
                type(self), self, self.__traceback__
            )
            return full
        lines = []
        for file, number in self._lines_of_the_user():
            label, name = shell.compile.format_code_name(file) or ("File", file)
            lines.append(
                f"{label} {name}, line {number}: {linecache.getline(file, number).strip()}"
            )
        named = f"\x1b[0;31m{type(self).__name__}\x1b[0m: {self}"
        return [*lines, named, "(full traceback: %tb Verbose)"]

    def _lines_of_the_user(self) -> list[tuple[str, int]]:
        """Return file and line of each call that led into this package, the outermost first."""
        calls = []
        for frame, number in traceback.walk_tb(self.__traceback__):
            package = str(frame.f_globals.get("__name__")).partition(".")[0]
            if package == PACKAGE:
                break
            if package not in BETWEEN:
                calls.append((frame.f_code.co_filename, number))
        return calls


class InvalidInputError(VitalError, ValueError):
    """An argument is invalid; the message says what was given and what is accepted."""


class MissingLibraryError(VitalError, ImportError):
    """A function needs a library that is not installed; the message names the extra to install."""


class UnknownChannelError(VitalError, KeyError):
    """The recording has no channel of this name."""

    def __str__(self) -> str:
        """Return the message; KeyError would return its repr."""
        return str(self.args[0]) if self.args else ""


class RecordingNotFoundError(VitalError, FileNotFoundError):
    """The file of a recording does not exist."""


class RecordingPermissionError(VitalError, PermissionError):
    """The file of a recording may not be read."""


class FormatError(VitalError, ValueError):
    """A file violates its format, or its format is not supported."""


class SourceChangedError(VitalError, OSError):
    """The file of an open recording was changed, truncated or deleted."""


class SourceReadError(VitalError, OSError):
    """The operating system failed to read a file, for example from a network drive."""


class NotEnoughMemoryError(VitalError, MemoryError):
    """There is not enough memory to read the data."""


class StoreError(VitalError, OSError):
    """The cache folder cannot be written (disk full, no permission) or contains damaged data."""


class TaskCancelledError(VitalError):
    """A background task was cancelled before it had a result."""


class ProtocolError(VitalError, ValueError):
    """A message from the browser violates the protocol."""
