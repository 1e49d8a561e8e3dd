"""Hosts that are not JupyterLab: widgets in shadow roots, buffers of other kinds, other themes.

A page stands in for the host; the kernel's side is the real one, in this process.
"""

from __future__ import annotations

import base64

import numpy as np
import pytest
from ipywidgets import Widget

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.runtime.tasks import Task
from vital_widgets.serve.dispatch import dispatch

PAGE = """<!doctype html>
<style>
  body { margin: 20px; background: white; color: #222; transition: background-color 60ms; }
  body.dark { background: oklch(0.2 0.01 250); color: #eee; }
</style>
<div id="place"></div>"""

# Models as a host makes them, with the buffers that it hands over.
HOST = """
({ loader, states, buffers }) => {
  const bytesOf = (text) => {
    const plain = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    if (buffers === "ArrayBuffer") return plain.buffer;
    // Within a larger message, at a place that no number is aligned to.
    const message = new Uint8Array(plain.length + 5);
    message.set(plain, 3);
    const kinds = { DataView, Uint8Array };
    return new kinds[buffers](message.buffer, 3, plain.length);
  };
  const models = {};
  const manager = {
    get_model: async (id) => {
      if (!models[id]) throw new Error(`no model ${id}`);
      return models[id];
    },
  };
  for (const [id, state] of Object.entries(states)) {
    const traits = Object.fromEntries(
      Object.entries(state).map(([k, v]) => [k, v?.base64 === undefined ? v : bytesOf(v.base64)]),
    );
    const listeners = {};
    const tell = (event, ...rest) => { for (const one of listeners[event] ?? []) one(...rest); };
    models[id] = {
      comm_live: true,
      widget_manager: manager,
      get: (name) => traits[name] ?? null,
      set: (name, value) => { traits[name] = value; tell(`change:${name}`); },
      save_changes: () => {},
      on: (event, callback) => { (listeners[event] ??= new Set()).add(callback); },
      off: (event, callback) => { listeners[event]?.delete(callback); },
      send: async (content) => {
        const { reply, data } = await window.askKernel(id, content);
        tell("msg:custom", reply, data.map(bytesOf));
      },
    };
  }
  window.models = models;
  window.show = async (id, el) => {
    const url = URL.createObjectURL(new Blob([loader], { type: "text/javascript" }));
    const widget = (await import(url)).default();
    const signal = new AbortController().signal;
    await widget.initialize({ model: models[id], signal });
    await widget.render({ model: models[id], el, signal });
  };
}"""

INTO_THE_PAGE = "(id) => show(id, document.getElementById('place'))"
INTO_A_SHADOW_ROOT = """(id) => {
  const inner = document.createElement("div");
  document.getElementById("place").attachShadow({ mode: "open" }).append(inner);
  const el = document.createElement("div");
  inner.attachShadow({ mode: "open" }).append(el);
  return show(id, el);
}"""
INTO_NO_PAGE_YET = """async (id) => {
  const el = document.createElement("div");
  await show(id, el);
  document.getElementById("place").attachShadow({ mode: "open" }).append(el);
}"""
PLACES = {
    "page": INTO_THE_PAGE,
    "shadow root": INTO_A_SHADOW_ROOT,
    "shadow root, later": INTO_NO_PAGE_YET,
}
PIXELS = """(root) => {
  const canvas = root.querySelector("canvas.vv-plot");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(data.buffer);
  const digest = pixels.reduce((sum, one) => (Math.imul(sum, 31) + one) | 0, canvas.width);
  return { corner: data[4 * (canvas.width + 1)], colours: new Set(pixels).size, digest };
}"""
IS_DARK = f"""() => {{
  const within = (one) => one.shadowRoot && deep(one.shadowRoot);
  const deep = (at) =>
    at.querySelector(".vital-viewer") ?? [...at.querySelectorAll("*")].map(within).find(Boolean);
  return ({PIXELS})(deep(document)).corner < 60;
}}"""
STYLES = """(root) => ({
  position: getComputedStyle(root).position,
  canvas: getComputedStyle(root.querySelector("canvas")).position,
  width: root.getBoundingClientRect().width,
})"""


def state_of(widget: Widget) -> dict[str, object]:
    plain = {}
    for name, value in widget.get_state().items():
        if isinstance(value, bytes | memoryview):
            plain[name] = {"base64": base64.b64encode(value).decode()}
        elif value is None or isinstance(value, str | int | float | bool | list | tuple | dict):
            plain[name] = value
    return plain


