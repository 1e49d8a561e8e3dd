"""A recording as one HTML file that needs neither a kernel nor a network."""

from __future__ import annotations

import base64
import html
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vital_widgets.core.formatting import format_duration, format_size, format_start, format_value
from vital_widgets.errors import InvalidInputError
from vital_widgets.export.embeddedspectrograms import packed_spectrograms
from vital_widgets.export.embedding import (
    Embedded,
    anonymous,
    embed_levels,
    embed_marks,
    with_absent,
)
from vital_widgets.export.figure import save_figure
from vital_widgets.runtime.progressbar import progress_bar
from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.serve.description import describe

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vital_widgets.core.recording import Recording
    from vital_widgets.serve.session import Session

DEFAULT_SIZE = "10 MB"
LEAST_SIZE = 300_000
PER_UNIT = {"": 1, "b": 1, "bytes": 1, "kb": 1000, "mb": 10**6, "gb": 10**9}
POLL_SECONDS = 0.1
# Metadata that say nothing about the patient or the day.
TECHNICAL = frozenset({"format", "reserved", "record_duration", "n_records", "frame_frequency"})
WORDS = {
    "n_bytes": "size of the file",
    "startdate": "date of the start",
    "birthdate": "date of birth",
}
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
STYLE = """
body { margin: 0; padding: 16px; font: 14px/1.5 system-ui, sans-serif;
  color: #1c1f23; background: #ffffff; }
h1 { margin: 0 0 2px; font-size: 17px; }
p { margin: 0 0 10px; }
.about { color: #565b61; font-size: 13px; }
.vital-picture { display: block; width: 100%; height: auto; }
@media (prefers-color-scheme: dark) {
  body { color: #f0f2f4; background: #111417; }
  .about { color: #a9b0b8; }
}
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="generator" content="vital_widgets">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p class="about">{about}</p>
{embedded}
<p class="about">{contents}</p>
</body>
</html>
"""
# The browser can use a block as soon as it was read.
BLOCK_CHARACTERS = 128_000
BLOCK = '<script type="text/plain" class="vital-bytes">{}</script>\n'
EMBEDDED = """<div data-vital-embedded>
<img class="vital-picture" alt="{alt}" src="data:image/png;base64,{picture}">
<script type="application/json" class="vital-document">{document}</script>
{first}<script>{script}</script>
{rest}</div>"""


