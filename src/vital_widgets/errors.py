"""Every exception this package raises on purpose; each is also a builtin a caller would expect."""

from __future__ import annotations


class VitalError(Exception):
    """Base of all errors raised by vital_widgets."""


class InvalidInputError(VitalError, ValueError):
    """A value given by the user cannot be used; the message names it and what would be accepted."""


class MissingLibraryError(VitalError, ImportError):
    """A function needs a library that is not installed; the message names the extra to install."""


class UnknownChannelError(VitalError, KeyError):
    """A channel name that the recording does not have."""

    def __str__(self) -> str:
        """Show the message plainly; KeyError would show its repr."""
        return str(self.args[0]) if self.args else ""


class RecordingNotFoundError(VitalError, FileNotFoundError):
    """The file of a recording does not exist."""


class RecordingPermissionError(VitalError, PermissionError):
    """The file of a recording may not be read."""


class FormatError(VitalError, ValueError):
    """A file is not what its format demands, or no reader knows it."""


class SourceChangedError(VitalError, OSError):
    """The file of an open recording was changed, cut short or deleted."""


class SourceReadError(VitalError, OSError):
    """The system failed to read a file: a disk, or a share of the network, that does not answer."""


class NotEnoughMemoryError(VitalError, MemoryError):
    """There is not enough memory for what was to be read."""


class StoreError(VitalError, OSError):
    """The cache folder cannot be written (disk full, no permission) or holds damaged data."""


class TaskCancelledError(VitalError):
    """A background task was cancelled before it had a result."""


class ProtocolError(VitalError, ValueError):
    """A message on the wire does not follow the protocol."""
