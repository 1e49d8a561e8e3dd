"""Text files as the tests write and open them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.io.reader import open_recording

if TYPE_CHECKING:
    from pathlib import Path

    from vital_widgets.core.recording import Recording


def opened(folder: Path, text: str | bytes, name: str = "t.csv", **options: Any) -> Recording:
    """Write a file and return the recording in it, read to its end."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_recording(path, **options).wait()


def shown(recording: Recording) -> list[tuple[str, str]]:
    """Return names and units of the channels."""
    return [(channel.name, channel.units) for channel in recording.channels.values()]
