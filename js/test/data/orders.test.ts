import { afterEach, expect, it, vi } from "vitest";
import { Orders } from "../../src/data/orders.ts";

afterEach(() => void vi.useRealTimers());

function fake(changed = () => {}) {
  // biome-ignore lint/suspicious/noExplicitAny: messages as the kernel sends them
  const sent: any[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const listeners = new Set<(content: any, buffers: DataView[]) => void>();
  const orders = new Orders(
    {
      send: (content) => void sent.push(content),
      onMessage: (callback) => {
        listeners.add(callback);
        return () => listeners.delete(callback);
      },
      alive: () => true,
    },
    changed,
  );
  const reply = (content: object): void => {
    for (const listener of listeners) listener(content, []);
  };
  return { orders, sent, reply, listeners };
}

it("ends with the error of its own reply, in any order", async () => {
  const { orders, sent, reply } = fake();
  const first = orders.send("lanes", { montage: "average" });
  const second = orders.send("lanes", { filters: { ECG: "loud" } });
  expect(sent[0]).toMatchObject({ v: 1, kind: "lanes", montage: "average" });
  reply({ kind: "window", request: "another:1" });
  reply({ kind: "error", request: sent[1].request, error: "'loud' is not understood" });
  reply({ kind: "lanes", request: sent[0].request });
  expect(await second).toBe("'loud' is not understood");
  expect(await first).toBe("");
});

it("does not wait for a reply after it was disposed", async () => {
  const { orders, listeners } = fake();
  const waiting = orders.send("lanes", {});
  orders.dispose();
  expect(await waiting).toBe("the viewer was closed");
  expect(listeners.size).toBe(0);
});

it("is sent again when the connection is back, and has one answer", async () => {
  const { orders, sent, reply } = fake();
  const done = orders.send("mark", { do: "undo" });
  const answered = orders.send("mark", { do: "redo" });
  reply({ kind: "mark", request: sent[1].request });
  await answered;
  orders.resume();
  expect(sent).toHaveLength(3);
  expect(sent[2]).toEqual(sent[0]);
  reply({ kind: "mark", request: sent[0].request });
  reply({ kind: "error", request: sent[0].request, error: "twice" });
  expect(await done).toBe("");
  orders.resume();
  expect(sent).toHaveLength(3);
});

it("ends when no more replies will come", async () => {
  const { orders } = fake();
  const waiting = orders.send("mark", { do: "undo" });
  orders.abandon("the kernel ended");
  expect(await waiting).toBe("the kernel ended");
});

it("says what has waited for long, until it is answered", () => {
  vi.useFakeTimers();
  const changed = vi.fn();
  const { orders, sent, reply } = fake(changed);
  void orders.send("mark", { do: "undo" });
  expect(orders.late()).toBeNull();
  vi.advanceTimersByTime(1900);
  expect(changed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(changed).toHaveBeenCalledOnce();
  expect(orders.late()).toBe("mark");
  reply({ kind: "mark", request: sent[0].request });
  expect(changed).toHaveBeenCalledTimes(2);
  expect(orders.late()).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
