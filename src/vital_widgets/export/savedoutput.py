"""What the output of a cell keeps of a viewer, for notebooks that are opened without a kernel."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.export.embeddedspectrograms import packed_spectrograms
from vital_widgets.export.embedding import Embedded, embed_marks, packed, with_absent
from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.serve.description import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.serve.session import Session

MOST_CHARACTERS = 190_000  # of the picture, the code and the data together
MOST_MARKS = 1500
MOST_RUNS = 2000
WIDTHS = (2000, 1400, 900, 600, 300, 150, 75)
# Shows the view if there is no live one in the output before this: its widget is unknown, or the
# page shows the picture. Without scripts, the output stays empty.
START = """(() => {
  const root = document.currentScript.previousElementSibling;
  const own = root.closest(".jp-OutputArea-child, .output_area");
  const before = own && own.previousElementSibling;
  if (own) own.style.display = "none";
  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };
  const show = async () => {
    const [script, css] = await unpack(root.querySelector(".vital-code").textContent);
    const style = document.createElement("style");
    style.textContent = css;
    root.append(style);
    root.hidden = false;
    if (own) own.style.display = "";
    if (before) before.style.display = "none";
    root.setAttribute("data-vital-embedded", "");
    (0, eval)(script);
  };
  const place = before || document;
  const live = () => place.querySelector(".vital-viewer");
  let looks = 0;
  const look = () => {
    if (live() || (looks > 0 && !root.isConnected)) return;
    const failed = before && /^Error displaying widget/.test(before.innerText.trim());
    if (failed || (before && before.querySelector("img")) || ++looks > 16) show();
    else setTimeout(look, 250);
  };
  setTimeout(look, 0);
})();"""
ELEMENT = """<div data-vital-embedded="waiting" hidden>
<script type="application/json" class="vital-document">{document}</script>
<script type="text/plain" class="vital-bytes">{data}</script>
<script type="text/plain" class="vital-code">{code}</script>
</div>
<script>{start}</script>"""


def saved_output(session: Session, view: Mapping[str, Any], taken: int) -> str | None:
    """Return the element that shows the view of a saved notebook; None if it would be too large.

    Parameters
    ----------
    session : Session
        Where the data come from.
    view : mapping
        The properties of the view.
    taken : int
        Characters that the picture takes.
    """
    code = _packed(static_text("saved.js"), static_text("main.css"))
    room = MOST_CHARACTERS - taken - len(code) - len(START)
    signals = session.index_of(view["channels"])
    spectrograms = packed_spectrograms(session, signals, view["t_range"], room / 3, wait=False)
    signals = [k for k in signals if not session.is_spectrogram(k)]
    for width in WIDTHS:
        embedded = Embedded()
        document = _document(session, view, embedded)
        document["spectrograms"] = [one.embed(embedded) for one in spectrograms]
        window, data = session.first_picture(
            signals, *view["t_range"], widths=(width,), limit=MOST_CHARACTERS
        )
        for reply in (window["window"], window["overview"]):
            for part in reply["parts"] if reply else ():
                header, content = _alone(part, data)
                embedded.add([header], [packed(content)])
        document["chunks"] = embedded.chunks
        text = json.dumps(document, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
        if len(text) + len(embedded) <= room:
            return ELEMENT.format(document=text, data=embedded.text(), code=code, start=START)
    return None


@cache
def _packed(*texts: str) -> str:
    return packed(json.dumps(texts).encode())


def _document(session: Session, view: Mapping[str, Any], embedded: Embedded) -> dict[str, Any]:
    recording = session.recording
    description, runs = describe(
        recording,
        session.ranges,
        1,
        most_runs=MOST_RUNS,
        signals=session.signals,
        notes=session.notes,
    )
    t0, t1 = view["t_range"]
    annotations = None
    if session.marked(0.0) is not None:
        marks = session.marked(None).shown_in(-math.inf, math.inf)
        order = with_absent(description, marks, session.signals.named, None)
        near = 2 * t0 - t1, 2 * t1 - t0
        annotations = embed_marks(marks, order, embedded, most=MOST_MARKS, near=near)
    return {
        "v": 1,
        "description": description,
        "runs": embedded.pack(runs),
        "view": dict(view),
        "absent": "not loaded",
        "annotations": annotations,
    }


def _alone(part: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return a part of a reply with a buffer of its own."""
    size = part["count"] * np.dtype(part["dtype"]).itemsize * (1 if part["bin"] == 1 else 2)
    return {**part, "at": 0}, data[part["at"] : part["at"] + size]
