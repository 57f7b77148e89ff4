// npm run platforms: separate from the unit tests, since it downloads much and is slow. One after
// the other, since each builds.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  cacheDir: 'build/vite',
  test: {
    include: ['scripts/platforms/*.check.ts'],
    fsModuleCachePath: 'build/vitest-cache',
    reporters: ['verbose', ['json', { outputFile: 'reports/out/platforms.json' }]],
    fileParallelism: false,
    retry: 0,
    allowOnly: false,
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
  },
});
