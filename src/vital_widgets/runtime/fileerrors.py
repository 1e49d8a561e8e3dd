"""Whatever fails while a file is opened or read becomes one of our errors that names the file."""

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
_SAID = 200  # characters of what another library said
_NO_NAME = frozenset({errno.EINVAL}) if os.name == "nt" else frozenset()  # "a?b" on Windows
_ABSENT = _NO_NAME | {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})


@contextlib.contextmanager
def system_errors(path: Path, *, doing: str = "read") -> Iterator[None]:
    """Turn what the system says about a file that cannot be opened or read into our errors."""
    try:
        yield
    except VitalError:
        raise
    except ValueError as error:  # a name that no file can have
        msg = f"there is no file {str(path)!r} ({error})"
        raise RecordingNotFoundError(msg) from error
    except PermissionError as error:
        msg = f"no permission to {doing} {path}; ask its owner, or copy it where you may read it"
        raise RecordingPermissionError(msg) from error
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        if isinstance(error, FileNotFoundError) or error.errno in _ABSENT:
            why = "" if isinstance(error, (FileNotFoundError, NotADirectoryError)) else reason
            msg = f"there is no file {path}" + (f" ({why})" if why else "")
            raise RecordingNotFoundError(msg) from error
        fix = "check the disk or the network it is on, then open it again"
        if error.errno in _TOO_MANY:
            fix = "close recordings that are no longer needed, then try again"
        msg = f"{path} cannot be {'opened' if doing == 'open' else doing} ({reason}); {fix}"
        raise SourceReadError(msg) from error


@contextlib.contextmanager
def told_of(path: Path | str) -> Iterator[None]:
    """Turn every exception met while a file is read into one of our errors that names it.

    It stands where a reader is called: what a reader or a library below it raises, whatever that
    is, does not get past it.

    Parameters
    ----------
    path : Path or str
        The file, or what a person calls it.
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
            f"there is not enough memory to read {path}; close what is no longer needed, or open "
            "fewer channels"
        )
        raise NotEnoughMemoryError(msg) from error
    except Exception as error:
        said = " ".join(str(error).split())[:_SAID]
        reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        msg = (
            f"{path} cannot be read: it is damaged, or written in a way that is not known here "
            f"({reason}); get the file anew, or report this with the file"
        )
        raise FormatError(msg) from error


def telling(
    place: str,
) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T]]:
    """Make a method `told_of` the file whose path is the attribute ``place`` of its object."""
    path_of: Callable[[Any], Path | str] = attrgetter(place)

    def decorate(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
        @functools.wraps(method)
        def called(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with told_of(path_of(self)):
                return method(self, *args, **kwargs)

        return called

    return decorate
