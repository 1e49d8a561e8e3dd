import type { Values } from "../math/pieces.ts";
import { TILE } from "./protocol.ts";

/** Bins `[first, first + count)` of tile `index`; a tile may contain only some of its bins. */
export interface Tile {
  index: number;
  first: number;
  count: number;
  lo: Values;
  hi: Values;
  /** The epoch in which the kernel could not deliver all bins of this tile, else -1. */
  refused: number;
  /** Whether they were missing because the pyramid is still being built. */
  building: boolean;
  /** Counter of the last use, and the generation of windows it was used for. */
  used: number;
  generation: number;
}

/** The tiles of one channel and one bin size. */
export interface Level {
  tiles: Map<number, Tile>;
  /** The last piece that was joined from several tiles; null if a tile has changed since. */
  joined: { first: number; lo: Values; hi: Values } | null;
}

const NOTHING = new Float32Array(0);

/** Tiles by channel, bin size and index; the least recently used are evicted. */
export class TileCache {
  bytes = 0;
  count = 0;
  #clock = 0;
  #levels = new Map<number, Map<number, Level>>();

  level(channel: number, bin: number): Level | undefined {
    return this.#levels.get(channel)?.get(bin);
  }

  bins(channel: number): number[] {
    return [...(this.#levels.get(channel)?.keys() ?? [])];
  }

  touch(tile: Tile, generation: number): void {
    tile.used = ++this.#clock;
    tile.generation = generation;
  }

  /** Adds the bins `first … first + lo.length - 1` to the tiles that they belong to. */
  put(channel: number, bin: number, first: number, lo: Values, hi: Values): void {
    const end = first + lo.length;
    for (let index = Math.floor(first / TILE); index * TILE < end; index++) {
      const from = Math.max(first, index * TILE);
      const to = Math.min(end, (index + 1) * TILE);
      const low = lo.slice(from - first, to - first);
      const high = lo === hi ? low : hi.slice(from - first, to - first);
      const tile = this.#entry(channel, bin, index);
      this.#fill(tile, from, low, high);
    }
    const level = this.level(channel, bin);
    if (level) level.joined = null;
  }

  /** Notes that the kernel could not deliver all bins of a tile in this epoch. */
  refuse(channel: number, bin: number, index: number, epoch: number, building: boolean): void {
    const tile = this.#entry(channel, bin, index);
    tile.refused = epoch;
    tile.building = building;
  }

  /** Removes the bins of a channel that ended at its former last sample. */
  trim(channel: number, nSamples: number): void {
    for (const [bin, level] of this.#levels.get(channel) ?? []) {
      const whole = Math.floor(nSamples / bin);
      level.joined = null;
      for (const tile of level.tiles.values()) {
        const excess = Math.min(tile.first + tile.count - whole, tile.count);
        if (excess <= 0) continue;
        this.bytes -= sizeOf(tile);
        tile.count -= excess;
        tile.lo = tile.lo.slice(0, tile.count);
        tile.hi = bin === 1 ? tile.lo : tile.hi.slice(0, tile.count);
        this.bytes += sizeOf(tile);
      }
    }
  }

  drop(channel: number): void {
    for (const level of this.#levels.get(channel)?.values() ?? []) {
      for (const tile of level.tiles.values()) {
        this.bytes -= sizeOf(tile);
        this.count -= 1;
      }
    }
    this.#levels.delete(channel);
  }

  clear(): void {
    for (const channel of [...this.#levels.keys()]) this.drop(channel);
  }

  /** Evicts the least recently used tiles, except those to keep, until `maxBytes` are left. */
  evict(maxBytes: number, keep: (channel: number, bin: number, tile: Tile) => boolean): void {
    if (this.bytes <= maxBytes) return;
    const candidates: { level: Level; tile: Tile }[] = [];
    for (const [channel, levels] of this.#levels) {
      for (const [bin, level] of levels) {
        for (const tile of level.tiles.values()) {
          if (!keep(channel, bin, tile)) candidates.push({ level, tile });
        }
      }
    }
    candidates.sort((a, b) => a.tile.used - b.tile.used);
    // A little more than necessary, so that not every reply has to sort the tiles.
    const goal = maxBytes * 0.95;
    for (const { level, tile } of candidates) {
      if (this.bytes <= goal) return;
      level.tiles.delete(tile.index);
      level.joined = null;
      this.bytes -= sizeOf(tile);
      this.count -= 1;
    }
  }

  #entry(channel: number, bin: number, index: number): Tile {
    let levels = this.#levels.get(channel);
    if (!levels) {
      levels = new Map();
      this.#levels.set(channel, levels);
    }
    let level = levels.get(bin);
    if (!level) {
      level = { tiles: new Map(), joined: null };
      levels.set(bin, level);
    }
    let tile = level.tiles.get(index);
    if (!tile) {
      tile = {
        ...{ index, first: index * TILE, count: 0, lo: NOTHING, hi: NOTHING },
        ...{ refused: -1, building: false, used: ++this.#clock, generation: -1 },
      };
      level.tiles.set(index, tile);
      this.count += 1;
      this.bytes += sizeOf(tile);
    }
    return tile;
  }

  #fill(tile: Tile, from: number, lo: Values, hi: Values): void {
    const to = from + lo.length;
    const end = tile.first + tile.count;
    const apart = from > end || to < tile.first;
    if (tile.count > 0 && apart && tile.count >= lo.length) return;
    this.bytes -= sizeOf(tile);
    const before = tile.count > 0 && !apart ? Math.max(from - tile.first, 0) : 0;
    const after = tile.count > 0 && !apart ? Math.max(end - to, 0) : 0;
    if (before + after > 0) {
      const low = [tile.lo.subarray(0, before), lo, tile.lo.subarray(tile.count - after)];
      const samples = tile.lo === tile.hi;
      const high = [tile.hi.subarray(0, before), hi, tile.hi.subarray(tile.count - after)];
      tile.lo = concatenate(low);
      tile.hi = samples ? tile.lo : concatenate(high);
    } else {
      tile.lo = lo;
      tile.hi = hi;
    }
    tile.first = from - before;
    tile.count = tile.lo.length;
    tile.refused = -1;
    tile.building = false;
    this.bytes += sizeOf(tile);
  }
}

export function concatenate(arrays: Values[]): Values {
  let length = 0;
  for (const array of arrays) length += array.length;
  const wide = arrays.some((array) => array instanceof Float64Array);
  const all = wide ? new Float64Array(length) : new Float32Array(length);
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Bytes of a tile, including its overhead. */
function sizeOf(tile: Tile): number {
  return 200 + tile.lo.byteLength + (tile.hi === tile.lo ? 0 : tile.hi.byteLength);
}
