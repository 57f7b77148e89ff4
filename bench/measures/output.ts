// `npm run bench -- output`: how fast a terminal passes on what a container writes, to the bare
// program.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { columns } from '../cli/terminal.ts';
import { buildDrain } from '../programs/build.ts';

export interface OutputOptions {
  readonly repository: string;
  readonly rootfs: string;
  /** Lines that the program writes, counting up. */
  readonly lines: number;
  readonly runs: number;
}

interface Way {
  readonly name: string;
  readonly command: readonly string[];
}

/** Interleaved runs, so that a busy moment meets all; medians in seconds, and their ratio. */
export function measureOutput({ repository, rootfs, lines, runs }: OutputOptions): string {
  const drain = buildDrain(repository);
  const program = ['seq', '1', String(lines)];
  const terrarium = join(repository, 'bin/terrarium');
  const container = [terrarium, 'shell', rootfs, 'bench', '--network', 'none', '--'];
  const ways: readonly Way[] = [
    { name: 'bare, busybox of the root', command: [join(rootfs, 'bin/busybox'), ...program] },
    { name: 'terrarium shell', command: [...container, ...program] },
  ];
  const seconds = new Map(ways.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < runs; round++) {
    for (const { name, command } of ways) seconds.get(name)?.push(timed(drain, command, lines));
  }
  const medians = ways.map(({ name }) => ({ name, median: median(seconds.get(name) ?? []) }));
  const bare = medians[0]?.median ?? Number.NaN;
  const rows = medians.map(({ name, median: time }) => [
    name,
    time.toFixed(3),
    (time / bare).toFixed(2),
  ]);
  return columns([[`${lines} lines, s`, 'median', '× bare'], ...rows]);
}

/** @throws Error when bytes were lost or added: then the time means nothing. */
function timed(drain: string, command: readonly string[], lines: number): number {
  const text = execFileSync(drain, command, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [bytes, nanoseconds] = text.trim().split(' ').map(Number);
  const wanted = bytesOf(lines);
  if (bytes !== wanted) throw new Error(`${command[0]} wrote ${bytes} bytes, not ${wanted}`);
  return (nanoseconds ?? 0) / 1e9;
}

/** Digits, and the CR LF that a terminal makes of each newline. */
function bytesOf(lines: number): number {
  let bytes = lines * 2;
  for (let from = 1; from <= lines; from *= 10) bytes += lines - from + 1;
  return bytes;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
