"""Marking by hand in a real browser: keys, drags, undo; the kernel has the same marks."""

from __future__ import annotations

import pytest

SETUP = """
import numpy as np, vital_widgets as vw
fs, seconds = 100, 900
t = np.arange(fs * seconds) / fs
beats = np.exp(-(((t + 0.5) % 1 - 0.5) / 0.02) ** 2)
marks = vw.Annotations([5.0, 6.0, 7.0], ["N", "N", "V"])
signals = {"ECG": beats, "EEG C3": 20 * np.sin(t * 60) * np.sin(t)}
rec = vw.Recording.from_arrays(
    signals, fs=fs, units={"ECG": "mV", "EEG C3": "uV"}, annotations=marks
)
rec.annotations.reader = "anna"
viewer = vw.Viewer(rec, t_range=(0, 30), height=380)

def own(layer="anna"):
    layers = [one.name for one in rec.annotations.layers]
    found = rec.annotations.layer(layer) if layer in layers else []
    return [(round(m.onset, 3), m.text, round(m.duration, 3), m.channel) for m in found]
"""


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    yield book
    book.close()


@pytest.fixture
def book(opened):
    """The notebook with a viewer without marks of the reader, in which nothing is marked."""
    opened.execute(
        "viewer.marking = None; viewer.epoch_length = None; viewer.t_range = (0, 30); "
        "rec.annotations.delete(rec.annotations.layer('anna').id if own() else [])"
    )
    opened.until(lambda: opened.viewer().get_attribute("data-marking") is None)
    opened.until(lambda: opened.viewer().get_attribute("data-t1") == "30")
    opened.viewer().scroll_into_view_if_needed()
    opened.viewer().locator(".vv-area-plot").focus()
    opened.wait_settled()
    yield opened
    # On a busy machine, the message of a gesture that is under way wins over what Python sets.
    opened.page.wait_for_timeout(1000)
    assert opened.errors == []


def at(book, t: float, y: float = 60) -> tuple[float, float]:
    """Position on the page of a time in the window, ``y`` pixels below the top of the plot."""
    box = book.viewer().locator(".vv-area-plot").bounding_box()
    t0, t1 = (float(book.viewer().get_attribute(f"data-{end}")) for end in ("t0", "t1"))
    return box["x"] + (t - t0) / (t1 - t0) * box["width"], box["y"] + y


def show(book, t0: float, t1: float) -> None:
    book.execute(f"viewer.t_range = ({t0}, {t1})")
    book.until(lambda: book.viewer().get_attribute("data-t1") == f"{t1:g}")
    book.wait_settled()


def task(book, name: str) -> None:
    book.execute(f"viewer.marking = {name!r}")
    book.until(lambda: book.viewer().get_attribute("data-marking") == name)


def caught_up(book) -> None:
    """Wait until the browser shows the marks that the kernel has now."""
    # It was told of the change before the kernel answered; the next frame says what is missing.
    book.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    book.wait_settled()


def drag(book, start: tuple[float, float], stop: tuple[float, float]) -> None:
    mouse = book.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move((start[0] + stop[0]) / 2, stop[1])
    mouse.move(*stop)
    mouse.up()


def test_ten_epochs_are_scored_by_keys(book) -> None:
    task(book, "sleep")
    book.until(lambda: book.value("viewer.epoch_length") == 30)
    stages = ["W", "W", "N1", "N2", "N2", "N3", "N3", "N2", "R", "R"]
    for stage in stages:
        book.page.keyboard.press(stage.removeprefix("N").lower())
    book.until(lambda: book.viewer().get_attribute("data-current-epoch") == "11")
    expected = [[30 * k, stage, 30, ""] for k, stage in enumerate(stages)]
    book.until(lambda: book.value("own()") == expected)
    book.screenshot("marking_sleep")
    book.page.keyboard.press("Control+z")
    book.until(lambda: book.value("own()") == expected[:-1])
    caught_up(book)
    assert book.viewer().get_attribute("data-current-epoch") == "10"
    book.page.keyboard.press("w")
    book.until(lambda: book.value("own()") == [*expected[:-1], [270, "W", 30, ""]])
    book.page.keyboard.press("ArrowLeft")
    book.page.keyboard.press("r")
    book.until(lambda: book.value("own()") == expected)


