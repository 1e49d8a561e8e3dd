import { expect, it } from "vitest";
import { Orders } from "../../src/data/orders.ts";

function fake() {
  // biome-ignore lint/suspicious/noExplicitAny: messages as the kernel sends them
  const sent: any[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const listeners = new Set<(content: any, buffers: DataView[]) => void>();
  const orders = new Orders({
    send: (content) => void sent.push(content),
    onMessage: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    alive: () => true,
  });
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
