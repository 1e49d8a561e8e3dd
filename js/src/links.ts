/** Viewers of one page that move together, also without a kernel. */
import type { ViewState } from "./state/viewstate.ts";

/** All viewers of the page, displayed or not. */
const members = new Set<ViewState>();

function groupOf(state: ViewState): ViewState[] {
  const { group } = state.link;
  return [...members].filter((one) => one !== state && group !== "" && one.link.group === group);
}

/** Shows in `other` what `state` shows, in the time of the group. */
function lead(state: ViewState, other: ViewState): void {
  const shift = state.link.origin - other.link.origin;
  other.follow(state.t0 + shift, state.t1 + shift);
}

function count(): void {
  for (const one of members) one.setLink({ others: members.size - 1 });
}

/** Adds a viewer; returns a function that removes it. */
export function bindLinks(state: ViewState): () => void {
  let { group } = state.link;
  const off = state.onChange((change) => {
    if (change === "window" && !state.led) {
      for (const other of groupOf(state)) lead(state, other);
    } else if (change === "link" && state.link.group !== group) {
      group = state.link.group;
      const [leader] = groupOf(state);
      if (leader) lead(leader, state);
    }
  });
  members.add(state);
  count();
  return () => {
    off();
    members.delete(state);
    count();
  };
}
