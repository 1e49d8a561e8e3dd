"""Real recordings from installed packages, for machines without a folder of recordings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

# Folder of the recordings -> package and the folder in it that has the same files.
SOURCES = {
    "heartpy": ("heartpy", "data"),
    "hrv/pyhrv": ("pyhrv", "files"),
    "peakdet": ("peakdet", "tests/data"),
    "pyedflib": ("pyedflib", "tests/data"),
}


class PackagedFolder(type(Path())):  # type: ignore[misc] - the class of this system's paths
    """A folder that skips the test which asks for a file that no package carries."""

    def __truediv__(self, name: str) -> Path:
        """Return the path of a file or folder, or skip."""
        path: Path = super().__truediv__(name)
        if not path.exists() and not any(path.parent.glob(f"{path.name}.*")):
            pytest.skip(f"{name}: no package carries this recording (set VITAL_WIDGETS_DATA)")
        return path


def packaged_file(package: str, inner: str) -> Path:
    """Path of a recording that a package of the development environment carries."""
    spec = find_spec(package)
    assert spec is not None, f"the development environment has {package}"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0], inner)


def packaged_recordings(folder: Path) -> Path:
    """Fill ``folder`` with links to the recordings of the installed packages; return it."""
    for name, (package, inner) in SOURCES.items():
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        source = Path(spec.submodule_search_locations[0], inner)
        if source.is_dir():
            (folder / name).mkdir(parents=True)
            for file in source.iterdir():
                if file.is_file():
                    (folder / name / file.name).symlink_to(file)
    return PackagedFolder(folder)
