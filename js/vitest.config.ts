import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "happy-dom",
    // One page for all files: making one for each takes longer than the tests.
    pool: "threads",
    isolate: false,
    testTimeout: 120_000,
  },
});
