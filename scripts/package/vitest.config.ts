// npm run package -- --check: separate from the unit tests, since it needs the packages.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  cacheDir: 'build/vite',
  test: {
    include: ['scripts/package/*.check.ts'],
    fsModuleCachePath: 'build/vitest-cache',
    reporters: ['default', ['json', { outputFile: 'reports/out/package.json' }]],
    retry: 0,
    allowOnly: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