@dataclass(frozen=True)
class SharedPage:
    """A page that was written.

    Attributes
    ----------
    path : Path
        The file.
    n_bytes : int
        Its size.
    contents : str
        What it contains.
    removed : tuple of str
        What was left out because it may identify the patient or the day.
    """

    path: Path
    n_bytes: int
    contents: str
    removed: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the file, its size, and what was removed."""
        removed = f" Removed: {', '.join(self.removed)}." if self.removed else ""
        return f"{self.path} ({format_size(self.n_bytes)}). {self.contents}{removed}"


def byte_count(size: str | float) -> int:
    """Return a size in bytes: "10 MB", "500 kB", or a number of bytes."""
    text = str(size).strip().lower()
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text[len(number) :].strip()
    try:
        n_bytes = float(number) * PER_UNIT[unit]
    except (ValueError, KeyError):
        n_bytes = 0.0
    if not LEAST_SIZE <= n_bytes < float("inf"):
        msg = (
            f"size={format_value(size)} is not a size of a page; give for example '10 MB', "
            f"at least {format_size(LEAST_SIZE)}"
        )
        raise InvalidInputError(msg)
    return int(n_bytes)


def write_page(
    session: Session,
    path: str | os.PathLike[str],
    view: Mapping[str, Any],
    picture: bytes,
    *,
    windows: Sequence[tuple[float, float]] | None,
    size: str | float,
    identity: bool,
    title: str | None,
) -> SharedPage:
    """Write a page; the parameters are those of `vital_widgets.to_html`."""
    recording = session.recording
    budget = byte_count(size)
    name = title or (recording.name if identity else "Recording")
    removed = () if identity else identifying(recording)
    shown = session.index_of(view["channels"])
    signals = [k for k in shown if not session.is_spectrogram(k)]
    with progress_bar(f"Writing {name}") as report:
        while session.task is not None and not session.task.ended:
            session.task.wait(POLL_SECONDS)
            report(session.task.progress / 2, "")
        if session.task is not None:
            session.task.result()
        embedded = Embedded()
        document, fixed = _document(session, view, embedded, picture, identity=identity)
        room = budget - fixed - budget // BLOCK_CHARACTERS * len(BLOCK)
        wanted = [view["t_range"]] if windows is None else list(windows)
        if windows is None and _raw_bytes(session, signals, view["t_range"]) > room / 4:
            wanted = []
        whole = 0.0, recording.duration
        spectrograms = packed_spectrograms(session, shown, whole, room / 4, wait=True)
        room -= sum(map(len, spectrograms))
        if not embed_levels(
            session, signals, wanted, embedded, room, lambda share: report(0.5 + share / 2, "")
        ):
            msg = (
                f"the samples of the windows need more than {format_size(budget)}; give a larger "
                f"size, shorter windows or fewer channels"
            )
            raise InvalidInputError(msg)
    document["spectrograms"] = [one.embed(embedded) for one in spectrograms]
    document["chunks"] = embedded.chunks
    contents = _contents(session, signals, wanted, embedded)
    left_out = f" Left out of this file: {', '.join(removed)}." if removed else ""
    page = PAGE.format(
        policy=POLICY,
        title=html.escape(name),
        style=static_text("main.css") + STYLE,
        about=html.escape(_about(session, signals, identity=identity)),
        embedded=_embedded_element(document, embedded, picture, name),
        contents=html.escape(contents + left_out),
    )
    content = page.encode()
    return SharedPage(save_figure(path, content), len(content), contents, removed)


def _embedded_element(
    document: Mapping[str, Any], embedded: Embedded, picture: bytes, name: str
) -> str:
    """Return the element that page.js replaces by a view; it shows a picture until then.

    The script begins when the first view has its data, while the browser still reads the others.
    """
    first, *rest = embedded.blocks(BLOCK_CHARACTERS)
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    return EMBEDDED.format(
        alt=html.escape(name, quote=True),
        picture=base64.b64encode(picture).decode(),
        document=text,
        first=BLOCK.format(first),
        script=static_text("page.js").replace("</", "<\\/"),
        rest="".join(map(BLOCK.format, rest)),
    )


def identifying(recording: Recording) -> tuple[str, ...]:
    """Return what of a recording may identify the patient or the day."""
    found = ["name of the recording"]
    if recording.start is not None:
        found.append("start date and time")
    found += [
        WORDS.get(key, key.replace("_", " "))
        for key, value in recording.metadata.items()
        if key not in TECHNICAL and value != ""
    ]
    if recording.notes:
        found.append("notes of the reader")
    if any(info.reader for info, _ in recording.origin.marks().parts.all()):
        found.append("names of readers")
    return tuple(found)


def _document(
    session: Session,
    view: Mapping[str, Any],
    embedded: Embedded,
    picture: bytes,
    *,
    identity: bool,
) -> tuple[dict[str, Any], int]:
    """Return the document of a page without its levels, and the size of the fixed part."""
    recording = session.recording
    description, runs = describe(
        recording, session.ranges, 1, most_runs=None, signals=session.signals, notes=session.notes
    )
    marks = session.marked(None).shown_in(-math.inf, math.inf)
    names: dict[str, str] = {}
    if not identity:
        description |= {"name": "", "start": None, "notes": []}
        names = anonymous(marks)
    packed_runs = embedded.pack(runs)
    kept = session.index_of(view["channels"])
    order = with_absent(description, marks, session.signals.named, kept)
    shown = embed_marks(marks, order, embedded, names=names)
    document = {
        "v": 1,
        "description": description,
        "runs": packed_runs,
        "view": _page_view(view, names, shown),
        "annotations": shown,
    }
    scripts = sum(len(static_text(name)) for name in ("page.js", "main.css"))
    per_chunk = 250 * len(session.channels) * 12
    fixed = len(json.dumps(document)) + scripts + len(picture) * 4 // 3 + len(PAGE) + per_chunk
    return document, fixed


def _page_view(
    view: Mapping[str, Any], names: Mapping[str, str], marks: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the view of a page: of its layers only, under other names, and for reading only."""
    known = {layer["name"] for layer in marks["layers"]} if marks else set()
    colors = {names.get(name, name): one for name, one in view.get("layer_colors", {}).items()}
    return {
        **view,
        "layers": None,
        "layer_colors": {name: color for name, color in colors.items() if name in known},
        # What is hidden is not in the page; nothing can be marked, and nobody else is linked.
        "hidden_texts": [],
        "marking": None,
        "marking_layer": "",
        "hotkeys": {},
        "link_group": "",
    }


def _raw_bytes(session: Session, signals: Sequence[int], t_range: tuple[float, float]) -> int:
    total = 0
    for k in signals:
        i0, i1 = session.channels[k].timebase.sample_range(*t_range)
        total += (i1 - i0) * session.channels[k].dtype.itemsize
    return total


def _about(session: Session, signals: Sequence[int], *, identity: bool) -> str:
    recording = session.recording
    parts = [format_duration(recording.duration), f"{len(signals)} channels"]
    if identity and recording.start is not None:
        parts.append(format_start(recording.start))
    if identity:
        parts += [
            f"{key}: {value}"
            for key, value in recording.metadata.items()
            if isinstance(value, str | int | float) and key not in TECHNICAL and value != ""
        ]
    return " · ".join(parts)


def _contents(
    session: Session,
    signals: Sequence[int],
    windows: Sequence[tuple[float, float]],
    embedded: Embedded,
) -> str:
    """Return a sentence about what a page contains."""
    whole = [k for k in signals if embedded.finest.get(k) == 1]
    if len(whole) == len(signals):
        return "Contains every sample."
    coarse = max(
        (embedded.finest[k] / session.channels[k].fs for k in signals if k in embedded.finest),
        default=0.0,
    )
    text = f"Contains the minimum and maximum of each {format_duration(coarse)} or less"
    if whole:
        text += f", every sample of {', '.join(session.channels[k].name for k in whole)}"
    if windows:
        spans = ", ".join(f"{t0:.10g} to {t1:.10g} s" for t0, t1 in windows)
        text += f", and every sample from {spans}"
    return text + "."
