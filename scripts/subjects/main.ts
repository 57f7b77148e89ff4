// npm run subjects [-- --long] [NAME…]: runs the requirements on fixtures/subjects/by-hand.sh and
// on its variants, which each lack one thing.
//
// by-hand.sh must prove the requirements that apply to any container shell. A variant must be
// refuted for what it lacks and for nothing else: besides that requirement, this runs three random
// others, with --long all. A variant that does not start is not refuted. A liar, whose programs
// print false output, must be refuted as well.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { blackBox, liars, variants } from '../../fixtures/subjects/variants.ts';
import { inLanes } from '../../harness/base/lanes.ts';
import type { Evidence, Verdict } from '../../harness/evidence/model.ts';
import { differences, type Expected, type SubjectsRun } from './compared.ts';

/** Two at once, since they wait as much as they compute. */
const AT_ONCE = 2;
const DRAWN = 3;

interface Examined {
  readonly name: string;
  readonly ids: readonly string[];
  readonly expected: Expected;
}

interface Result {
  readonly name: string;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly differences: readonly string[];
}

function all(long: boolean): Examined[] {
  const byHand = {
    name: 'by-hand',
    ids: ['NS', 'ROOT', 'HOST', 'PS', 'NET', 'LIM', 'MULTI', 'CLEAN'],
  };
  return [
    { ...byHand, expected: { refuted: [], proven: blackBox } },
    ...Object.entries(variants).map(([lacks, { refuted, breaks }]) => {
      const others = blackBox.filter((id) => !refuted.includes(id));
      const further = long ? others : drawn(others, DRAWN);
      const expected = breaks
        ? { refuted, proven: [], setUpFailed: further }
        : { refuted, proven: further };
      return { name: `by-hand-without-${lacks}`, ids: [...refuted, ...further], expected };
    }),
    ...Object.entries(liars).map(([lie, { refuted }]) => ({
      name: `by-hand-lying-${lie}`,
      ids: refuted,
      expected: { refuted, proven: [] },
    })),
  ];
}

function drawn(ids: readonly string[], count: number): string[] {
  const rest = [...ids];
  return Array.from({ length: count }, () =>
    rest.splice(Math.floor(Math.random() * rest.length), 1),
  ).flat();
}

async function examine({ name, ids, expected }: Examined): Promise<Result> {
  const before = Date.now();
  const directory = join('reports/out/subjects', name);
  const run = spawn('sh', ['scripts/spec.sh', '--subject', name, ...ids], {
    stdio: 'ignore',
    // A variant changes the host for its other tests, so they run one after the other.
    env: { ...process.env, ...(name === 'by-hand' ? {} : { VITEST_MAX_WORKERS: '1' }) },
  });
  await once(run, 'exit');
  const verdicts = verdictsOf(join(directory, 'evidence.json'), before);
  return { name, verdicts, differences: differences(expected, verdicts) };
}

/** None without evidence: then nothing expected was run. */
function verdictsOf(file: string, since: number): Map<string, Verdict> {
  try {
    const { startedAt, requirements }: Evidence = JSON.parse(readFileSync(file, 'utf8'));
    if (Date.parse(startedAt) < since - 1000) return new Map();
    return new Map(requirements.map(({ id, verdict }) => [id, verdict]));
  } catch {
    return new Map();
  }
}

function report({ name, verdicts, differences }: Result): void {
  const counted = Object.entries(Object.groupBy([...verdicts.values()], (verdict) => verdict))
    .map(([verdict, found = []]) => `${found.length} ${verdict}`)
    .join(', ');
  console.log(`${differences.length === 0 ? '✓' : '✗'} ${name}: ${counted || 'no evidence'}`);
  for (const difference of differences) console.log(`    ${difference}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false } },
});
const subjects = all(values.long).filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
);
if (subjects.length === 0) {
  console.error(
    `terrarium: unknown subject ${positionals.join(', ')}\n` +
      `  hint: subjects: ${all(false)
        .map(({ name }) => name)
        .join(', ')}`,
  );
  process.exit(2);
}
const startedAt = new Date().toISOString();
const results = await inLanes(AT_ONCE, subjects, async (subject) => {
  const result = await examine(subject);
  report(result);
  return result;
});
const run: SubjectsRun = {
  startedAt,
  subjects: results.map(({ verdicts, ...result }) => ({
    ...result,
    verdicts: Object.fromEntries(verdicts),
  })),
};
mkdirSync('reports/out', { recursive: true });
writeFileSync('reports/out/subjects.json', `${JSON.stringify(run)}\n`);
process.exitCode = results.some(({ differences }) => differences.length > 0) ? 1 : 0;
