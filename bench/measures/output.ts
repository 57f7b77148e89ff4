// How fast a terminal passes on what a container writes, to the bare program.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildProgram } from '../programs/build.ts';
import { words } from '../programs/words.ts';
import { median } from '../samples/statistics.ts';

export interface OutputOptions {
  readonly repository: string;
  readonly rootfs: string;
  /** Lines that the program writes, counting up. */
  readonly lines: number;
  readonly runs: number;
}

/** Medians in seconds by name, and their ratio to the first, of interleaved runs. */
export function measureOutput({ repository, rootfs, lines, runs }: OutputOptions) {
  const drain = buildProgram(repository, 'drain');
  const commands = {
    'bare, busybox of the root': words`${join(rootfs, 'bin/busybox')} seq 1 ${lines}`,
    'terrarium shell': words`${join(repository, 'bin/terrarium')} shell ${rootfs} bench
      --network none -- seq 1 ${lines}`,
  };
  const seconds = Object.entries(commands).map(([name, command]) => ({
    ...{ name, command, all: [] as number[] },
  }));
  for (let round = 0; round < runs; round++)
    for (const { command, all } of seconds) all.push(timed(drain, command, lines));
  const bare = median(seconds[0]?.all ?? []);
  return seconds.map(({ name, all }) => ({ name, s: median(all), toBare: median(all) / bare }));
}

/** @throws Error when bytes were lost or added: then the time means nothing. */
function timed(drain: string, command: readonly string[], lines: number): number {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const text = execFileSync(drain, command, { encoding: 'utf8', stdio: [...stdio] });
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
