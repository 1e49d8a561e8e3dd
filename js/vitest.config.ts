import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "happy-dom",
    // Else style sheets are empty.
    css: true,
    testTimeout: 120_000,
  },
});
