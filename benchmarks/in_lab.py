"""What a person feels, in a real JupyterLab and Chromium: first paint, gestures, busy kernel.

Times are taken in the page: from the event of the gesture to the frame that answers it, and to
the frame that shows the window at full resolution.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from inputs import edf
from rows import Row, milliseconds, percentile

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab, Notebook
from lab_server import LabServer

PAINTED = """([index, selector]) => new Promise((resolve) => {
  const begin = performance.now();
  const done = () => {
    const root = document.querySelector(selector);
    if (root && root.dataset.status === "settled") resolve(performance.now() - begin);
    else requestAnimationFrame(done);
  };
  const panel = window.vitalTestPanel;
  panel.content.activeCellIndex = index;
  jupyterapp.commands.execute("notebook:run-cell");
  requestAnimationFrame(done);
})"""

WATCH = """(root) => {
  window.vitalTimes = { gesture: null, frame: null, settled: null };
  const times = window.vitalTimes;
  for (const kind of ["wheel", "pointermove", "keydown"]) {
    root.addEventListener(kind, (event) => {
      if (times.armed) { times.armed = false; times.gesture = event.timeStamp; }
    }, { capture: true });
  }
  root.addEventListener("vital-frame", ({ detail }) => {
    if (times.gesture === null || times.frame !== null) return;
    times.frame = performance.now();
    times.full = detail.outcome === "settled";
  });
  root.addEventListener("vital-settled", () => {
    if (times.gesture !== null && times.settled === null) times.settled = performance.now();
  });
}"""
# Two long tasks at a time, and short urgent ones one after another.
TASKS = """
import threading, time
from vital_widgets.analysis import power_spectrum, run, signal_quality
from vital_widgets.runtime.tasks import Task
channels = list(viewer.recording.channels.values())
long = [run(function, one) for one in channels for function in (power_spectrum, signal_quality)]
def window(_):
    power_spectrum(channels[0].window(3600, 3630)[1], fs=channels[0].fs)
def ask():
    while not all(one.ended for one in long):
        time.sleep(0.2)
        Task(window, "window").start(urgent=True).wait()
