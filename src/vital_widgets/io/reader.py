"""Find the reader of a file, by content first and by name second, and open it."""

from __future__ import annotations

import functools
import inspect
import os
import warnings
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import FormatError, InvalidInputError, RecordingPermissionError
from vital_widgets.io.options import checked_options
from vital_widgets.runtime.fileerrors import file_errors
from vital_widgets.runtime.files import read_head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vital_widgets.core.annotations import Annotations
    from vital_widgets.core.recording import Recording


class Reader(Protocol):
    """Interface of a format's module: the module itself is the reader.

    Another package registers its reader by an entry point of the group ``vital_widgets.readers``
    that names such a module, or an object with these attributes.
    """

    NAME: str  # of the format, in messages
    EXTENSIONS: tuple[str, ...]  # lower case, with the dot

    @staticmethod
    def sniff(head: bytes, path: Path) -> bool:
        """Whether the file's first bytes are of this format, whatever its name."""

    @staticmethod
    def open_file(path: Path, **options: Any) -> Recording:
        """Open the file lazily; its keyword-only parameters are the options of `open`."""


_MODULES = (
    "vital_widgets.io.edf.edf_reader",
    "vital_widgets.io.parquet.parquet_reader",
    "vital_widgets.io.wfdb.wfdb_reader",
)
_LAST = "vital_widgets.io.text.text_reader"  # nearly anything may be text
ENTRY_POINTS = "vital_widgets.readers"  # the group in which other packages register readers
_PARTS = ("NAME", "EXTENSIONS", "sniff", "open_file")


def readers() -> Iterator[Reader]:
    """Yield the readers in the order in which they are tried."""
    for module in _MODULES:
        yield import_module(module)  # type: ignore[misc]
    for point in _registered():
        reader = _loaded(point)
        if reader is not None:
            yield reader
    yield import_module(_LAST)  # type: ignore[misc]


@functools.cache
def _registered() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINTS))


@functools.cache
def _loaded(point: EntryPoint) -> Reader | None:
    """Return the reader of another package; if it cannot be used, warn once and return None."""
    try:
        reader = point.load()
        missing = [part for part in _PARTS if not hasattr(reader, part)]
        problem = f"it lacks {', '.join(missing)}" if missing else ""
    except Exception as error:  # noqa: BLE001 - whatever another package raises
        reader, problem = None, f"{type(error).__name__}: {error}"
    if problem:
        warnings.warn(
            f"the reader {point.name!r} ({point.value}) cannot be used: {problem}; update "
            "the package that registers it",
            stacklevel=2,
        )
        return None
    found: Reader = reader
    return found


def find_reader(path: Path) -> Reader:
    """Return the reader for ``path``, or raise `FormatError` with the known formats."""
    head = read_head(path)
    known = []
    for reader in readers():  # imported one by one: the first that knows the content is enough
        if reader.sniff(head, path):
            return reader
        known.append(reader)
    for reader in known:
        if path.suffix.lower() in reader.EXTENSIONS:
            return reader
    formats = "; ".join(f"{reader.NAME} ({', '.join(reader.EXTENSIONS)})" for reader in known)
    msg = f"{path}: the format of the file is unknown. Known formats: {formats}"
    raise FormatError(msg)


def _is_there(file: Path) -> bool:
    """Whether the file or folder exists; raise if this user may not know."""
    try:
        file.stat()
    except PermissionError as error:
        msg = f"no permission to access {file}; ask the owner of its folder for access"
        raise RecordingPermissionError(msg) from error
    except (OSError, ValueError):  # not there, or of a name that no file can have
        return False
    return True


def open_recording(path: str | os.PathLike[str], **options: Any) -> Recording:
    """Open a recording of any size; only its header is read.

    Parameters
    ----------
    path : path-like
        An EDF, EDF+, BDF, WFDB (header, data or annotation file), Parquet, CSV or text file. The
        format is found by content first and by name second.
    **options
        Options of the format's reader, for example ``separator``, ``decimal``, ``time`` and
        ``fs`` for text files.

    Returns
    -------
    Recording
        With lazy channels. Text files are read in the background: see `Recording.task`.

    Raises
    ------
    RecordingNotFoundError, RecordingPermissionError
        The file does not exist, or may not be read.
    FormatError
        No reader recognizes the content, or it violates its format.
    InvalidInputError
        An option that the format's reader does not have, or a value it cannot use.
    """
    try:
        file = Path(os.fspath(path)).expanduser()
    except TypeError:
        msg = f"open needs the path of a file, not {format_value(path)} ({type(path).__name__})"
        raise InvalidInputError(msg) from None
    except RuntimeError:  # of a user whom the system does not know
        msg = f"{format_value(path)}: the user of this home folder is unknown; give the whole path"
        raise InvalidInputError(msg) from None
    if not _is_there(file):
        header = file.with_name(f"{file.name}.hea") if file.name else file
        if _is_there(header):
            file = header  # WFDB users name a record without an extension
    with file_errors(file):
        recording = _opened(file, options)
    marks = recording._annotations  # noqa: SLF001 - asking `annotations` would read them
    if callable(marks):
        recording._annotations = _with_file_errors(file, marks)  # noqa: SLF001
    return recording


def _with_file_errors(file: Path, read: Callable[[], Annotations]) -> Callable[[], Annotations]:
    def read_annotations() -> Annotations:
        with file_errors(file):
            return read()

    return read_annotations


def _opened(file: Path, options: dict[str, Any]) -> Recording:
    reader = find_reader(file)
    accepted = [
        name
        for name, parameter in inspect.signature(reader.open_file).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    for name in options:
        if name not in accepted:
            offered = ", ".join(accepted) or "none"
            msg = f"the {reader.NAME} reader has no option {name!r}; its options: {offered}"
            raise InvalidInputError(msg)
    return reader.open_file(file, **checked_options(options))
