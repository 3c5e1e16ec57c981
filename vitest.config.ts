import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/property-sizes.ts"],
    // Property tests and child processes on a busy machine: a hang is caught, a slow machine is not punished.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Each file is isolated by its process; two cores are the smallest machine this must be pleasant on.
    pool: "forks",
  },
});
