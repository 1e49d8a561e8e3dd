/** Binary data: JupyterLab delivers a DataView, Colab a Uint8Array, other hosts an ArrayBuffer. */

/** What a host may deliver as binary data. */
export type Bytes = ArrayBuffer | ArrayBufferView;

function isBuffer(given: unknown): given is ArrayBuffer {
  // By name, because a buffer from another frame has another class.
  const tag = Object.prototype.toString.call(given);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}

/** Returns the bytes as a DataView without a copy; null if the value is not binary data. */
export function asDataView(given: unknown): DataView | null {
  if (ArrayBuffer.isView(given)) {
    return new DataView(given.buffer, given.byteOffset, given.byteLength);
  }
  return isBuffer(given) ? new DataView(given) : null;
}
