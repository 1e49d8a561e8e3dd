import type { TimeBase } from "../math/timebase.ts";
import { VERSION } from "./protocol.ts";
import type { ChannelInfo, Description } from "./types.ts";

interface ChannelJson {
  limits?: [number, number] | null;
  style?: ChannelInfo["style"];
  host?: string;
  levels?: Record<string, number>;
  name: string;
  units?: string;
  kind?: string;
  fs: number;
  n_samples: number;
  timebase?: number;
  gain: number;
  offset: number;
  shown?: boolean;
  ink?: number;
  key?: string;
  filter?: string;
  absent?: boolean;
}

interface DescriptionJson {
  v: number;
  name: string;
  start: string | null;
  duration: number;
  mark_layers?: number;
  revision: number;
  channels: (ChannelJson | null)[];
  timebases: { fs: number; n_samples: number; runs: number; at: number | null }[];
  notes?: string[];
  ranges?: ([number, number] | null)[];
}

/** Decodes `count` int64 start samples and then `count` float64 onsets. */
export function parseRuns(data: DataView, at: number, count: number): [Float64Array, Float64Array] {
  if (at < 0 || at + 16 * count > data.byteLength) {
    throw new RangeError(
      `the table of ${count} runs at byte ${at} exceeds the buffer of ${data.byteLength} bytes`,
    );
  }
  const starts = new Float64Array(count);
  const onsets = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    starts[k] = Number(data.getBigInt64(at + 8 * k, true));
    onsets[k] = data.getFloat64(at + 8 * (count + k), true);
  }
  return [starts, onsets];
}

/**
 * In the place of a signal that the kernel has dropped, because no lane shows it any more; and for
 * the channel of a mark that is none of the recording.
 */
function nothing(index: number, name = ""): ChannelInfo {
  const timebase = { fs: 1, nSamples: 0, starts: new Float64Array(1), onsets: new Float64Array(1) };
  const empty = { name, units: "", kind: "other", fs: 1, nSamples: 0, gain: 1, offset: 0 };
  return { ...empty, index, timebase, range: null, shown: false, absent: name !== "" };
}

/** Decodes the viewer's traits `_description` and `_description_data`. */
export function parseDescription(json: unknown, data: DataView): Description {
  const d = json as DescriptionJson;
  if (d?.v !== VERSION) {
    throw new Error(
      `the kernel uses protocol version ${d?.v}, the front end version ${VERSION}; reload the page`,
    );
  }
  const timebases = d.timebases.map((tb): TimeBase => {
    const [starts, onsets] =
      tb.at === null ? [new Float64Array(0), new Float64Array(0)] : parseRuns(data, tb.at, tb.runs);
    return { fs: tb.fs, nSamples: tb.n_samples, starts, onsets };
  });
  const channels = d.channels.map((channel, index): ChannelInfo => {
    if (channel === null) return nothing(index);
    if (channel.timebase === undefined) return nothing(index, channel.name);
    const timebase = timebases[channel.timebase];
    if (!timebase) throw new Error(`channel ${channel.name} has no time base ${channel.timebase}`);
    return {
      index,
      name: channel.name,
      units: channel.units ?? "",
      kind: channel.kind ?? "other",
      fs: channel.fs,
      nSamples: channel.n_samples,
      timebase,
      gain: channel.gain,
      offset: channel.offset,
      range: d.ranges?.[index] ?? null,
      shown: channel.shown !== false,
      absent: channel.absent === true,
      ink: channel.ink ?? index,
      key: channel.key ?? "",
      filter: channel.filter ?? "",
      limits: channel.limits ?? null,
      style: channel.style ?? "line",
      host: channel.host ?? "",
      levels: channel.levels ?? {},
    };
  });
  const { name, start, duration, mark_layers: markLayers = 0, revision, notes = [] } = d;
  return { name, start, duration, markLayers, revision, channels, notes, timebases };
}
