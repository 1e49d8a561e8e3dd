"""What a saved notebook shows without a kernel: in JupyterLab, as a page, and without scripts."""

from __future__ import annotations

import base64
import io
import json

import nbformat
import numpy as np
import pytest
from lab import INK
from nbconvert import HTMLExporter
from nbformat.sign import NotebookNotary
from PIL import Image

SETUP = """
import vital_widgets as vw
viewer = vw.Viewer(vw.sample(60, seed=1), t_range=(0, 10), height=300)
"""
VIEW = "application/vnd.jupyter.widget-view+json"
IS_AT = "([t0, t1]) => { const { dataset } = document.querySelector('.vital-viewer');"
IS_AT += " return dataset.t0 === String(t0) && dataset.t1 === String(t1); }"


def outputs_of(file) -> list[dict]:
    return json.loads(file.read_text())["cells"][1]["outputs"]


def picture_in(outputs: list[dict]) -> np.ndarray:
    png = base64.b64decode(outputs[0]["data"]["image/png"])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.fixture
def saved(notebook):
    """A notebook whose viewer was moved to 30 to 40 s, without the state of its widgets."""
    book = notebook([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    root = book.viewer()
    before = picture_in(outputs_of(book.save()))
    root.evaluate("(root) => root.setAttribute('data-mark', 'the same')")
    root.focus()
    for _ in range(3):
        book.page.keyboard.press("PageDown")
    book.page.wait_for_function(IS_AT, arg=[30, 40])
    book.until(lambda: np.abs(picture_in(outputs_of(book.save())) - before).max() > 100)
    assert root.get_attribute("data-mark") == "the same", "the live view was not drawn again"
    height = "(root) => root.closest('.jp-Cell-outputArea').offsetHeight"
    assert root.evaluate(height) < 340, "only the live view takes space"
    assert book.errors == []
    file = book.lab.server.root / book.path
    path = book.path
    book.close()
    content = json.loads(file.read_text())
    content["metadata"].pop("widgets", None)
    file.write_text(json.dumps(content))
    return file, path


def test_a_notebook_opened_again_shows_the_window_that_was_left(notebook, saved) -> None:
    file, path = saved
    size = sum(len(text) for one in outputs_of(file) for text in one["data"].values())
    assert size < 200_000
    again = notebook(path=path)
    picture = again.page.locator(".jp-OutputArea img")
    picture.wait_for()
    assert picture.bounding_box()["height"] > 200
    again.screenshot("saved-not-trusted")
    again.close()
    settings = file.parent.parent / "data"
    NotebookNotary(data_dir=str(settings)).sign(nbformat.read(file, as_version=4))
    trusted = notebook(path=path)
    root = trusted.wait_settled()
    assert (root.get_attribute("data-t0"), root.get_attribute("data-t1")) == ("30", "40")
    assert root.evaluate(INK) > 1000
    assert "Error displaying widget" not in trusted.cell(1).inner_text()
    trusted.screenshot("saved-trusted")
    root.focus()
    trusted.page.keyboard.press("End")
    trusted.page.wait_for_function(IS_AT, arg=[50, 60])
    trusted.page.wait_for_timeout(300)
    assert root.evaluate(INK) < 100, "nothing is drawn that was not saved"
    trusted.screenshot("saved-not-loaded")
    trusted.run_all()
    trusted.wait_settled()
    assert trusted.page.locator(".vital-viewer").count() == 1


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_a_converted_page_is_alive_without_a_network(lab, saved, template, tmp_path) -> None:
    file, _ = saved
    body, _ = HTMLExporter(template_name=template).from_notebook_node(
        nbformat.read(file, as_version=4)
    )
    page_file = tmp_path / "page.html"
    page_file.write_text(body)
    for scripts in (True, False):
        context = lab.browser.new_context(offline=True, java_script_enabled=scripts)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(page_file.as_uri(), wait_until="domcontentloaded")
        picture = page.locator("img[src^='data:image/png']").first
        if scripts:
            page.locator(".vital-viewer[data-status=settled]").wait_for()
            assert page.locator(".vital-viewer").get_attribute("data-t0") == "30"
            assert not picture.is_visible()
        else:
            assert picture.bounding_box()["height"] > 200
        context.close()


BENCH = """
import vital_widgets as vw
bench = vw.Workbench(vw.sample(60, seed=1), ["Spectrum"], t_range=(0, 10), height=240)
panel = vw.panels.Statistics(bench.recording)
"""


def test_a_workbench_and_a_panel_are_pictures_of_what_was_left(notebook) -> None:
    book = notebook([BENCH, "bench", "panel"])
    book.run_all()
    book.wait_settled()
    book.page.locator(".vital-actions").nth(1).wait_for()
    cells = (1, 2)

    def pictures() -> list[np.ndarray]:
        shown = [one["outputs"] for one in json.loads(book.save().read_text())["cells"]]
        return [picture_in(shown[k]) for k in cells]

    book.execute("bench.panels[0].wait(); panel.wait()")
    before = pictures()
    assert [one.shape[1] for one in before] == [1440, 1536]
    book.execute("bench.viewer.t_range = (30, 40); panel.logarithmic = True")

    def differ() -> bool:
        now = pictures()
        return all(
            a.shape != b.shape or np.abs(a - b).max() > 100
            for a, b in zip(now, before, strict=True)
        )

    book.until(differ)
    assert book.errors == []
    file, path = book.lab.server.root / book.path, book.path
    book.close()
    content = json.loads(file.read_text())
    content["metadata"].pop("widgets", None)
    file.write_text(json.dumps(content))
    again = notebook(path=path)
    for k, width in ((0, 960), (1, 768)):
        picture = again.page.locator(".jp-OutputArea img").nth(k)
        picture.wait_for()
        assert picture.bounding_box()["width"] == pytest.approx(width, abs=200)
    again.screenshot("saved-workbench")
