// npm run check's types of the executable: the command against native/engine/node in place of
// @types/node, so that a function, method or option that it lacks is an error here.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT } from './paths.ts';

/** Reached through the API alone: the command has no pipes of its own. */
const WITH_NODE_ONLY = ['runtime/container/streams/pipes.ts'];

const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
const { stdout, status } = spawnSync(
  process.execPath,
  [tsc, '--noEmit', '--pretty', 'false', '-p', join(PROJECT, 'native/engine/node/types')],
  { cwd: PROJECT, encoding: 'utf8' },
);
const wrong = stdout
  .split(/^(?=\S)/m)
  .filter((error) => !WITH_NODE_ONLY.some((file) => error.startsWith(`${file}(`)));
process.stdout.write(wrong.join(''));
process.exitCode = wrong.length > 0 || status === null ? 1 : 0;
