"""Take the screenshots of the documentation in a real JupyterLab: ``docs/images/*.png``.

All signals are simulated. Run it with the Python of the checkout, after ``make bundle``::

    .venv/bin/python scripts/screenshots.py [name ...]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab, Notebook
from lab_server import LabServer

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SETUP = """
import numpy as np
import vital_widgets as vw
rec = vw.sample()
"""
EEG = """
rng = np.random.default_rng(4)
fs, seconds = 200, 1800
t = np.arange(fs * seconds) / fs
names = "Fp1 Fp2 F7 F3 Fz F4 F8 T3 C3 Cz C4 T4 T5 P3 Pz P4 T6 O1 O2 A1 A2".split()
back = np.clip((np.arange(21) - 6) / 12, 0.1, 1.2)  # alpha is strongest at the back of the head
waxing = 0.6 + 0.4 * np.sin(2 * np.pi * t / 7)
slow = np.cumsum(rng.normal(0, 0.35, (21, t.size)), axis=1)
slow -= np.array([np.convolve(x, np.ones(400) / 400, "same") for x in slow])
data = {
    name: 14 * back[k] * waxing * np.sin(2 * np.pi * 10.2 * t + k / 9) + 2.2 * slow[k]
    + rng.normal(0, 1.5, t.size)
    for k, name in enumerate(names)
}
eeg = vw.Recording.from_arrays(data, fs, units="uV")
"""
NIGHT = """
stages = np.repeat(["W", "N1", "N2", "N3", "N2", "R", "N2", "N3", "N2", "R", "W"],
                   [4, 3, 9, 8, 6, 5, 8, 5, 5, 5, 2])
hypnogram = vw.Annotations(np.arange(60) * 30.0, stages, np.full(60, 30.0))
"""

SECOND = """
other = stages.copy()
other[[5, 12, 20, 21, 33, 47]] = ["N2", "N3", "N3", "N2", "N1", "N3"]
for reader, seen in (("anna", stages), ("ben", other)):
    for k, stage in enumerate(seen):
        eeg.annotations.add(30.0 * k, str(stage), 30.0, reader=reader)
"""

#: Name, cells after the setup, keys pressed in the viewer, theme.
SHOTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "viewer": (
        (
            "viewer = vw.Viewer(rec, channels=['ECG', 'ECG V1', 'PPG', 'Resp'], height=430,"
            " t_range=(30600, 30612))"
        ),
        (),
        "light",
    ),
    "paper": (
        (
            "viewer = vw.Viewer(rec, channels=['ECG', 'ECG V1'], height=430)\n"
            "viewer.grid, viewer.paper_speed = 'ecg', 25\n"
            "viewer.scales = {'ECG': '10 mm/mV'}"
        ),
        (),
        "light",
    ),
    "montage": (
        EEG + "viewer = vw.Viewer(eeg, height=560, t_range=(120, 130), montage='double banana',"
        " filters={'EEG': '1-35 Hz'})\nviewer.scales = {'EEG': '7 uV/mm'}",
        (),
        "light",
    ),
    "channels": ("viewer = vw.Viewer(rec, height=520, t_range=(600, 610))", ("l",), "light"),
    "scoring": (
        EEG + NIGHT + "viewer = vw.Viewer(eeg, channels=['F4', 'C4', 'O2'], height=420,"
        " annotations={'expert': hypnogram}, epoch_length=30, t_range=(300, 330))\n"
        "viewer.reader, viewer.marking = 'ben', 'sleep'",
        ("1", "2", "2", "3", "3"),
        "light",
    ),
    "marks": ("viewer = vw.Viewer(rec, height=480, t_range=(36000, 36010))", ("m",), "light"),
    "calipers": (
        "viewer = vw.Viewer(rec, channels=['ECG', 'PPG'], height=360, t_range=(600, 606))",
        ("r",),
        "light",
    ),
    "quality": (
        (
            "viewer = vw.Viewer(rec, channels=['ECG', 'PPG', 'Resp'], height=460)\n"
            "quality = vw.analysis.signal_quality(rec['ECG'])\n"
            "viewer.add_signal(quality, lane='ECG', style='ribbon')\n"
            "viewer.add_spectrogram('Resp', band=(0, 1), window_s=60)\n"
            "viewer.t_range = (0, 3600)"
        ),
        (),
        "light",
    ),
    "statistics": (
        (
            "viewer = vw.Viewer(rec, channels=['ECG', 'PPG', 'Resp'], height=400,"
            " t_range=(600, 620), selection=(602, 608))"
        ),
        (),
        "light",
    ),
    "readers": (
        EEG + NIGHT + SECOND + "viewer = vw.Viewer(eeg, channels=['F4', 'C4', 'O2'], height=420,"
        " epoch_length=30, t_range=(420, 450), page=30)\n"
        "viewer.reader, viewer.marking = 'anna', 'sleep'",
        (),
        "light",
    ),
    "dark": ("viewer = vw.Viewer(rec, height=480, t_range=(600, 610))", (), "dark"),
    "help": ("viewer = vw.Viewer(rec, height=560, t_range=(600, 610))", ("?",), "light"),
}


def take(lab: Lab, name: str) -> None:
    """Show a viewer, press the keys and take its picture."""
    code, keys, theme = SHOTS[name]
    notebook: Notebook = lab.open([SETUP, code, "viewer"])
    notebook.theme(theme)
    notebook.run_all()
    viewer = notebook.wait_settled()
    notebook.execute("viewer._session.task and viewer._session.task.result()")
    for key in keys:
        viewer.focus()
        notebook.page.keyboard.press(key)
    if name in GESTURES:
        GESTURES[name](notebook)
    notebook.page.mouse.move(2, 2)
    notebook.page.wait_for_timeout(3000)
    notebook.wait_settled()
    viewer.screenshot(path=IMAGES / f"{name}.png")
    notebook.close()


def drag(notebook: Notebook) -> None:
    """Measure from one beat to the next."""
    box = notebook.viewer().bounding_box()
    y = box["y"] + box["height"] * 0.24
    notebook.page.mouse.move(box["x"] + 251, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(box["x"] + 370, y, steps=5)
    notebook.page.mouse.up()


def compare(notebook: Notebook) -> None:
    """Compare the layers of two readers."""
    viewer = notebook.viewer()
    viewer.locator("button[aria-haspopup=dialog][aria-label^='Reader']").click()
    for name in ("anna", "ben"):
        viewer.locator(".vv-panel-check", has_text=f"{name} (").locator("input").check()
    viewer.locator("button[aria-label='Compare the chosen layers']").click()


GESTURES = {"calipers": drag, "readers": compare}


def main(names: list[str]) -> None:
    """Take the pictures that were named, all by default."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PYTHONPATH": str(ROOT / "src")}
        with LabServer(Path(folder), environment) as server, Lab(server, (1120, 900)) as lab:
            for name in names or SHOTS:
                take(lab, name)
                print(f"docs/images/{name}.png", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
