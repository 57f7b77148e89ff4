// How tests run: unit tests beside the code and the specs, four files at a time, once.
// With TERRARIUM_REPORT_DIR, which the scripts set, the run leaves its evidence and report there;
// with TERRARIUM_TESTS=requirements it runs the specs alone.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { olderNode } from './scripts/setup/pinned-node.ts';

const older = olderNode(process.versions.node);
if (older !== undefined) {
  console.error(older);
  process.exit(1);
}

const {
  TERRARIUM_REPORT_DIR: directory,
  TERRARIUM_TESTS,
  TERRARIUM_ALSO,
  TERRARIUM_UNIT_START,
} = process.env;

// Programs that tests start, and processes of the run, compile their modules once.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('build/cache', import.meta.url));

const SPECS = 'specs/**/*.spec.ts';
const UNIT_TESTS =
  '{runtime,native,harness,specs,reports,kernels,bench,faults,mutants,fixtures,scripts,examples}/**/*.test.{ts,tsx}';

/**
 * Loaded only for a run that reports: a single unit test does without the page's libraries. By its
 * URL, so that Vite does not draw it into its copy of this file, which older Nodes could not load.
 */
async function evidenceReporter(directory: string) {
  const url = new URL('./specs/reporter.ts', import.meta.url).href;
  const { PartAReporter }: typeof import('./specs/reporter.ts') = await import(url);
  return new PartAReporter(directory);
}

/** With `--reporter=blob`, a shard's facts go with its blob. */
async function shardPlugins() {
  if (!process.argv.some((argument) => argument.includes('blob'))) return [];
  const url = new URL('./specs/reporter.ts', import.meta.url).href;
  const { partAShards }: typeof import('./specs/reporter.ts') = await import(url);
  return [partAShards()];
}

export default defineConfig({
  plugins: await shardPlugins(),
  cacheDir: 'build/vite',
  test: {
    include: TERRARIUM_TESTS === 'requirements' ? [SPECS] : [UNIT_TESTS, SPECS],
    setupFiles: [
      ...(TERRARIUM_ALSO === 'sources' ? ['specs/support/also-sources.ts'] : []),
      ...(TERRARIUM_UNIT_START === 'executable' ? ['scripts/setup/unit-start.ts'] : []),
    ],
    exclude: ['**/node_modules/**', 'fixtures/rootfs/out/**', 'build/**'],
    fsModuleCachePath: 'build/vitest-cache',
    reporters: [directory === undefined ? 'default' : await evidenceReporter(directory)],
    pool: 'forks',
    // Few processes for all files: one for each would cost a sixth of the run. Files put back what
    // they change of their process. Twice as many as the smallest machine has processors: they wait
    // as much as they compute (65 s with two, 52 with four).
    isolate: false,
    maxWorkers: 4,
    globals: false,
    retry: 0,
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