threading.Thread(target=ask, daemon=True).start()
"""
ARM = (
    "() => { Object.assign(vitalTimes, {armed: true, gesture: null, frame: null, settled: null}); }"
)
TAKEN = """() => vitalTimes.settled !== null
  && [vitalTimes.gesture, vitalTimes.frame, vitalTimes.settled, vitalTimes.full]"""


def run(folder: Path) -> list[Row]:
    """All figures of the browser, in one JupyterLab."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="lab-"))
    rows: list[Row] = []
    try:
        with LabServer(place) as server, Lab(server) as lab:
            rows += first_paint(lab, folder)
            rows += gestures(lab, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return rows


def first_paint(lab: Lab, folder: Path, repeats: int = 7) -> list[Row]:
    """A new notebook, kernel and cache for every single run; small and large in turn."""
    took: dict[int, list[float]] = {2: [], 2000: []}
    for _ in range(repeats):
        for megabytes, times in took.items():
            shutil.rmtree(lab.server.cache_dir, ignore_errors=True)
            lab.server.cache_dir.mkdir()
            path = edf(folder, megabytes)
            notebook = lab.open(
                ["import vital_widgets as vw", f"rec = vw.open({str(path)!r}); vw.Viewer(rec)"]
            )
            notebook.run(0)
            time.sleep(1)  # the kernel and the page are at rest
            times.append(notebook.page.evaluate(PAINTED, [1, ".vital-viewer"]) / 1e3)
            notebook.close()
    small, large = median(took[2]), median(took[2000])
    return [
        Row(
            "first paint",
            f"8 channels, 250 Hz, never seen; new kernel each; {repeats} runs of each in turn",
            f"2 GB: {large * 1e3:.0f} ms ({large / small:.2f} times), "
            f"slowest {max(took[2000]) * 1e3:.0f} ms",
            f"2 MB: {small * 1e3:.0f} ms",
            "1 s, at most 1.3 times 2 MB",
            large <= 1 and large / small <= 1.3,
        )
    ]


def opened(lab: Lab, path: Path) -> Notebook:
    """A notebook with a viewer of a recording that is built."""
    notebook = lab.open(
        [
            "import vital_widgets as vw",
            f"viewer = vw.Viewer(vw.open({str(path)!r})); viewer",
            "import time; time.sleep(30)",
            "total, end = 0, time.time() + 30\nwhile time.time() < end: total += sum(range(1000))",
            "viewer.figure(follow=True)",
        ]
    )
    notebook.run(0)
    notebook.run(1)
    notebook.wait_settled()
    notebook.execute("viewer._session.task and viewer._session.task.result()")
    notebook.duration = notebook.value("viewer.recording.duration")
    notebook.viewer().evaluate(WATCH)
    notebook.viewer().focus()
    time.sleep(1)
    return notebook


def one_gesture(
    notebook: Notebook, chance: random.Random, box: dict, duration: float
) -> tuple[float, float, bool]:
    """One step of a person who looks around.

    Returns the seconds to the next frame and to settled, and whether that frame was complete.
    """
    mouse, keyboard = notebook.page.mouse, notebook.page.keyboard
    root = notebook.viewer()
    t0, t1 = (float(root.get_attribute(name)) for name in ("data-t0", "data-t1"))
    x = box["x"] + box["width"] * chance.uniform(0.4, 0.7)
    y = box["y"] + box["height"] * chance.uniform(0.2, 0.6)
    mouse.move(x, y)
    kind = chance.choice(["in", "out", "page", "page", "drag"])
    at_start, at_end = t0 <= 0, t1 >= duration - 1e-6
    if t1 - t0 > duration / 2 or (at_start and at_end):
        kind = "in"  # every gesture changes the picture
    elif t1 - t0 < 1:
        kind = "out"
    onward = at_start or (not at_end and chance.random() < 0.5)
    if kind == "drag":
        mouse.down()
    notebook.page.evaluate(ARM)
    if kind in {"in", "out"}:
        mouse.wheel(0, -240 if kind == "in" else 240)
    elif kind == "page":
        keyboard.press("PageDown" if onward else "PageUp")
    else:
        mouse.move(x - 200 if onward else x + 200, y)
    taken = notebook.page.wait_for_function(TAKEN, polling=20).json_value()
    if kind == "drag":
        mouse.up()
    gesture, frame, settled, full = taken
    time.sleep(chance.uniform(0.0, 0.1))
    return (frame - gesture) / 1e3, (settled - gesture) / 1e3, full


def many(notebook: Notebook, count: int, seed: int, seconds: float = 60) -> tuple[list, list, list]:
    """What ``one_gesture`` returns of ``count`` gestures, or of as many as fit into the time."""
    chance = random.Random(seed)
    notebook.viewer().scroll_into_view_if_needed()
    notebook.viewer().focus()
    time.sleep(0.5)
    box = notebook.viewer().bounding_box()
    duration = notebook.duration
    end = time.monotonic() + seconds
    taken = []
    while len(taken) < count and time.monotonic() < end:
        taken.append(one_gesture(notebook, chance, box, duration))
    frames, settled, full = zip(*taken, strict=True)
    return list(frames), list(settled), list(full)


def gestures(lab: Lab, folder: Path) -> list[Row]:
    """Idle, while a cell sleeps, while a cell computes, and plotly-resampler beside it."""
    notebook = opened(lab, edf(folder, 2000))
    frames, idle, full = many(notebook, 150, seed=1)
    notebook.start(2)
    time.sleep(1)
    _, asleep, _ = many(notebook, 60, seed=2, seconds=27)
    notebook.wait_idle()
    notebook.start(3)
    time.sleep(1)
    _, computing, _ = many(notebook, 60, seed=2, seconds=27)
    notebook.wait_idle()
    notebook.execute(TASKS)
    time.sleep(1)
    _, beside, _ = many(notebook, 60, seed=2, seconds=27)
    notebook.execute("[one.cancel() for one in long]; [one.wait() for one in long]")
    notebook.run(4)
    notebook.page.locator(".js-plotly-plot .main-svg").first.wait_for()
    _, figure, _ = many(notebook, 60, seed=2, seconds=27)
    notebook.close()

    from resampler import refined_times

    theirs = refined_times(lab)
    both = [seconds for times in theirs.values() for seconds in times]
    ratio = median(both) / median(idle)
    at_once = sum(full) / len(full)  # what was loaded ahead is in the first frame
    kinds = ", ".join(f"{kind} {median(t) * 1e3:.0f}" for kind, t in theirs.items() if t)
    what = "8 channels, 2 GB EDF, built; wheel, drag and page keys at random"
    return [
        Row(
            "gesture to next frame",
            what,
            milliseconds(frames),
            "",
            "16 ms median",
            median(frames) <= 16e-3,
        ),
        Row(
            "gestures that wait for no reply",
            what,
            f"the first frame of {100 * at_once:.0f} % is complete",
            "",
            "two of three",
            at_once >= 2 / 3,
        ),
        Row(
            "gesture to settled",
            what,
            milliseconds(idle),
            "",
            "60 ms median, 150 ms p95",
            median(idle) <= 60e-3 and percentile(idle, 0.95) <= 150e-3,
        ),
        Row(
            "gesture to settled, beside plotly-resampler",
            what,
            f"{ratio:.1f} times faster",
            f"FigureWidgetResampler, 8 x 1e7 samples in RAM: {milliseconds(both)} "
            f"(medians: {kinds} ms)",
            "at least 8 times faster",
            ratio >= 8,
        ),
        Row(
            "the same while a cell sleeps 30 s",
            what,
            f"{milliseconds(asleep)}, {median(asleep) / median(idle):.2f} times idle",
            "idle",
            "1.5 times idle",
            median(asleep) / median(idle) <= 1.5,
        ),
        Row(
            "the same while a cell computes in Python",
            what,
            f"{milliseconds(computing)}, {median(computing) / median(idle):.2f} times idle",
            "idle",
            "4 times idle",
            median(computing) / median(idle) <= 4,
        ),
        Row(
            "the same while two long tasks and urgent ones run",
            what,
            f"{milliseconds(beside)}, {median(beside) / median(idle):.2f} times idle",
            "idle",
            "1.5 times idle",
            median(beside) / median(idle) <= 1.5,
        ),
        Row(
            "the same while a Plotly figure of the viewer follows",
            what,
            f"{milliseconds(figure)}, {median(figure) / median(idle):.2f} times idle",
            "idle",
            "1.5 times idle",
            median(figure) / median(idle) <= 1.5,
        ),
    ]
