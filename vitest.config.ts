// How tests run: unit tests beside the code and the specs, two files at a time, each in a process of its own, once.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: 'build/vite',
  test: {
    include: ['{runtime,specs,reports,kernels,bench,fixtures,scripts}/**/*.test.ts', 'specs/**/*.spec.ts'],
    exclude: ['**/node_modules/**', 'fixtures/rootfs/out/**', 'build/**'],
    fsModuleCachePath: 'build/vitest-cache',
    pool: 'forks',
    maxWorkers: 2,
    globals: false,
    retry: 0,
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
