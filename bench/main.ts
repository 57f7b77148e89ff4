// `npm run bench`: containers, virtual machines and bare metal compared. `npm run bench --
// lifecycle`: our own speed alone.
import { messageOf } from '../runtime/base/errors.ts';
import { benchProgram } from './cli/program.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error('interrupted: the step at hand was ended')));

try {
  await benchProgram(interrupted.signal).parseAsync();
} catch (error) {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}
