"""A report of heart rate variability in a browser: on the screen, printed, and in a notebook."""

from __future__ import annotations

import pypdfium2
import pytest

import vital_widgets as vw

# Pairs of texts of the report that overlap by more than a pixel in both directions.
OVERLAPS = """() => {
  const boxes = [];
  const walk = document.createTreeWalker(
    document.querySelector(".vw-report"), NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest("style, title")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      if (box.width > 0 && box.height > 0) boxes.push([node.data.trim(), box]);
  }
  const found = [];
  boxes.forEach(([one, a], k) => {
    for (const [two, b] of boxes.slice(k + 1)) {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 1 && y > 0.3 * Math.min(a.height, b.height)) found.push([one, two]);
    }
  });
  return found;
}"""
SECONDS = (20, 300, 3600)


@pytest.fixture(scope="module", params=SECONDS, ids=lambda seconds: f"{seconds} s")
def page_file(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    recording = vw.sample(request.param, seed=2, path=folder / "source.edf")
    return vw.report.hrv_report(recording["ECG"], title="Night 7").save(folder / "report.html")


@pytest.mark.parametrize("width", [390, 1000])
def test_no_texts_overlap_and_nothing_is_loaded(lab, page_file, width):
    context = lab.browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.on("requestfailed", lambda request: problems.append(request.url))
    page.goto(page_file.as_uri())
    assert page.evaluate(OVERLAPS) == []
    assert page.locator("svg").count() >= 3
    across = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(across) <= 0
    assert problems == []
    context.close()


def test_it_prints_on_two_pages_of_a4(lab, page_file, tmp_path):
    context = lab.browser.new_context(offline=True)
    page = context.new_page()
    page.goto(page_file.as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    context.close()
    document = pypdfium2.PdfDocument(printed)
    sizes = [one.get_size() for one in document]
    first, last = (document[k].get_textpage().get_text_bounded() for k in (0, len(document) - 1))
    document.close()
    assert len(sizes) == 2
    assert sizes[0] == pytest.approx((595, 842), abs=1.5)
    assert "Night 7" in first
    assert "How it was made" in last


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_notebook_shows_it_as_it_is_printed(notebook, theme):
    code = "import vital_widgets as vw\nvw.report.hrv_report(vw.sample(300)['ECG'])"
    page = notebook([code])
    page.theme(theme)
    page.run_all()
    report = page.cell(0).locator(".vw-report")
    report.wait_for()
    assert "task-force-1996" in report.inner_text()
    assert report.locator("svg").count() == 4
    paper, ink = report.locator("section").first.evaluate(
        "(one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]"
    )
    assert (paper, ink) == ("rgb(255, 255, 255)", "rgb(22, 25, 29)")
    heading = report.locator("h1").evaluate("(one) => getComputedStyle(one).color")
    cell = report.locator("td").first.evaluate("(one) => getComputedStyle(one).color")
    assert (heading, cell) == ("rgb(22, 25, 29)", "rgb(22, 25, 29)")
    page.screenshot(f"report {theme}", report)