@pytest.fixture
def recording():
    t = np.arange(60_000) / 100
    rng = np.random.default_rng(5)
    return vw.Recording.from_arrays(
        {"ECG": np.sin(3 * t) + rng.normal(0, 0.1, t.size), "PPG": np.cos(t)},
        fs=100.0,
        annotations=Annotations([2.0, 5.0], ["N", "V"]),
    )


@pytest.fixture
def host(lab):
    """Show widgets in a page: ``host(widget, place, buffers)``."""
    opened = []

    def show(widget: Widget, place: str = "page", buffers: str = "DataView", **context):
        page = lab.browser.new_page(viewport={"width": 900, "height": 700}, **context)
        page.set_default_timeout(30_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        opened.append((page, errors))
        parts = [widget, *(getattr(widget, name, None) for name in ("_frontend", "_wire"))]
        parts.append(getattr(widget, "_progress", None))
        held = {one.model_id: one for one in parts if one is not None}

        def ask(model: str, content: object) -> dict[str, object]:
            session = getattr(held[model], "_session", None)
            reply, data = dispatch(session, content) if session else ({}, [])
            return {"reply": reply, "data": [base64.b64encode(one).decode() for one in data]}

        page.expose_function("askKernel", ask)
        page.set_content(PAGE)
        states = {model: state_of(one) for model, one in held.items()}
        page.evaluate(HOST, {"loader": widget._esm, "states": states, "buffers": buffers})
        page.evaluate(PLACES[place], widget.model_id)
        return page

    yield show
    for page, errors in opened:
        page.close()
        assert errors == []
    Widget.close_all()


def settled(page):
    root = page.locator(".vital-viewer[data-status=settled]")
    root.wait_for()
    return root


def test_what_is_drawn_is_the_same_in_every_place_and_of_every_kind_of_buffer(host, recording):
    pictures = {}
    for place, buffers in [
        ("page", "DataView"),
        ("page", "Uint8Array"),
        ("page", "ArrayBuffer"),
        ("shadow root", "Uint8Array"),
        ("shadow root, later", "DataView"),
    ]:
        page = host(vw.Viewer(recording), place, buffers)
        root = settled(page)
        styles = root.evaluate(STYLES)
        assert (styles["position"], styles["canvas"]) == ("relative", "absolute"), (place, buffers)
        assert styles["width"] == 860
        picture = root.evaluate(PIXELS)
        assert picture["colours"] > 4
        pictures[place, buffers] = picture["digest"]
    assert len(set(pictures.values())) == 1, pictures


@pytest.mark.parametrize("buffers", ["DataView", "Uint8Array"])
def test_it_is_moved_with_mouse_and_keys_in_a_shadow_root(host, recording, buffers):
    page = host(vw.Viewer(recording), "shadow root", buffers)
    root = settled(page)
    box = root.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 200, y, steps=5)
    page.mouse.up()
    moved = float(settled(page).get_attribute("data-t0"))
    assert moved > 1
    root.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => Object.values(models).some((m) => m.get('t_range')?.[1] === 600)")
    settled(page)
    page.mouse.wheel(0, 300)
    page.wait_for_function("() => Object.values(models).some((m) => m.get('t_range')?.[0] < 589)")
    settled(page)
    root.get_by_role("button", name="Mouse, touch and keys").click()
    page.locator(".vv-help").wait_for(state="visible")


@pytest.mark.parametrize("place", PLACES)
def test_it_follows_the_theme_of_the_page_around_it(host, recording, place):
    page = host(vw.Viewer(recording), place, color_scheme="dark")  # which the page does not follow
    root = settled(page)
    assert root.evaluate(PIXELS)["corner"] > 200
    for dark in (True, False, True):
        page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
        page.wait_for_function(IS_DARK if dark else f"() => !({IS_DARK})()")


def test_a_task_can_be_read_on_light_and_on_dark(host):
    from vital_widgets.widgets.progress import TaskView

    task = Task(lambda _: None, "Reading night.csv")
    page = host(TaskView(task), "shadow root")
    root = page.locator(".vital-progress")
    root.wait_for()
    ink = "(root) => getComputedStyle(root).color"
    assert root.evaluate(ink) == "rgb(33, 33, 33)"
    page.evaluate("document.body.classList.add('dark')")
    page.wait_for_timeout(300)
    assert root.evaluate(ink) == "rgb(232, 232, 232)"
