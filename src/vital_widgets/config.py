"""Settings: cache folder, memory limit, chunk length; environment variables override defaults."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from vital_widgets.errors import InvalidInputError

MIB = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """The current settings.

    Attributes
    ----------
    cache_dir : Path
        Folder of pyramids and of samples read from text files (``VITAL_WIDGETS_CACHE_DIR``).
    cache_bytes : int
        Maximum size of this folder (``VITAL_WIDGETS_CACHE_BYTES``).
    memory_bytes : int
        Maximum memory for decoded blocks of all recordings of a process
        (``VITAL_WIDGETS_MEMORY_BYTES``).
    chunk_samples : int
        Samples per chunk of a lazy Dask array (``VITAL_WIDGETS_CHUNK_SAMPLES``).
    workers : int
        Number of background tasks that run at the same time (``VITAL_WIDGETS_WORKERS``).
    """

    cache_dir: Path
    cache_bytes: int = 20 * 1024 * MIB
    memory_bytes: int = 32 * MIB
    chunk_samples: int = 1 << 20
    workers: int = 2


def settings() -> Settings:
    """Return the current settings; the environment is read at each call."""
    default = Settings(_default_cache_dir())
    return Settings(
        cache_dir=Path(os.environ.get("VITAL_WIDGETS_CACHE_DIR") or default.cache_dir).expanduser(),
        cache_bytes=_positive("VITAL_WIDGETS_CACHE_BYTES", default.cache_bytes),
        memory_bytes=_positive("VITAL_WIDGETS_MEMORY_BYTES", default.memory_bytes),
        chunk_samples=_positive("VITAL_WIDGETS_CHUNK_SAMPLES", default.chunk_samples),
        workers=_positive("VITAL_WIDGETS_WORKERS", default.workers),
    )


def _positive(variable: str, default: int) -> int:
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        msg = f"{variable}={text!r} is not a whole number above 0; unset it to use {default}"
        raise InvalidInputError(msg)
    return value


def _default_cache_dir() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "vital_widgets"
