/** Positions in time; tests/core/test_position.py checks the same cases in Python. */
import { describe, expect, it } from "vitest";
import shared from "../../../tests/fixtures/positions.json";
import { type Place, PositionError, parsePosition } from "../../src/math/position.ts";

const places = Object.fromEntries(
  Object.entries(shared.places).map(([name, place]): [string, Place] => {
    const channels = place.channels.map(({ name, fs, runs }) => {
      let nSamples = 0;
      const starts = runs.map(([, count]) => {
        nSamples += count as number;
        return nSamples - (count as number);
      });
      const onsets = Float64Array.from(runs.map(([onset]) => onset as number));
      const timebase = { fs, nSamples, starts: Float64Array.from(starts), onsets };
      return { name, nSamples, timebase };
    });
    return [name, { ...place, channels }];
  }),
);

const placeOf = (name: string): Place => places[name] as Place;

describe("a position", () => {
  it.each(shared.cases)("'$text' in $place", ({ place, text, t, error }) => {
    const where = placeOf(place);
    if (t === undefined) expect(() => parsePosition(text, where)).toThrow(new PositionError(error));
    else expect(parsePosition(text, where)).toBeCloseTo(t, 9);
  });

  it("of a sample is not known before the times of the samples are", () => {
    const timebase = { fs: 1, nSamples: 5, starts: new Float64Array(), onsets: new Float64Array() };
    const channels = [{ name: "ECG", nSamples: 5, timebase }];
    const where: Place = { ...placeOf("array"), channels, channel: "ECG" };
    expect(() => parsePosition("#2", where)).toThrow("not loaded yet");
  });
});
