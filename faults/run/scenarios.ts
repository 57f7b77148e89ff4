// The tested commands, and their correct results.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Command } from './injector.ts';
import { MARK } from './left.ts';
import { ROOTFS, TERRARIUM, terrarium, type World } from './world.ts';

export interface Scenario {
  readonly name: string;
  /** Prepares the command: with the world's id, unless the command makes it. */
  readonly prepare: (world: World) => Promise<void>;
  readonly command: (world: World) => Command;
  /** Its exit code and output without a fault. */
  readonly exitCode: number;
  readonly prints: RegExp;
  /**
   * The expected state afterwards. `nothing`: also after a failure, once `gc` has run. `before`:
   * the same as before. `running`: its container, if it reports one. `gone`: after a failure the
   * same as before, until it is repeated.
   */
  readonly leaves: 'nothing' | 'before' | 'running' | 'gone';
}

const SAY = ['sh', '-c', 'echo token; exit 7'];
const WAIT = ['sh', '-c', 'echo token; exec sleep 600'];
const nothing = async () => {};

function shell(world: World, options: readonly string[], command: readonly string[]): string[] {
  const named = ['-n', world.id, '-e', `${MARK}=${world.id}`];
  return ['shell', ROOTFS, 'box', ...named, ...options, '--', ...command];
}

const LIMITS = ['--memory', '64m', '--cpus', '0.5', '--pids-limit', '64'];

function of(world: World, args: readonly string[], terminal = false): Command {
  return { argv: [TERRARIUM, ...args], env: world.env, terminal };
}

async function must(world: World, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await terrarium(world, args);
  if (exitCode !== 0) throw new Error(`terrarium ${args[0]} failed without a fault: ${stderr}`);
}

const running = (world: World) => must(world, shell(world, ['-d', ...LIMITS], WAIT));

/** A container whose runtime was killed. */
async function abandoned(world: World): Promise<void> {
  const [program = '', ...args] = [TERRARIUM, ...shell(world, ['-T', ...LIMITS], WAIT)];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...world.env },
  });
  await once(child.stdout, 'data');
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** The host's PID of the container's first process, from its journal's last lines. */
async function pidOf(world: World): Promise<number> {
  const { stdout } = await terrarium(world, ['state', world.id, '--format', 'json']);
  const { pid }: { pid: number } = JSON.parse(stdout);
  readFileSync(`/proc/${pid}/comm`);
  return pid;
}

const joinedNetwork = new Map<string, number>();

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'shell',
    prepare: nothing,
    command: (world) => of(world, shell(world, ['-T', ...LIMITS], SAY)),
    exitCode: 7,
    prints: /^token$/m,
    leaves: 'nothing',
  },
  {
    name: 'terminal',
    prepare: nothing,
    command: (world) => of(world, shell(world, ['-t', ...LIMITS], SAY), true),
    exitCode: 7,
    prints: /^token\r*$/m,
    leaves: 'nothing',
  },
  {
    name: 'detached',
    prepare: nothing,
    command: (world) => of(world, shell(world, ['-d', ...LIMITS], WAIT)),
    exitCode: 0,
    prints: /^fault-\w+$/m,
    leaves: 'running',
  },
  {
    name: 'exec',
    prepare: running,
    command: (world) => of(world, ['exec', world.id, '-T', '--', ...SAY]),
    exitCode: 7,
    prints: /^token$/m,
    leaves: 'before',
  },
  {
    name: 'delete',
    prepare: running,
    command: (world) => of(world, ['delete', '--force', world.id]),
    exitCode: 0,
    prints: /(?:)/,
    leaves: 'gone',
  },
  {
    name: 'gc',
    prepare: abandoned,
    command: (world) => of(world, ['gc']),
    exitCode: 0,
    prints: /fault-/,
    leaves: 'nothing',
  },
  {
    name: 'volumes',
    prepare: nothing,
    command: (world) =>
      of(world, shell(world, ['-T', '-v', '/usr:/mnt:ro', '--tmpfs', '/srv', '--read-only'], SAY)),
    exitCode: 7,
    prints: /^token$/m,
    leaves: 'nothing',
  },
  {
    name: 'joined',
    prepare: async (world) => {
      const other = { ...world, id: `${world.id}-net` };
      await running(other);
      joinedNetwork.set(world.id, await pidOf(other));
    },
    command: (world) => {
      const network = `ns:/proc/${joinedNetwork.get(world.id)}/ns/net`;
      return of(world, shell(world, ['-T', '--network', network], SAY));
    },
    exitCode: 7,
    prints: /^token$/m,
    leaves: 'before',
  },
];

/** A foreground container that runs until it is killed, and one that soon exits with 7. */
export const waiting: Scenario['command'] = (world) =>
  of(world, shell(world, ['-T', ...LIMITS], WAIT));
export const passing: Scenario['command'] = (world) =>
  of(world, shell(world, ['-T', ...LIMITS], ['sh', '-c', 'sleep 0.3; exit 7']));

export const scenarioNamed = (name: string) => SCENARIOS.find((one) => one.name === name);
