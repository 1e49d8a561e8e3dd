"""A recording as one HTML file, opened from the disk."""

from __future__ import annotations

import pytest
from lab import INK

import vital_widgets as vw

# Hatched and empty parts have no ink of a trace.


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("share")
    recording = vw.sample(3600, seed=1, path=folder / "source.edf")
    made = vw.to_html(recording, folder / "share.html", t_range=(100, 110), size="1 MB")
    (folder / "source.edf").unlink()
    return made.path


@pytest.fixture
def page(lab, page_file):
    context = lab.browser.new_context(viewport={"width": 1000, "height": 900}, offline=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda one: one.type == "error" and problems.append(one.text))
    page.on("requestfailed", lambda request: problems.append(request.url))
    page.goto(page_file.as_uri())
    yield page
    context.close()
    assert problems == []


def settled(page):
    root = page.locator(".vital-viewer[data-status=settled]")
    root.wait_for()
    return root


def test_a_page_opens_from_the_disk_and_is_moved_by_keys_and_mouse(page):
    root = settled(page)
    assert page.locator(".vital-picture").count() == 0, "the view has replaced the picture"
    assert root.get_attribute("data-t0") == "100"
    assert root.evaluate(INK) > 1000
    box = root.bounding_box()
    page.mouse.move(box["x"] + 600, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 100, steps=4)
    page.mouse.up()
    page.wait_for_function("() => document.querySelector('.vital-viewer').dataset.t0 > 100.5")
    root.focus()
    for _ in range(20):
        page.keyboard.press("-")
    page.wait_for_function("() => document.querySelector('.vital-viewer').dataset.t1 === '3600'")
    root = settled(page)
    assert root.evaluate(INK) > 1000, "the whole recording is drawn"


def test_what_a_page_does_not_contain_is_hatched_and_not_drawn(page):
    root = settled(page)
    root.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.vital-viewer').dataset.t1 === '3600'")
    root = settled(page)
    assert root.evaluate(INK) < 50, "no blocks of coarse data"


def test_a_page_follows_the_dark_scheme(lab, page_file):
    page = lab.browser.new_page(color_scheme="dark")
    page.goto(page_file.as_uri())
    root = page.locator(".vital-viewer.vv-dark[data-status=settled]")
    root.wait_for()
    page.close()


def test_without_scripts_a_page_shows_its_picture(lab, page_file):
    context = lab.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    picture = page.locator(".vital-picture")
    assert picture.bounding_box()["height"] > 200
    context.close()
