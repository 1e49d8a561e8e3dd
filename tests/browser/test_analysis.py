"""Results of the analysis and their progress, as a person sees them in a notebook."""

from __future__ import annotations

SETUP = """
import vital_widgets as vw
from vital_widgets import analysis
rec = vw.sample(duration=900)
quality = analysis.signal_quality(rec["ECG"])
"""
TASK = """
task = analysis.run(analysis.ecg_peaks, rec["ECG"], usable=quality)
vw.TaskView(task)
"""
RESULTS = """
beats = analysis.correct_beats(task.result())
variability = analysis.hrv(beats)
from IPython.display import display
display(quality, beats, variability)
"""
FILTERED = """
band = analysis.design_filter("butterworth", "bandpass", lowcut=5, highcut=15, order=2, fs=250)
filtered = analysis.store(analysis.filter_signal, [rec["ECG"], rec["ECG V1"]], filter=band).result()
vw.Viewer(filtered)
"""
ENDED = """() => [...document.querySelectorAll(".jp-OutputArea-output")].some((output) => {
  const text = output.innerText;
  return text.includes("ecg_peaks of ECG") && /done|finished/i.test(text);
})"""


def test_results_progress_and_a_filtered_recording(notebook) -> None:
    book = notebook([SETUP, TASK, RESULTS, FILTERED])
    for index in range(4):
        book.run(index)
    book.page.wait_for_function(ENDED, timeout=30_000)
    shown = book.cell(2).locator(".vw-result")
    assert shown.count() == 3
    text = shown.nth(2).inner_text()
    assert "task-force-1996" in text
    assert "valid signal" in text
    shown.nth(2).locator("summary").click()
    assert "convention='task-force-1996'" in shown.nth(2).locator("code").inner_text()
    book.wait_settled()  # once: the end of the overview's build may load it anew
    colours = []
    for theme in ("light", "dark"):
        book.theme(theme)
        shown.nth(0).scroll_into_view_if_needed()
        book.screenshot(f"analysis-{theme}")
        colours.append(shown.nth(0).evaluate("(e) => getComputedStyle(e).color"))
    assert colours[0] != colours[1]  # the text follows the theme


BAR = """
import time
from vital_widgets.runtime import progressbar
progressbar.DELAY_SECONDS = 0.0
with progressbar.progress_bar("Finding <beats>") as report:
    report(0.4, "")
    input()
for k in range(10):  # each ends while a page would still make the views of widgets
    with progressbar.progress_bar("quick") as report:
        report(0.5, "")
        time.sleep(0.02 * k)
"""


def test_the_bar_of_a_call_comes_and_goes(notebook) -> None:
    book = notebook([BAR])
    book.start(0)
    bar = book.page.get_by_role("progressbar", name="Finding <beats>")
    bar.wait_for()
    book.page.locator(".jp-Stdin-input").press("Enter")
    book.wait_idle()
    assert book.page.locator("progress").count() == 0
    assert book.output(0).strip() == ""
    assert book.errors == []