def test_a_beat_is_marked_moved_undone_and_redone(book) -> None:
    show(book, 2, 12)
    task(book, "beats")
    book.page.mouse.move(*at(book, 9.03, 28))
    book.page.keyboard.press("v")
    beat = [[pytest.approx(9, abs=0.02), "V", 0, ""]]  # at the peak
    book.until(lambda: book.value("own()") == beat)
    drag(book, at(book, 9), at(book, 10))
    book.until(lambda: book.value("own()") == [[pytest.approx(10, abs=0.04), "V", 0, ""]])
    moved = book.value("own()")
    book.page.keyboard.press("Control+z")
    book.until(lambda: book.value("own()") == beat)
    book.page.keyboard.press("Control+Shift+Z")
    book.until(lambda: book.value("own()") == moved)
    book.page.wait_for_timeout(500)  # until the page shows it again
    book.wait_settled()
    # A click takes it, a key says what it is, another one deletes it.
    book.page.mouse.click(*at(book, 10))
    book.until(lambda: book.viewer().get_attribute("data-selected") == "1")
    book.screenshot("marking_beats")
    book.page.keyboard.press("s")
    book.until(lambda: book.value("own()[0][1]") == "S")
    book.page.keyboard.press("Delete")
    book.until(lambda: book.value("own()") == [])
    for _ in range(3):
        book.page.keyboard.press("Control+z")
    book.until(lambda: book.value("own()") == beat)


def test_a_drag_marks_a_channel_and_its_edges_can_be_moved(book) -> None:
    task(book, "artefacts")
    drag(book, at(book, 10, 200), at(book, 16, 200))
    near = [pytest.approx(10, abs=0.05), "artefact", pytest.approx(6, abs=0.1), "EEG C3"]
    book.until(lambda: book.value("own()") == [near])
    book.page.mouse.click(*at(book, 13, 200))
    book.until(lambda: book.viewer().get_attribute("data-selected") == "1")
    drag(book, at(book, 16, 200), at(book, 20, 200))
    book.until(lambda: book.value("own()[0][2]") == pytest.approx(10, abs=0.1))
    book.screenshot("marking_artefacts")
    # The keyboard alone: the end one step further, and what it says.
    before = book.value("own()[0][2]")
    book.page.keyboard.press("Alt+Shift+ArrowRight")
    book.until(lambda: book.value("own()[0][2]") > before)
    book.page.keyboard.press("Enter")
    book.page.keyboard.type("swallowing")
    book.page.keyboard.press("Enter")
    book.until(lambda: book.value("own()[0][1]") == "swallowing")
    assert book.viewer().get_attribute("data-t0") == "0"
    # When marking has ended, a drag pans.
    for _ in range(2):
        book.page.keyboard.press("Escape")
    book.until(lambda: book.viewer().get_attribute("data-marking") is None)
    drag(book, at(book, 20, 200), at(book, 10, 200))
    book.until(lambda: float(book.viewer().get_attribute("data-t0")) > 5)
    assert len(book.value("own()")) == 1


def test_marks_of_the_file_say_that_they_cannot_be_changed(book) -> None:
    show(book, 2, 12)
    book.page.mouse.click(*at(book, 7))
    book.until(lambda: book.viewer().get_attribute("data-selected") == "1")
    card = book.viewer().locator(".vv-markcard")
    assert "read-only" in card.inner_text()
    book.page.keyboard.press("Delete")
    message = book.viewer().locator(".vv-markmessage")
    message.wait_for()
    assert "read-only" in message.inner_text()
    book.screenshot("marking_read_only")
    card.get_by_text("Copy layer").click()
    copied = [[5, "N", 0, ""], [6, "N", 0, ""], [7, "V", 0, ""]]
    book.until(lambda: book.value("own('file (anna)')") == copied)
    book.until(lambda: book.value("viewer.marking_layer") == "file (anna)")
    book.execute("viewer.marking_layer = ''")


def test_a_reader_works_through_disagreements(book) -> None:
    book.execute(
        "stages = {'ben': ['W', 'N1', 'N2', 'R'], 'carl': ['W', 'N2', 'N2', 'W']}\n"
        "for who, texts in stages.items():\n"
        "    scored = vw.Annotations(np.arange(4) * 30.0, texts, [30.0] * 4)\n"
        "    rec.annotations.extend(scored, reader=who)"
    )
    task(book, "sleep")
    root = book.viewer()
    root.get_by_role("button", name="Reader anna").click()
    panel = root.get_by_role("dialog", name="Readers")
    for name in ("ben (4)", "carl (4)"):
        panel.get_by_label(name).check()
    panel.get_by_role("button", name="Compare the chosen layers").click()
    book.until(lambda: "2 disagreements" in panel.inner_text())
    book.screenshot("marking_readers")
    panel.get_by_role("button", name="New marks go into the layer").click()
    book.page.keyboard.press("Escape")
    for epoch, key in (("2", "2"), ("4", "r")):
        book.page.keyboard.press("i")
        book.until(lambda epoch=epoch: root.get_attribute("data-current-epoch") == epoch)
        book.page.keyboard.press(key)
        after = str(int(epoch) + 1)
        book.until(lambda after=after: root.get_attribute("data-current-epoch") == after)
    expected = [[30, "N2", 30, ""], [90, "R", 30, ""]]
    book.until(lambda: book.value("own('consensus')") == expected)
    assert book.value("viewer.marking_layer") == "consensus"
    book.execute("viewer.marking_layer = ''")
