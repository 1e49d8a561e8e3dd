import { expect, test, vi } from "vitest";
import { watchReconnection } from "../src/reconnection.ts";

type Slot = (sender: unknown, status: unknown) => void;

test("calls back when a lost connection is back, and not before", () => {
  const slots = new Set<Slot>();
  const connectionStatusChanged = {
    connect: (slot: Slot) => slots.add(slot),
    disconnect: (slot: Slot) => slots.delete(slot),
  };
  const resumed = vi.fn();
  const end = watchReconnection({ kernel: { connectionStatusChanged } }, resumed);
  const say = (status: string): void => {
    for (const slot of slots) slot(null, status);
  };
  say("connected");
  say("connecting");
  expect(resumed).toHaveBeenCalledTimes(0);
  say("connected");
  expect(resumed).toHaveBeenCalledTimes(1);
  window.dispatchEvent(new Event("online"));
  expect(resumed).toHaveBeenCalledTimes(2);
  end();
  window.dispatchEvent(new Event("online"));
  expect([slots.size, resumed.mock.calls.length]).toEqual([0, 2]);
});

test.each([null, undefined, {}, { kernel: null }, { kernel: {} }])(
  "does without a kernel: %o",
  (manager) => {
    const resumed = vi.fn();
    const end = watchReconnection(manager, resumed);
    window.dispatchEvent(new Event("online"));
    expect(resumed).toHaveBeenCalledTimes(1);
    end();
  },
);
