/** Binary data as hosts hand it over: JupyterLab a DataView, Colab a Uint8Array, others a buffer. */

/** What a host may hand over for a buffer of bytes. */
export type Bytes = ArrayBuffer | ArrayBufferView;

function isBuffer(given: unknown): given is ArrayBuffer {
  // By name: a buffer of another frame is of another class.
  const tag = Object.prototype.toString.call(given);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}

/** The bytes as a DataView, not copied; null if it is nothing that holds bytes. */
export function asDataView(given: unknown): DataView | null {
  if (ArrayBuffer.isView(given)) {
    return new DataView(given.buffer, given.byteOffset, given.byteLength);
  }
  return isBuffer(given) ? new DataView(given) : null;
}
