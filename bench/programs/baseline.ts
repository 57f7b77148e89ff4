// Talks to the C baseline, which makes a container's system calls itself or spawns commands, and
// times them: no figure includes the cost of spawning from Node.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { words } from './words.ts';

interface Series {
  readonly pace: { readonly gapMs: number; readonly lanes: number };
  readonly runs: number;
  readonly warmup: number;
  readonly signal: AbortSignal;
}

const Line = v.object({ ns: v.number(), runs: v.optional(v.number(), 1) });

/**
 * Times what the arguments ask for. `{}` in a command becomes the number of the lane; it must exit
 * with 0. The program has a process group of its own: Ctrl-C reaches us alone, and the series is
 * asked to end after the run at hand.
 */
export async function timeSeries(
  program: readonly string[],
  what: readonly string[],
  { pace, runs, warmup, signal }: Series,
): Promise<{ ns: number }[]> {
  signal.throwIfAborted();
  const flags = words`--count ${runs} --warmup ${warmup} --gap-ms ${pace.gapMs}`;
  const [file = '', ...args] = [...program, ...flags, '--lanes', `${pace.lanes}`, ...what];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const closed = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  const [code, out, err] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${what.join(' ')}: exit code ${code}: ${err.trim()}`);
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const parsed = v.parse(Line, JSON.parse(line));
    return { ns: parsed.ns / parsed.runs };
  });
}
