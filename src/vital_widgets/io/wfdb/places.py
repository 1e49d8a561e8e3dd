"""Find the files that a WFDB header names.

Some headers name their files with the folder of the database (`mimic/a.dat`), while a download has
them side by side. So a file is searched at the place that the header names, below its own folder,
and then beside the header; never above or elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from vital_widgets.errors import FormatError, RecordingNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def base_name(name: str) -> str:
    """Return the last part of a name after its folders, '' if that is not a file name."""
    last = re.split(r"[/\\]", name)[-1]
    return "" if last in (".", "..") else last


class Places:
    """Finds the files beside or below a header.

    Parameters
    ----------
    header : Path
        The header.
    names : iterable of str
        All names that it gives.
    ending : str
        Ending that the file has but its name in the header lacks.
    """

    def __init__(self, header: Path, names: Iterable[str], ending: str = "") -> None:
        self._header = header
        self._ending = ending
        written = {self.key(name) for name in names}
        self._bases = Counter(base_name(name) for name in written)
        self.notes: list[str] = []

    @staticmethod
    def key(name: str) -> str:
        """Return the normal form of a name: './a' is 'a', a backslash is '/'."""
        return re.sub(r"(?<![^/])\./+", "", re.sub(r"[/\\]+", "/", name))

    def find(self, name: str) -> Path:
        """Return the path of a file; ``notes`` reports a place that differs from the header."""
        base = base_name(name)
        if not base:
            raise FormatError(
                f"{self._header}: {name!r} names a folder; the header must name a file"
            )
        folder, file = self._header.parent, base + self._ending
        *above, _ = self.key(name).split("/")
        if not above:
            return folder / file
        if not any(part in ("", "..") or part.endswith(":") for part in above):
            below = folder.joinpath(*above, file)
            if _is_there(below):
                return below
        if self._bases[base] > 1:
            raise RecordingNotFoundError(
                f"{self._header} names {name!r} and other files of the name {base} in other "
                f"folders; copy these folders beside the header, or {file} could be any of them"
            )
        if not _is_there(folder / file):
            raise RecordingNotFoundError(
                f"there is no file {file} beside the header {self._header}, which names it as "
                f"{name!r}; copy it there"
            )
        named_folder = "/".join(above) or "/"
        note = f"the header names files in the folder {named_folder!r}; those beside it are read"
        if note not in self.notes:
            self.notes.append(note)
        return folder / file


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False
