// Runs the trial under Node and in the engine, and compares.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished, type TestContext } from 'vitest';
import { UNDEFINED } from './trial.ts';

const root = join(import.meta.dirname, '../../../..');
/** `npm run native-checks` sets the engine with AddressSanitizer. */
const ENGINE = process.env.TERRARIUM_TRIAL ?? join(root, 'build/engine/trial/trial');
const ON_NODE = [process.execPath, join(import.meta.dirname, 'on-node.ts')] as const;

export type Call = readonly [name: string, ...args: unknown[]];

/** Skips the test if the engine is not built, or older than its sources. */
export function needsTrial({ skip }: TestContext): void {
  const built = statSync(ENGINE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built === 0) skip('not built: sudo npm run build');
  const newer = globSync('../{*,trial/*}.ts', { cwd: import.meta.dirname })
    .filter((file) => !/\.(?:test|fixture)\.ts$/.test(file))
    .find((file) => statSync(join(import.meta.dirname, file)).mtimeMs > built);
  if (newer) skip(`${newer} is newer than the engine: sudo npm run build`);
}

/** A directory that is removed after the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-trial-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** `, Unknown error: Invalid argument '.'`: rmSync of Node 24 does not know all its errors. */
function isWithoutCode(answer: unknown): boolean {
  return JSON.stringify(answer).includes('"code":""');
}

/** Runs the same calls in order in both, each in a new directory. */
export function expectSame(calls: readonly Call[]): void {
  const answers = ([program, ...args]: readonly [string, ...string[]]) => {
    const directory = mkdtempSync(join(tmpdir(), 'terrarium-trial-'));
    try {
      const { stdout, stderr } = spawnSync(program, args, {
        cwd: directory,
        encoding: 'utf8',
        input: JSON.stringify(calls, (_, value) => (value === undefined ? UNDEFINED : value)),
        maxBuffer: 2 ** 28,
      });
      if (stdout === '') throw new Error(`${program}: ${stderr}`);
      const list: readonly unknown[] = JSON.parse(stdout.replaceAll(directory, '/scratch'));
      return list;
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
  const theirs = answers(ON_NODE);
  const ours = answers([ENGINE]);
  const different = calls.flatMap((call, at) =>
    isDeepStrictEqual(ours[at], theirs[at]) || isWithoutCode(theirs[at])
      ? []
      : [{ call, ours: ours[at], theirs: theirs[at] }],
  );
  expect(different.slice(0, 5)).toEqual([]);
}

interface How {
  readonly env?: NodeJS.ProcessEnv;
  /** A line of sh(1), in which `"$@"` is the program with its arguments. */
  readonly shell?: string;
}

type Where = 'node' | 'engine';

function commandLine(where: Where, words: readonly string[], shell = 'exec "$@"'): string[] {
  return ['-c', shell, 'sh', ...(where === 'node' ? ON_NODE : [ENGINE]), ...words];
}

/** What a scenario prints, and how it ends. */
export function played(where: Where, words: readonly string[], { env, shell }: How = {}) {
  const { status, signal, stdout } = spawnSync('/bin/sh', commandLine(where, words, shell), {
    encoding: 'latin1',
    timeout: 20_000,
    ...(env ? { env } : {}),
  });
  return { stdout, end: status ?? signal };
}

/** The same while this process goes on. */
export async function playedBeside(where: Where, words: readonly string[]) {
  const child = spawn('/bin/sh', commandLine(where, words), {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.setEncoding('latin1').on('data', (text) => {
    stdout += text;
  });
  const [status, signal] = await once(child, 'close');
  return { stdout, end: status ?? signal };
}

export function expectSamePlay(words: readonly string[], how: How = {}): void {
  const theirs = played('node', words, how);
  expect(played('engine', words, how)).toEqual(theirs);
}
