import { expect, test, vi } from "vitest";
import { asDataView } from "../../src/data/bytes.ts";
import { WireTransport } from "../../src/transport.ts";

const whole = Uint8Array.from({ length: 24 }, (_, k) => k);
const part = whole.subarray(8, 16);
const same: [string, unknown][] = [
  ["DataView", new DataView(whole.buffer, 8, 8)],
  ["Uint8Array", part],
  ["Int8Array", new Int8Array(whole.buffer, 8, 8)],
  ["Uint8ClampedArray", new Uint8ClampedArray(whole.buffer, 8, 8)],
  ["Uint16Array", new Uint16Array(whole.buffer, 8, 4)],
  ["Float32Array", new Float32Array(whole.buffer, 8, 2)],
  ["Float64Array", new Float64Array(whole.buffer, 8, 1)],
  ["BigInt64Array", new BigInt64Array(whole.buffer, 8, 1)],
  ["ArrayBuffer", whole.buffer.slice(8, 16)],
];

const bytes = (view: DataView | null): number[] =>
  view ? [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)] : [];

test.each(same)("the bytes of a %s are found", (_, given) => {
  expect(bytes(asDataView(given))).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
});

test.each([null, undefined, "text", 3, [1, 2], {}])("%s holds no bytes", (given) => {
  expect(asDataView(given)).toBe(null);
});

test.each(same)("a message with a %s reaches the reader as a DataView", async (_, given) => {
  let receive: (content: unknown, buffers: unknown[]) => void = () => {};
  const model = {
    on: (event: string, callback: typeof receive) => {
      if (event === "msg:custom") receive = callback;
    },
    off: () => {},
    send: () => {},
  };
  const transport = new WireTransport(Promise.resolve(model), () => {});
  const heard = vi.fn();
  transport.onMessage(heard);
  await Promise.resolve();
  receive({ kind: "window" }, [given]);
  const [content, [buffer]] = heard.mock.calls[0] as [unknown, [DataView]];
  expect(content).toEqual({ kind: "window" });
  expect(buffer).toBeInstanceOf(DataView);
  expect(bytes(buffer)).toEqual([...part]);
});
