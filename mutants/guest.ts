// Mutants of the other cgroup version, in a guest that has it.
// `npm run mutants -- --guest NAME` starts this as the matrix is started, with the same image.
// usage: guest.ts KERNEL FILE NAME…: writes the guest's mutants.json to FILE.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { named } from '../kernels/cli/options.ts';
import { readProgram } from '../kernels/exec/program.ts';
import { PATHS } from '../kernels/fetch/paths.ts';
import { runMatrix } from '../kernels/matrix/run.ts';

const LIMIT_S = 3600;
const RESULT = /mutants\.json (\S+)$/;

const [name = '', file = '', ...mutants] = process.argv.slice(2);
const kernel = named(name);
mkdirSync(PATHS.runs, { recursive: true });
let found: string | undefined;
const [column] = await runMatrix(
  {
    ...{ columns: [{ kernel, layout: 'v2' }], host: false, jobs: 1, cpus: 2, memoryMiB: 3072 },
    ...{ append: [], without: [], task: 'exec', command: 'npm run mutants', fresh: true },
    ...{ timeoutS: undefined, accelerator: undefined },
  },
  {
    kind: 'exec',
    limitS: LIMIT_S,
    program: readProgram(
      `mutants/in-guest.sh ${mutants.join(' ')}`,
      ['mutants', 'faults'],
      dirname(import.meta.dirname),
    ),
  },
  (line) => {
    found = RESULT.exec(line)?.[1] ?? found;
    if (!RESULT.test(line)) console.error(`mutants: ${line}`);
  },
);
if (found === undefined) throw new Error(`the guest left no result: ${column?.reason}`);
writeFileSync(file, Buffer.from(found, 'base64'));
