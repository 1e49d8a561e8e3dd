import type { Piece } from "../math/pieces.ts";
import { binCount } from "./bins.ts";
import { BIN_FACTOR, TILE } from "./protocol.ts";
import { concatenate, type Level, type Tile, type TileCache } from "./tiles.ts";

/**
 * The best cached pieces of samples `[s0, s1)` of a channel, in order and without overlap.
 *
 * Bins of the wanted size come first. The rest is filled from the next finer size, then from
 * coarser sizes.
 */
export function compose(
  cache: TileCache,
  channel: { index: number; nSamples: number },
  bin: number,
  s0: number,
  s1: number,
  generation: number,
): Piece[] {
  const coarser = cache.bins(channel.index).filter((held) => held > bin);
  const order = [bin, bin / BIN_FACTOR, ...coarser.sort((a, b) => a - b), bin / BIN_FACTOR ** 2];
  const levels: [number, Level][] = [];
  for (const size of order) {
    const level = cache.level(channel.index, size);
    if (level) levels.push([size, level]);
  }
  const pieces: Piece[] = [];

  /** An `open` end lies at the window's edge, where a bin may extend beyond it. */
  function fill(n: number, from: number, to: number, openLeft: boolean, openRight: boolean): void {
    const entry = levels[n];
    if (!entry || from >= to) return;
    const [size, level] = entry;
    const b0 = openLeft ? Math.floor(from / size) : Math.ceil(from / size);
    const last = openRight ? Math.ceil(to / size) : Math.floor(to / size);
    const b1 = Math.min(last, binCount(channel.nSamples, size));
    if (b0 >= b1) {
      fill(n + 1, from, to, openLeft, openRight);
      return;
    }
    if (b0 * size > from) fill(n + 1, from, b0 * size, false, false);
    let cursor = b0;
    const hole = (end: number, edge: boolean) => {
      const atStart = cursor === b0;
      const start = atStart ? Math.max(from, b0 * size) : cursor * size;
      fill(n + 1, start, end, atStart && openLeft, edge && openRight);
    };
    for (const [first, count, tiles] of cachedRanges(level, b0, b1)) {
      if (first > cursor) hole(first * size, false);
      for (const tile of tiles) cache.touch(tile, generation);
      pieces.push(piece(size, level, tiles, first, count));
      cursor = first + count;
    }
    if (cursor < b1) hole(Math.min(to, b1 * size), b1 === last);
    if (b1 === last && b1 * size < to) fill(n + 1, b1 * size, to, false, openRight);
  }

  fill(0, s0, s1, true, true);
  return pieces;
}

/** Ranges of cached bins without a hole in `[b0, b1)`, each with its tiles. */
function cachedRanges(level: Level, b0: number, b1: number): [number, number, Tile[]][] {
  const found: [number, number, Tile[]][] = [];
  for (let index = Math.floor(b0 / TILE); index * TILE < b1; index++) {
    const tile = level.tiles.get(index);
    if (!tile) continue;
    const first = Math.max(tile.first, b0);
    const count = Math.min(tile.first + tile.count, b1) - first;
    if (count <= 0) continue;
    const before = found.at(-1);
    if (before && before[0] + before[1] === first) {
      before[1] += count;
      before[2].push(tile);
    } else {
      found.push([first, count, [tile]]);
    }
  }
  return found;
}

function piece(bin: number, level: Level, tiles: Tile[], first: number, count: number): Piece {
  const only = tiles[0] as Tile;
  let source: { first: number; lo: Piece["lo"]; hi: Piece["lo"] } = only;
  if (tiles.length > 1) {
    const held = level.joined;
    if (held && held.first <= first && held.first + held.lo.length >= first + count) {
      source = held;
    } else {
      const all = withNeighbours(level, tiles);
      const lo = concatenate(all.map((tile) => tile.lo));
      const hi = bin === 1 ? lo : concatenate(all.map((tile) => tile.hi));
      source = level.joined = { first: (all[0] as Tile).first, lo, hi };
    }
  }
  const at = first - source.first;
  const lo = source.lo.subarray(at, at + count);
  const hi = bin === 1 ? lo : source.hi.subarray(at, at + count);
  return { bin, first, count, lo, hi };
}

/** As many more cached tiles on each side: a window that moves on need not be joined anew. */
function withNeighbours({ tiles: cached }: Level, tiles: readonly Tile[]): Tile[] {
  const all = [...tiles];
  for (let n = 0; n < tiles.length; n++) {
    const [first, last] = [all[0] as Tile, all.at(-1) as Tile];
    const before = cached.get(first.index - 1);
    if (before && before.first + before.count === first.first) all.unshift(before);
    const after = cached.get(last.index + 1);
    if (after && after.first === last.first + last.count) all.push(after);
  }
  return all;
}
