/** The elements of a view: canvases, areas that receive pointers, and slots for controls. */
import type { Layout } from "../math/layout.ts";
import { Announcer } from "../page/announcer.ts";
import { addElement } from "../page/element.ts";
import { SHORT_HELP } from "./help.ts";
import { Surface } from "./surface.ts";

export class Stage {
  readonly root: HTMLElement;
  readonly notices: HTMLElement;
  readonly toolbar: HTMLElement;
  readonly body: HTMLElement;
  readonly side: HTMLElement;
  readonly gutter: Surface;
  readonly plot: Surface;
  readonly axis: Surface;
  readonly overlay: Surface;
  readonly extent: Surface;
  readonly strip: Surface;
  readonly areas: Record<"plot" | "gutter" | "strip", HTMLElement>;
  readonly empty: HTMLElement;
  readonly announcer: Announcer;

  constructor(parent: HTMLElement, signal: AbortSignal) {
    const root = addElement(parent, "div", "vital-viewer");
    root.setAttribute("role", "group");
    root.setAttribute("aria-roledescription", "signal viewer");
    root.setAttribute("data-lm-suppress-shortcuts", "true");
    // Tab reaches its parts; a script can focus it as a whole.
    root.tabIndex = -1;
    this.root = root;
    this.announcer = new Announcer(root, signal);
    this.notices = addElement(root, "div", "vv-notices");
    this.toolbar = addElement(root, "div", "vv-toolbar");
    this.toolbar.setAttribute("role", "toolbar");
    this.toolbar.setAttribute("aria-label", "Viewer");
    const middle = addElement(root, "div", "vv-middle");
    const body = addElement(middle, "div", "vv-body");
    this.body = body;
    this.side = addElement(middle, "div", "vv-side");
    this.gutter = new Surface(body, "gutter");
    this.plot = new Surface(body, "plot", true);
    this.axis = new Surface(body, "axis");
    this.overlay = new Surface(body, "overlay").hideWhereEmpty();
    this.extent = new Surface(body, "extent");
    this.strip = new Surface(body, "strip", true);
    this.areas = {
      plot: addElement(body, "div", "vv-area vv-area-plot"),
      gutter: addElement(body, "div", "vv-area vv-area-gutter"),
      strip: addElement(body, "div", "vv-area vv-area-strip"),
    };
    const { plot } = this.areas;
    plot.setAttribute("role", "application");
    plot.setAttribute("aria-label", "Signals");
    plot.setAttribute("aria-description", SHORT_HELP);
    plot.tabIndex = 0;
    this.empty = addElement(body, "div", "vv-empty");
  }

  get size(): [number, number] {
    return [this.body.clientWidth, this.body.clientHeight];
  }

  /** Setting the size of a canvas clears it: all must be drawn after this. */
  place(box: Layout): void {
    const { areas } = this;
    const { dpr, gutter, plotWidth, lanesTop, lanesHeight, axisTop, axisHeight } = box;
    const { overviewTop, overviewHeight } = box;
    this.gutter.place(0, 0, gutter, axisTop, dpr);
    this.plot.place(gutter, lanesTop, plotWidth, lanesHeight, dpr);
    this.overlay.place(gutter, 0, plotWidth, axisTop + axisHeight, dpr);
    this.axis.place(0, axisTop, box.width, axisHeight, dpr);
    this.extent.place(0, overviewTop, gutter, overviewHeight, dpr);
    this.strip.place(gutter, overviewTop, plotWidth, overviewHeight, dpr);
    cover(areas.plot, gutter, 0, plotWidth, axisTop + axisHeight);
    cover(areas.gutter, 0, 0, gutter, axisTop);
    cover(areas.strip, gutter, overviewTop - 2, plotWidth, overviewHeight + 3);
    this.root.style.setProperty("--vv-gutter-width", `${gutter}px`);
    this.root.classList.toggle("vv-narrow", box.narrow);
    this.root.classList.toggle("vv-scrolls", box.scrollbar > 0);
  }
}

function cover(area: HTMLElement, left: number, top: number, width: number, height: number): void {
  Object.assign(area.style, {
    left: `${left}px`,
    top: `${top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
}
