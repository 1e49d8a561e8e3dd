"""From a key that edits beats to what it changes, painted beside the viewer."""

from __future__ import annotations

import shutil
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median

from rows import Row, milliseconds

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab, Notebook
from lab_server import LabServer

LIMIT = 200.0  # ms
TIMES = 25  # the first five do not count, as all code is new then
BEATS = """
import vital_widgets as vw
rec = vw.sample()
rec.annotations.reader = "anna"
viewer = vw.Viewer(rec, t_range=(3600, 3630), height=300)
panel = vw.panels.BeatEditor(viewer)
"""
NIGHT_HOURS, SCORED = 9, 540  # epochs that were scored before: half of the night
SLEEP = f"""
import vital_widgets as vw
from vital_widgets.simulate.sleep_night import sleep_night
night = sleep_night({NIGHT_HOURS})
rec = night.recording
rec.annotations.reader = "anna"
rec.annotations.extend(night.stages.between(0, {SCORED} * 30 - 1))
viewer = vw.Viewer(rec, t_range=({SCORED} * 30, {SCORED} * 30 + 30), height=300)
panel = vw.panels.Sleep(viewer)
"""
SHOW = "display(viewer)\ndisplay(panel)"
# The page notes when a key went down, and the frame after the last change of what is awaited.
WATCH = """(changed) => {
  window.editTimes = { key: null, painted: null, before: null };
  const times = window.editTimes;
  const panel = document.querySelector(".vital-panel");
  const state = new Function("panel", "return (" + changed + ")(panel)");
  document.querySelector(".vital-viewer").addEventListener("keydown", (event) => {
    Object.assign(times, { key: event.timeStamp, painted: null, before: state(panel) });
  }, { capture: true });
  const look = () => {
    if (times.key !== null && times.painted === null && state(panel) !== times.before) {
      requestAnimationFrame(() => { times.painted ??= performance.now(); });
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
# The plot and the words that count edits or epochs, which come with the table, must have changed.
STATE = """(panel) => {
  const words = panel.querySelector(".vital-panel-text").textContent;
  const drawn = panel.querySelector(".js-plotly-plot .scatterlayer").innerHTML;
  const old = panel.vitalSeen ?? ["", ""];
  if (words !== old[0] && drawn !== old[1]) {
    panel.vitalSeen = [words, drawn];
    panel.vitalCount = (panel.vitalCount ?? 0) + 1;
  }
  return panel.vitalCount;
}"""
PAINTED = "() => window.editTimes.painted !== null"


def run(folder: Path) -> list[Row]:
    """Measure edits of 24 h of beats, and the scoring of a night."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="editing-"))
    with LabServer(place) as server, Lab(server, (1280, 1200)) as lab:
        beats, count = beat_edits(lab)
        epochs = epoch_scores(lab)
    shutil.rmtree(place, ignore_errors=True)
    return [
        row("key to intervals and measures painted: beat editor",
            f"{count:,} beats of 24 h at 250 Hz, a beat added by a key, {len(beats)} times", beats),
        row("key to hypnogram and statistics painted: sleep",
            f"{NIGHT_HOURS} h, {NIGHT_HOURS * 120:,} epochs, an epoch scored by a key, "
            f"{len(epochs)} times", epochs),
    ]  # fmt: skip


def row(what: str, inputs: str, taken: list[float]) -> Row:
    """Return the row of the table."""
    met = median(taken) * 1e3 <= LIMIT
    return Row(what, inputs, milliseconds(taken), "", f"{LIMIT:.0f} ms median", met)


def beat_edits(lab: Lab) -> tuple[list[float], int]:
    """Add beats by a key at the pointer, each at another place; times in seconds."""
    book = opened(lab, BEATS)
    book.until(lambda: book.viewer().get_attribute("data-marking") == "beats")
    count = book.value("len(panel.result.times)")
    beats = book.value("[float(t) for t in panel.result.times if 3600 < t < 3630]")
    middles = [(one + after) / 2 for one, after in pairwise(beats)]
    plot = book.viewer().locator(".vv-area-plot")
    plot.focus()
    box = plot.bounding_box()
    assert box is not None
    book.page.evaluate(WATCH, STATE)
    taken = []
    for middle in middles[:TIMES]:
        book.page.mouse.move(box["x"] + box["width"] * (middle - 3600) / 30, box["y"] + 90)
        book.page.wait_for_timeout(500)
        taken.append(pressed(book, "v"))
    book.close()
    return taken[5:], count


def epoch_scores(lab: Lab) -> list[float]:
    """Score epochs by keys, each the next one; times in seconds."""
    book = opened(lab, SLEEP)
    panel = book.page.locator(".vital-panel")
    panel.get_by_role("button", name="Score in the viewer").click()
    book.until(lambda: book.viewer().get_attribute("data-marking") == "sleep")
    book.until(lambda: "so far" not in panel.locator(".vital-panel-text").inner_text())
    book.viewer().locator(".vv-area-plot").focus()
    book.wait_settled()
    book.page.evaluate(WATCH, STATE)
    taken = [pressed(book, "123r2"[k % 5]) for k in range(TIMES)]
    book.close()
    return taken[5:]


def opened(lab: Lab, cell: str) -> Notebook:
    """A notebook whose viewer and panel are drawn."""
    book = lab.open([cell, SHOW])
    book.run_all()
    book.wait_settled()
    book.page.locator(".vital-panel .js-plotly-plot .main-svg").first.wait_for()
    book.until(lambda: book.value("panel.state == 'done'"))
    return book


def pressed(book: Notebook, key: str) -> float:
    """Press a key; return the seconds until all that it changes was painted."""
    book.page.keyboard.press(key)
    book.page.wait_for_function(PAINTED)
    times = book.page.evaluate("window.editTimes")
    book.page.wait_for_timeout(400)  # a person looks at it
    return float(times["painted"] - times["key"]) / 1e3
