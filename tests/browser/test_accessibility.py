"""Keyboard, accessibility tree, spoken texts, colours, and fingers on a narrow screen."""

from __future__ import annotations

import re

import pytest

SETUP = """
import numpy as np, vital_widgets as vw
fs, n = 100.0, 60_000
t = np.arange(n) / fs
beats = np.arange(0.5, 599, 0.8)
ecg = np.zeros(n)
ecg[np.round(beats * fs).astype(int)] = 1
rec = vw.Recording.from_arrays(
    {"ECG": ecg, "Pleth": np.sin(t), "EEG C3": np.cos(9 * t)}, fs=fs, units="mV",
    annotations=vw.Annotations(beats, ["N"] * len(beats)),
)
viewer = vw.Viewer(rec, t_range=(10, 20))
"""

# All texts of a viewer whose contrast to what is behind them is too small.
FAINT = """(root) => {
  // rgb(224, 224, 224) or color(srgb 0.88 0.88 0.88 / 0.5)
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number)
    .map((one, k) => (text.startsWith("color(") && k < 3 ? one * 255 : one));
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => {
      c /= 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const over = (top, share, below) => top.map((c, k) => c * share + below[k] * (1 - share));
  const groundOf = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      layers.unshift([[r, g, b], a]);
      if (a === 1) break;
    }
    return layers.reduce((below, [color, a]) => over(color, a, below), [255, 255, 255]);
  };
  const faint = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const box = element.getBoundingClientRect();
    const shown = node.data.trim() && box.width > 1 && box.height > 1;
    if (!shown || element.closest('[aria-disabled=true], [aria-hidden=true], option')) continue;
    let opacity = 1;
    for (let at = element; at && at !== root; at = at.parentElement) {
      opacity *= Number(getComputedStyle(at).opacity);
    }
    const ground = groundOf(element);
    const [r, g, b, a = 1] = numbers(getComputedStyle(element).color);
    const [x, y] = [light(over([r, g, b], a * opacity, ground)), light(ground)];
    const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    if (ratio < 4.5) faint.push(`${node.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
}"""

# The controls of a viewer that a finger cannot hit. The names of layers are as high as
# their rows; the button of marks in the toolbar does the same.
SMALL = """(root) => [...root.querySelectorAll(
    "button:not(.vv-layername), input, select, [tabindex='0'], [role=treeitem]")]
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 0 && height > 0 && Math.min(width, height) < 23.9)
  .map(([one, { width, height }]) =>
    `${one.getAttribute("aria-label") ?? one.className}: ${width} x ${height}`)"""

# Whether the focus can be seen: an outline, or what the element draws around itself.
FOCUS = """() => {
  const { activeElement: at } = document;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
  const after = getComputedStyle(at, "::after");
  const ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1.5;
  return {
    inside: at.closest(".vital-viewer") !== null,
    part: at.closest("[role=toolbar], .vv-area-plot, .vv-channels, .vv-help-button")?.className,
    name: at.getAttribute("aria-label"),
    seen: ring || boxShadow !== "none" || after.borderStyle === "solid",
  };
}"""


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    yield book
    assert book.errors == []
    book.close()


@pytest.fixture
def shown(opened):
    """The viewer as it was opened, with the focus on its lanes."""
    opened.execute(
        "viewer.t_range, viewer.epoch_length = (10, 20), None\n"
        "viewer.selection = viewer.caliper = None"
    )
    for _ in range(6):
        opened.viewer().focus()
        opened.page.keyboard.press("Escape")
    opened.until(lambda: opened.viewer().get_attribute("data-t0") == "10")
    opened.wait_settled()
    opened.viewer().locator(".vv-area-plot").focus()
    return opened


def tree_of(book) -> list[dict[str, object]]:
    """Nodes of the accessibility tree within the viewer, as the browser gives them."""
    session = book.page.context.new_cdp_session(book.page)
    root = session.send(
        "Runtime.evaluate", {"expression": "document.querySelector('.vital-viewer')"}
    )
    answer = session.send("Accessibility.queryAXTree", {"objectId": root["result"]["objectId"]})
    session.detach()
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", ""),
            **{one["name"]: one["value"].get("value") for one in node.get("properties", [])},
        }
        for node in answer["nodes"]
        if not node["ignored"]
    ]


def spoken(book) -> str:
    text = book.viewer().locator("[aria-live=polite]").first.text_content() or ""
    return text.replace("\u00a0", " ").strip()


def heard(book, pattern: str) -> re.Match[str]:
    """Wait until a text is spoken."""
    book.until(lambda: re.search(pattern, spoken(book)))
    return re.search(pattern, spoken(book))


