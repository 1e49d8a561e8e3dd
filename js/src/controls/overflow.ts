/** One row of controls at every width: groups without room wait behind a button. */
import { addElement } from "../page/element.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import { addButton, type Group, groupOf, insertGroup } from "./toolbar.ts";

/** The groups that leave the row, the first one first; the others always stay. */
const LEAVE: readonly Group[] = [
  "share",
  "read",
  "link",
  "play",
  "measure",
  "history",
  "epochs",
  "lanes",
  "marks",
  "scales",
];
/** Groups whose buttons are pressed several times. */
const REPEATED: ReadonlySet<Group> = new Set(["history", "scales"]);
const DOTS =
  "M3 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zm5 0a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z" +
  "m5 0a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z";
/** Room for the resolution at the end of the row, and for the button (CSS pixels). */
const BADGE = 164;
const BUTTON = 40;
/** Padding of the row, and the space after a group. */
const PADDING = 12;
const SPACE = 8;

/**
 * The groups that must leave a row of some width, given the widths of all that are in it.
 *
 * @param held A group that is in use, and stays.
 */
export function leaving(
  widths: ReadonlyMap<Group, number>,
  room: number,
  held: Group | null = null,
): Set<Group> {
  const leave = LEAVE.filter((name) => name !== held);
  const needs = (name: Group): number => {
    const width = widths.get(name) ?? 0;
    return width > 0 ? width + SPACE : 0;
  };
  const names = [...widths.keys()];
  const total = (some: readonly Group[]): number =>
    some.reduce((sum, name) => sum + needs(name), 0);
  if (total(names) <= room) return new Set();
  let free = room - BUTTON - total(names.filter((name) => !leave.includes(name)));
  // The most important ones first; a small one may stay where a large one must leave.
  const gone = [...leave].reverse().filter((name) => {
    if (needs(name) > Math.max(0, free)) return true;
    free -= needs(name);
    return false;
  });
  return new Set(gone);
}

export function overflow(host: ViewHost): Feature {
  const { toolbar: bar, signal } = host;
  const button = addButton(groupOf(bar, "more"), {
    label: "More controls",
    icon: DOTS,
    run: () => open(Boolean(panel.hidden)),
    signal,
  });
  const panel = addElement(bar, "div", "vv-more");
  panel.setAttribute("role", "group");
  panel.setAttribute("aria-label", "More controls");
  panel.hidden = true;
  const own = button.parentElement as HTMLElement;
  own.hidden = true;
  /** Widths of the groups when they were last seen. */
  const widths = new Map<Group, number>();
  let gone = new Set<Group>();

  const open = (now: boolean): void => {
    if (now === !panel.hidden) return;
    panel.hidden = !now;
    button.setAttribute("aria-expanded", String(now));
    if (!now) return;
    const top = button.offsetTop + button.offsetHeight + 2;
    panel.style.top = `${top}px`;
    panel.style.maxHeight = `${Math.max(40, host.root.clientHeight - top - 6)}px`;
  };
  button.setAttribute("aria-expanded", "false");

  const groups = (): HTMLElement[] => [...bar.querySelectorAll<HTMLElement>(".vv-group")];
  const fit = (): void => {
    const narrow = host.root.classList.contains("vv-narrow");
    const room = bar.clientWidth - PADDING - (narrow ? 0 : BADGE);
    // Hidden, or not in the page.
    if (bar.clientWidth === 0) return;
    for (const group of groups()) {
      const name = group.getAttribute("data-group") as Group;
      if (name === "more" || name === "marking") continue;
      if (!panel.contains(group)) widths.set(name, group.offsetWidth);
    }
    // The button that was pressed to play is the one that stops.
    const next = leaving(widths, room, host.root.hasAttribute("data-playing") ? "play" : null);
    if (same(next, gone)) return;
    gone = next;
    const focused = document.activeElement;
    for (const group of groups()) {
      const name = group.getAttribute("data-group") as Group;
      const parent = gone.has(name) ? panel : bar;
      if (group.parentElement !== parent) insertGroup(parent, group);
    }
    own.hidden = gone.size === 0;
    if (own.hidden) open(false);
    // What is moved loses the focus.
    if (focused instanceof HTMLElement && bar.contains(focused)) focused.focus();
  };
  if (typeof ResizeObserver === "function") {
    const sizes = new ResizeObserver(fit);
    const watch = (): void => {
      for (const one of [bar, ...groups()]) sizes.observe(one);
    };
    watch();
    // Groups are created as features need them.
    const born = new MutationObserver(watch);
    born.observe(bar, { childList: true });
    signal.addEventListener("abort", () => [sizes, born].forEach((one) => void one.disconnect()), {
      once: true,
    });
  }
  const outside = ({ target }: Event): void => {
    const inside = panel.contains(target as Node) || own.contains(target as Node);
    if (!inside) open(false);
  };
  host.root.addEventListener("pointerdown", outside, { signal });
  // What is done acts elsewhere, except that which is pressed several times.
  const acted = ({ target }: Event): void => {
    const pressed = (target as Element).closest("button");
    const name = pressed?.closest(".vv-group")?.getAttribute("data-group") as Group;
    const again = REPEATED.has(name) && !pressed?.hasAttribute("aria-expanded");
    if (pressed && !again) open(false);
  };
  panel.addEventListener("click", acted, { signal });
  const keydown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || panel.hidden) return;
    open(false);
    button.focus();
    event.stopPropagation();
  };
  panel.addEventListener("keydown", keydown, { signal });
  const close = (): boolean => {
    const was = !panel.hidden;
    open(false);
    return was;
  };
  return { commands: [{ keys: ["Escape"], text: "", run: close }] };
}

const same = (a: ReadonlySet<Group>, b: ReadonlySet<Group>): boolean =>
  a.size === b.size && [...a].every((one) => b.has(one));
