/** Spectrograms from the kernel, in tiles of some columns: those of the window, nearest first. */
import { tilesIn } from "../math/spectrogramtiles.ts";
import type { Requests } from "./requests.ts";
import type { SpectrogramPicture, SpectrogramState } from "./types.ts";

/** Time until a tile in progress is requested again (ms). */
const PAUSE = 100;
const KEPT = 4;
/** Tiles of a spectrogram that are requested at a time. */
const AT_ONCE = 4;
const UNKNOWN: SpectrogramState = { picture: null, error: "" };
const ABSENT: SpectrogramState = { picture: null, error: "", absent: true };
const NOTHING = new Uint8Array(0);

export class Spectrograms {
  readonly #held = new Map<string, SpectrogramState>();
  /** Tiles that the kernel computes, by spectrogram and tile. */
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #requests: Requests;
  readonly #alive: () => boolean;

  constructor(requests: Requests, alive: () => boolean) {
    this.#requests = requests;
    this.#alive = alive;
  }

  of(channel: number, key: string, t0: number, t1: number): SpectrogramState {
    const name = `${channel}:${key}`;
    const held = this.#held.get(name) ?? UNKNOWN;
    if (held.error !== "" || held.absent) return held;
    // The first tile says how long a column is.
    const wanted = held.picture ? missingTiles(held.picture, t0, t1) : [0];
    for (const tile of wanted.slice(0, AT_ONCE)) this.#ask(name, tile);
    return held;
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  take(reply: any, buffer: DataView, name: string | null): void {
    if (name === null) return;
    const tile = Number(reply.tile);
    if (reply.pending === true) {
      const id = `${name}:${tile}`;
      const again = (): void => {
        this.#timers.delete(id);
        this.#ask(name, tile);
      };
      this.#timers.set(id, setTimeout(again, PAUSE));
      return;
    }
    const { rows, columns, tile_columns: tileColumns, at } = reply;
    if (reply.absent === true && rows === undefined) {
      this.#keep(name, ABSENT);
      return;
    }
    const size = rows * Math.min(tileColumns, columns - tile * tileColumns);
    if (reply.absent !== true && (!(size >= 0) || at + size > buffer.byteLength)) {
      throw new RangeError(`a spectrogram of ${rows} × ${columns} exceeds its buffer`);
    }
    // A page without a kernel contains some of the tiles: the others are known to be absent.
    const codes =
      reply.absent === true
        ? NOTHING
        : new Uint8Array(buffer.buffer, buffer.byteOffset + at, size).slice();
    const tiles = this.#held.get(name)?.picture?.tiles ?? new Map<number, Uint8Array>();
    tiles.set(tile, codes);
    const picture = {
      ...{ rows, columns, tileColumns, tiles },
      t0: reply.t0,
      columnSeconds: reply.column_s,
      band: [reply.f0, reply.f1] as const,
      decibels: [reply.low, reply.high] as const,
    };
    this.#keep(name, { picture, error: "" });
  }

  fail(error: string, name: string | null): void {
    if (name !== null) this.#keep(name, { picture: null, error });
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#held.clear();
  }

  #keep(name: string, state: SpectrogramState): void {
    this.#held.delete(name);
    this.#held.set(name, state);
    const [oldest] = this.#held.keys();
    if (this.#held.size > KEPT && oldest !== undefined) this.#held.delete(oldest);
  }

  #ask(name: string, tile: number): void {
    const id = `${name}:${tile}`;
    if (!this.#alive() || this.#timers.has(id)) return;
    const purpose = `spectrogram:${id}`;
    for (const flying of this.#requests.flying()) if (flying.purpose === purpose) return;
    const channel = Number(name.split(":")[0]);
    this.#requests.send("spectrogram", { channel, tile }, { purpose, key: name });
  }
}

/** The tiles of a window that are not known, those in its middle first. */
function missingTiles(picture: SpectrogramPicture, t0: number, t1: number): number[] {
  const [first, last] = tilesIn(picture, t0, t1);
  const middle = ((t0 + t1) / 2 - picture.t0) / picture.columnSeconds / picture.tileColumns - 0.5;
  const missing: number[] = [];
  for (let tile = first; tile <= last; tile++) if (!picture.tiles.has(tile)) missing.push(tile);
  return missing.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
}
