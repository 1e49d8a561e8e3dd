"""The gallery of the documentation: a page of each notebook, and one with links to them."""

from __future__ import annotations

import base64
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
PICTURE = b"\x89PNG not a real one"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def gallery():
    path = ROOT / "docs" / "_extensions" / "gallery.py"
    spec = importlib.util.spec_from_file_location("gallery", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["gallery"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["gallery"]


def shown(**data):
    data = {key.replace("__", "/").replace("widget", WIDGET): value for key, value in data.items()}
    return nbformat.v4.new_output("display_data", data=data)


@pytest.fixture
def notebook():
    v4 = nbformat.v4
    picture = base64.b64encode(PICTURE).decode()
    first = v4.new_code_cell("viewer", outputs=[shown(widget={}, image__png=picture)])
    second = v4.new_code_cell("panel", outputs=[shown(widget={}, image__png=picture)])
    second.metadata.tags = ["gallery"]
    table = v4.new_code_cell(
        "table", outputs=[shown(text__html="<table></table>", text__plain="t")]
    )
    said = v4.new_code_cell(
        "print(1)", outputs=[v4.new_output("stream", name="stdout", text="1\n")]
    )
    live = v4.new_code_cell("task", outputs=[shown(widget={}, text__plain="TaskView()")])
    hidden = v4.new_code_cell("secret = 1")
    hidden.metadata.jupyter = {"source_hidden": True}
    links = "See [HRV](../docs/analysis/hrv.md), [two](two.ipynb)."
    text = f"# A title\n\nThe first\nparagraph.\n\n{links}"
    return v4.new_notebook(
        cells=[v4.new_markdown_cell(text), first, second, table, said, live, hidden]
    )


def test_a_page_has_texts_code_and_pictures_and_links_that_lead_on(gallery, notebook):
    page = gallery.page_of("one", notebook)
    assert page.text.startswith("# A title")
    assert "[HRV](../analysis/hrv.md), [two](two.md)" in page.text
    assert "```python\nviewer\n```\n\n![Output of this cell](one-1-0.png)" in page.text
    assert "```{raw} html\n<table></table>\n```" in page.text
    assert "```text\n1\n```" in page.text
    assert "TaskView()" not in page.text
    assert "secret" not in page.text
    assert page.pictures == {"one-1-0.png": PICTURE, "one-2-0.png": PICTURE}
    assert page.chosen == "one-2-0.png", "the cell with the tag"


def test_the_gallery_shows_each_notebook_with_its_picture(gallery, notebook):
    text = gallery.index_of({"one": notebook}, {"one": gallery.page_of("one", notebook)})
    assert "## A title" in text
    assert "[![A title](one-2-0.png)](one.md)" in text
    assert "The first paragraph. [Open](one.md)" in text


def test_without_runs_the_gallery_links_to_the_notebooks(gallery, monkeypatch, tmp_path):
    docs = tmp_path / "docs"
    (docs / "gallery").mkdir(parents=True)
    (docs / "gallery" / "old.md").write_text("of an earlier run")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    monkeypatch.setenv("VITAL_WIDGETS_GALLERY", "off")
    gallery.write_gallery(SimpleNamespace(srcdir=docs), None)
    assert [path.name for path in (docs / "gallery").iterdir()] == ["index.md"]
    text = (docs / "gallery" / "index.md").read_text("utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(../../notebooks/{path.name})" in text


def test_every_notebook_begins_with_a_title_and_a_paragraph(gallery):
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        title, lead = gallery.title_and_lead(nbformat.read(path, as_version=4))
        assert title, path.name
        assert lead.endswith((".", "?")), path.name