def test_everything_that_takes_the_focus_has_a_role_and_a_name(shown) -> None:
    for key in (None, "s", "l", "?"):
        if key is not None:
            shown.viewer().locator(".vv-area-plot").focus()
            shown.page.keyboard.press(key)
        nodes = tree_of(shown)
        focusable = [node for node in nodes if node.get("focusable")]
        assert len(focusable) > 10
        nameless = [node for node in focusable if not node["name"] or node["role"] == "generic"]
        # The viewer itself is a group; a script can focus it.
        assert nameless == [], key
        roles = {node["role"] for node in nodes}
        assert {"group", "toolbar", "application", "button", "combobox", "textbox"} <= roles
    dialogs = {node["name"] for node in nodes if node["role"] == "dialog"}
    assert dialogs == {"Scales", "Mouse, touch and keys"}
    assert any(node["role"] == "tree" and node["name"] == "Channels" for node in nodes)
    headings = [node["name"] for node in nodes if node["role"] == "heading"]
    assert {"Move through time", "Cursor and sound", "Marks", "Touch"} <= {*headings}
    shown.screenshot("help", shown.viewer())


def test_tab_goes_from_toolbar_to_lanes_to_panel_and_escape_leaves(shown) -> None:
    keyboard = shown.page.keyboard
    keyboard.press("l")  # the panel of channels
    shown.viewer().locator(".vv-toolbar [tabindex='0']").focus()
    keyboard.press("ArrowRight")
    parts = []
    for _ in range(40):
        at = shown.page.evaluate(FOCUS)
        if not at["inside"]:
            break
        assert at["seen"], at
        if at["part"] not in parts[-1:]:
            parts.append(at["part"])
        keyboard.press("Tab")
    assert parts == ["vv-toolbar", "vv-area vv-area-plot", "vv-help-button", "vv-channels"]
    # Arrow keys reach every control of the toolbar.
    names = (
        shown.viewer()
        .locator(".vv-toolbar")
        .get_by_role("button")
        .evaluate_all("(all) => all.filter((e) => e.offsetWidth > 0).map((e) => e.ariaLabel)")
    )
    shown.viewer().locator(".vv-toolbar [tabindex='0']").focus()
    keyboard.press("Home")
    reached = []
    for _ in range(40):
        at = shown.page.evaluate(FOCUS)
        assert at["seen"], at
        if at["name"] in reached:
            break
        reached.append(at["name"])
        keyboard.press("ArrowRight")
    assert {*names} <= {*reached}
    keyboard.press("Escape")
    assert shown.page.evaluate(FOCUS)["part"] == "vv-area vv-area-plot"
    shown.until(lambda: (keyboard.press("Escape"), not shown.page.evaluate(FOCUS)["inside"])[1])


def test_the_cursor_speaks_samples_beats_and_epochs(shown) -> None:
    keyboard = shown.page.keyboard
    keyboard.press("k")
    heard(shown, "^0:00:15.00, cursor, arrow keys step by samples, ECG")
    keyboard.press("ArrowDown")
    said = heard(shown, r"^0:00:15.00, Pleth, (-?[\d.]+) to (-?[\d.]+) mV")
    value = shown.value("float(np.sin(15))")
    assert float(said[1]) - 0.01 <= value <= float(said[2]) + 0.01
    keyboard.press("ArrowUp")
    keyboard.press("u")
    heard(shown, "step by beats")
    keyboard.press("ArrowRight")
    # The beat at 15.7 s.
    heard(shown, r"^0:00:15.70, ECG, .*1.000 mV, N$")
    for _ in range(3):
        keyboard.press("Shift+ArrowRight")
    shown.until(lambda: shown.value("viewer.selection") == pytest.approx([15.7, 18.1]))
    shown.screenshot("cursor", shown.viewer())
    keyboard.press("r")
    shown.until(lambda: shown.value("viewer.caliper") is not None)
    ends = shown.value("[viewer.caliper[end][0] for end in ('from', 'to')]")
    assert ends == pytest.approx([15.7, 18.1], abs=0.02), "to a pixel"
    shown.execute("viewer.epoch_length = 30")
    keyboard.press("u")
    keyboard.press("u")
    heard(shown, "step by epochs")
    keyboard.press("ArrowRight")
    heard(shown, "^0:00:30.*epoch 2 of 20, ECG")
    keyboard.press("Escape")


