"""Convert all errors on opening or reading a file into errors of this package."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    NotEnoughMemoryError,
    RecordingNotFoundError,
    RecordingPermissionError,
    SourceReadError,
    VitalError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
_MAX_REASON = 200  # characters of the message of another library
_NO_NAME = frozenset({errno.EINVAL}) if os.name == "nt" else frozenset()  # "a?b" on Windows
_ABSENT = _NO_NAME | {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
_PARTICIPLES = {"open": "opened", "read": "read", "access": "accessed"}
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})


@contextlib.contextmanager
def system_errors(path: Path, *, doing: str = "read") -> Iterator[None]:
    """Convert errors of the operating system on opening or reading a file."""
    try:
        yield
    except VitalError:
        raise
    except ValueError as error:  # for example a null character in the name
        msg = f"file not found: {str(path)!r} ({error})"
        raise RecordingNotFoundError(msg) from error
    except PermissionError as error:
        msg = f"no permission to {doing} {path}; ask its owner for permission or for a copy"
        raise RecordingPermissionError(msg) from error
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        if isinstance(error, FileNotFoundError) or error.errno in _ABSENT:
            why = "" if isinstance(error, (FileNotFoundError, NotADirectoryError)) else reason
            msg = f"file not found: {path}" + (f" ({why})" if why else "")
            raise RecordingNotFoundError(msg) from error
        fix = "check the disk or the network drive, then open the file again"
        if error.errno in _TOO_MANY:
            fix = "close recordings that are no longer needed, then try again"
        msg = f"{path} cannot be {_PARTICIPLES[doing]} ({reason}); {fix}"
        raise SourceReadError(msg) from error


@contextlib.contextmanager
def file_errors(path: Path | str) -> Iterator[None]:
    """Convert every exception on reading a file into an error of this package that names it.

    It encloses each call of a reader, so that no exception of a library reaches the user.

    Parameters
    ----------
    path : Path or str
        The file, or a name that the user knows.
    """
    try:
        yield
    except (FormatError, InvalidInputError) as error:
        if Path(path).name in str(error):
            raise
        raise type(error)(f"{path}: {error}") from error
    except VitalError:
        raise
    except OSError as error:
        with system_errors(Path(path)):
            raise error from None
    except MemoryError as error:
        msg = (
            f"not enough memory to read {path}; close recordings that are no longer needed, or "
            "open fewer channels"
        )
        raise NotEnoughMemoryError(msg) from error
    except Exception as error:
        text = " ".join(str(error).split())[:_MAX_REASON]
        reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
        msg = (
            f"{path} cannot be read: it is damaged or uses an unsupported variant of its format "
            f"({reason}); obtain a new copy, or report this error with the file"
        )
        raise FormatError(msg) from error


def with_file_errors(
    place: str,
) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T]]:
    """Apply `file_errors` to a method; the attribute ``place`` of its object is the path."""
    path_of: Callable[[Any], Path | str] = attrgetter(place)

    def decorate(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
        @functools.wraps(method)
        def called(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with file_errors(path_of(self)):
                return method(self, *args, **kwargs)

        return called

    return decorate
