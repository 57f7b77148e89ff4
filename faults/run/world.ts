// The environment of a case: its own state directory and container.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARK, remains, remainsBut } from './left.ts';

const ROOT = join(import.meta.dirname, '../..');
export const TERRARIUM = process.env.TERRARIUM_FAULTS_COMMAND ?? join(ROOT, 'bin/terrarium');
export const ROOTFS = join(ROOT, 'fixtures/rootfs/out/default');

/** A command of the tested program that hangs is itself a finding. */
const PATIENCE_MS = 20_000;

export interface World {
  readonly id: string;
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The result of an undisturbed command of the program. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function makeWorld(): World {
  const id = `fault-${randomBytes(4).toString('hex')}`;
  const state = mkdtempSync(join(tmpdir(), 'terrarium-faults-'));
  const start = process.env.TERRARIUM_START ?? 'sources';
  return { id, state, env: { TERRARIUM_STATE: state, TERRARIUM_START: start, [MARK]: id } };
}

/** Runs the program until it exits. */
export function terrarium(world: World, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      TERRARIUM,
      args,
      { env: { ...process.env, ...world.env }, timeout: PATIENCE_MS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
  });
}

/** Leftovers of a deleted container without a fault. */
export async function removed(world: World): Promise<string[]> {
  if (remains(world.id, world.state).length === 0) return [];
  await terrarium(world, ['delete', '--force', world.id]);
  return remainsBut(new Set(), world.id, world.state);
}

/** Whether the program itself reports it. */
export async function isRunning(world: World): Promise<boolean> {
  const { stdout } = await terrarium(world, ['state', world.id, '--format', 'json']);
  return /"status": ?"running"/.test(stdout);
}

/** Removes the leftovers, which have been reported. All have the world's own id. */
export async function dispose(world: World): Promise<void> {
  const ids = readdirSync(world.state)
    .filter((name) => name.endsWith('.journal') && !name.startsWith('.'))
    .map((name) => name.slice(0, -'.journal'.length));
  for (const id of ids) await terrarium(world, ['delete', '--force', id]);
  for (const thing of remains(world.id, world.state)) {
    const [kind = '', where = ''] = thing.split(' ');
    if (kind === 'process') quietly(() => process.kill(Number(where), 'SIGKILL'));
    if (kind === 'cgroup') quietly(() => rmdirSync(where));
  }
  rmSync(world.state, { recursive: true, force: true });
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // It is already gone.
  }
}
