// The floor, and commands timed by it: a C program spawns them, so that no figure includes the cost
// of spawning from Node.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Block, Measure, Sample, Surroundings, Target } from './target.ts';

export const FLOORS: readonly Target[] = [
  floorTarget('floor', 'C floor', ['--limits'], ['tight', 'spaced', 'crowd']),
  floorTarget('floor-again', 'C floor, again', ['--limits'], ['tight', 'spaced']),
  floorTarget('floor-bare', 'C floor, no limits', [], ['tight', 'spaced']),
  floorTarget(
    'floor-veth',
    'C floor, limits and veth',
    ['--limits', '--veth'],
    ['tight', 'spaced', 'crowd'],
  ),
];

function floorTarget(
  name: string,
  title: string,
  flags: readonly string[],
  paces: Target['paces'],
): Target {
  return {
    name,
    title,
    paces,
    missing: () => undefined,
    open: async ({ floor, rootfs }) => timed([floor], ['--rootfs', rootfs, ...flags]),
  };
}

/**
 * Times a command, run `block.runs` times; `{}` in an argument becomes the number of the lane. It
 * must exit with 0. `within` is a command that executes the rest of its arguments in other
 * surroundings, once for the whole series: it is not timed.
 */
export function timedCommand(
  { floor }: Surroundings,
  command: readonly string[],
  within: readonly string[] = [],
): Measure {
  return timed([...within, floor], ['--', ...command]);
}

function timed(floor: readonly string[], what: readonly string[]): Measure {
  return async (block) => {
    const lines = await series([...floor, ...paceFlags(block), ...what], block.signal);
    return lines.map(parseLine);
  };
}

function paceFlags({ pace, runs, warmup }: Block): string[] {
  return [
    '--count',
    `${runs}`,
    '--warmup',
    `${warmup}`,
    '--gap-ms',
    `${pace.gapMs}`,
    '--lanes',
    `${pace.lanes}`,
  ];
}

function parseLine(line: string): Sample {
  const parsed: unknown = JSON.parse(line);
  if (
    typeof parsed === 'object' &&
    parsed !== null &&
    'ns' in parsed &&
    typeof parsed.ns === 'number'
  ) {
    const runs = 'runs' in parsed && typeof parsed.runs === 'number' ? parsed.runs : 1;
    return { ns: parsed.ns / runs };
  }
  throw new Error(`the floor printed ${line}`);
}

/**
 * In a process group of its own: Ctrl-C reaches us alone, and the series is asked to end after the
 * run at hand.
 */
async function series(command: readonly string[], signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const closed = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  const [code, output, errors] = await Promise.all([
    closed,
    text(child.stdout),
    text(child.stderr),
  ]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${command.join(' ')}: exit code ${code}\n${errors.trim()}`);
  return output.split('\n').filter((line) => line !== '');
}
