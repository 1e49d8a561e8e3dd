/** Constants that kernel and front end share; tests/serve/test_shared_constants.py checks the same. */
import { describe, expect, it } from "vitest";
import shared from "../../../tests/fixtures/protocol.json";
import { binSizeFor } from "../../src/data/bins.ts";
import * as protocol from "../../src/data/protocol.ts";
import { TASK_TRAITS } from "../../src/progress.ts";

describe("the protocol", () => {
  it("has the shared constants", () => {
    const { bin_sizes: _, ...constants } = shared;
    expect({
      version: protocol.VERSION,
      tile_bins: protocol.TILE,
      bin_factor: protocol.BIN_FACTOR,
      max_bin: protocol.MAX_BIN,
      max_annotations: protocol.MAX_ANNOTATIONS,
      request_kinds: protocol.REQUEST_KINDS,
      reply_kinds: protocol.REPLY_KINDS,
      mark_actions: protocol.MARK_ACTIONS,
      compared_by: protocol.COMPARED_BY,
      mark_fields: protocol.MARK_FIELDS,
      sort_keys: protocol.SORT_KEYS,
      max_listed: protocol.MAX_LISTED,
      error_codes: protocol.ERROR_CODES,
      dtypes: Object.keys(protocol.ARRAYS),
      task_states: protocol.TASK_STATES,
      task_traits: TASK_TRAITS,
    }).toEqual(constants);
  });

  it.each(shared.bin_sizes)("chooses bins of $bin samples", ({ fs, t0, t1, width, bin }) => {
    expect(binSizeFor(fs, t0, t1, width)).toBe(bin);
  });
});
