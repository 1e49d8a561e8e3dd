"""Where the files lie that a WFDB header names.

Databases are kept in folders, and some headers name their files with the folder they lay in
(`mimic/a.dat`). A download has them side by side. So a file is looked for where the header says,
below its own folder, and then beside it; never above or elsewhere.
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
    """Return what a name ends in after its folders, '' if that is no name of a file."""
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
        What a file has at its end and its name in the header has not.
    """

    def __init__(self, header: Path, names: Iterable[str], ending: str = "") -> None:
        self._header = header
        self._ending = ending
        written = {self.key(name) for name in names}
        self._bases = Counter(base_name(name) for name in written)
        self.notes: list[str] = []

    @staticmethod
    def key(name: str) -> str:
        """Return a name in one way of writing it: './a' is 'a', a backslash is '/'."""
        return re.sub(r"(?<![^/])\./+", "", re.sub(r"[/\\]+", "/", name))

    def find(self, name: str) -> Path:
        """Return the path of a file; ``notes`` says where that is not what the header names."""
        base = base_name(name)
        if not base:
            raise FormatError(f"{self._header}: {name!r} names a folder and not a file")
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
                f"there is no file {file} beside the header {self._header}, which names it "
                f"{name!r}; copy it there"
            )
        told = "/".join(above) or "/"
        note = f"the header names files in the folder {told!r}; those beside it are read"
        if note not in self.notes:
            self.notes.append(note)
        return folder / file


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False
