"""The exceptions of this package; each is also a suitable builtin exception."""

from __future__ import annotations


class VitalError(Exception):
    """Base class of all errors of vital_widgets."""


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