def test_the_window_is_spoken_after_keys_and_sound_is_asked_for(shown) -> None:
    shown.page.keyboard.press("PageDown")
    heard(shown, "^00:00:20.0 to 00:00:30.0 of 10 min")
    # In a narrow view it is behind the button of further controls.
    button = shown.viewer().locator("button[aria-label^='Hear the window']")
    assert button.get_attribute("aria-pressed") == "false"
    shown.page.keyboard.press("h")
    shown.until(lambda: button.get_attribute("aria-pressed") == "true")
    heard(shown, "^ECG as sound, 8 s")
    shown.page.keyboard.press("h")
    shown.until(lambda: button.get_attribute("aria-pressed") == "false")


@pytest.mark.parametrize(
    "theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]
)
def test_texts_have_contrast_in_the_themes_of_jupyterlab(shown, theme) -> None:
    choose = "(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})"
    shown.page.evaluate(choose, theme)
    shown.page.wait_for_function("(name) => document.body.dataset.jpThemeName === name", arg=theme)
    shown.wait_settled()
    try:
        for key in ("s", "l", "?"):
            shown.viewer().locator(".vv-area-plot").focus()
            shown.page.keyboard.press(key)
            assert shown.viewer().evaluate(FAINT) == []
            shown.page.keyboard.press("Escape")
    finally:
        shown.page.evaluate(choose, "JupyterLab Light")


@pytest.mark.parametrize("forced", [False, True])
def test_it_follows_the_wish_for_more_contrast(shown, forced) -> None:
    # The line under the first lane, which the canvas draws.
    media = {"forced_colors": "active"} if forced else {"contrast": "more"}
    ground = "(root) => getComputedStyle(root).getPropertyValue('--vv-chosen')"
    before = shown.viewer().evaluate(ground)
    shown.page.emulate_media(**media)
    try:
        shown.until(lambda: shown.viewer().evaluate(ground) != before)
        shown.wait_settled()
        shown.page.keyboard.press("l")
        assert shown.viewer().evaluate(FAINT) == []
        shown.screenshot(f"contrast-{'forced' if forced else 'more'}", shown.viewer())
        shown.page.keyboard.press("Escape")
    finally:
        shown.page.emulate_media(forced_colors="none", contrast="no-preference")


def test_fingers_on_a_narrow_screen(notebook, lab) -> None:
    context = lab.new_context(
        has_touch=True,
        device_scale_factor=2,
        viewport={"width": 390, "height": 844},
        reduced_motion="reduce",
    )
    book = notebook([SETUP, "viewer"], context=context)
    book.run_all()
    root = book.wait_settled()
    root.scroll_into_view_if_needed()
    session = context.new_cdp_session(book.page)
    plot = root.locator(".vv-area-plot").bounding_box()

    def finger(kind: str, share: float | None = None, down: float = 30) -> None:
        x = plot["x"] + plot["width"] * (share or 0)
        points = [] if share is None else [{"x": x, "y": plot["y"] + down, "id": 0}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    assert root.evaluate(SMALL) == []
    # Held, then moved, also downwards: selects, and neither pans nor scrolls the page.
    finger("touchStart", 0.3)
    root.get_by_text("lift: calipers").wait_for()
    finger("touchMove", 0.5, 45)
    finger("touchMove", 0.7, 60)
    finger("touchEnd")
    book.until(lambda: book.value("viewer.selection") == pytest.approx([13, 17], abs=0.1))
    assert book.value("viewer.t_range") == [10.0, 20.0]
    assert root.evaluate(SMALL) == []
    book.screenshot("narrow-selection")
    # Held and lifted: calipers.
    finger("touchStart", 0.5)
    root.get_by_text("lift: calipers").wait_for()
    finger("touchEnd")
    book.until(lambda: book.value("viewer.caliper") is not None)
    book.screenshot("narrow-calipers")
    # There is no room for their button in the row.
    root.get_by_role("button", name="More controls").click()
    assert root.evaluate(SMALL) == []
    book.screenshot("narrow-more")
    root.get_by_role("button", name="Calipers").click()
    book.execute("viewer.caliper = viewer.selection = None")
    # A fast swipe does not glide on.
    finger("touchStart", 0.8)
    for share in (0.6, 0.4, 0.3):
        finger("touchMove", share)
    finger("touchEnd")
    book.until(lambda: book.value("viewer.t_range")[0] == pytest.approx(15, abs=0.3))
    book.page.wait_for_timeout(300)
    assert book.value("viewer.t_range")[0] == pytest.approx(15, abs=0.3)
    for key in ("s", "l", "?"):
        root.locator(".vv-area-plot").focus()
        book.page.keyboard.press(key)
        assert root.evaluate(SMALL) == []
        book.screenshot(f"narrow-{key if key != '?' else 'help'}")
        book.page.keyboard.press("Escape")
    assert book.errors == []
