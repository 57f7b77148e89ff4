// For tests: a runtime that performs a plan and is ended by SIGKILL at one place in it.
// usage: dies.fixture.ts OPTIONS PHASE STEP, with OPTIONS as JSON and STEP counted from 0 within
// the phase.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '../../execute/journal/journal.ts';
import type { HostOp, LinkOp, Plan, SpawnOp } from '../../plan/operations.ts';
import { addressTaken, perform } from '../create/create.ts';
import { configure, prepare } from '../create/prepare.ts';

const [options = '{}', phase = '', number = '0'] = process.argv.slice(2);
const step = Number(number);

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('outlived SIGKILL');
}

/**
 * The operations with death in one of them. What we perform reads this field first. What the addon
 * performs is a write to a pipe that something opens, and that nothing reads: it never ends. A
 * signal may end it with a part written; so the operations after it are the same, and write
 * nothing.
 */
function deadlyHost(ops: readonly HostOp[]): HostOp[] {
  const op = ops[step];
  if (op?.kind === 'claim' || op?.kind === 'file') {
    const deadly = {
      ...op,
      get path() {
        return die();
      },
    };
    return ops.map((other, index) => (index === step ? deadly : other));
  }
  const stuck: HostOp = { kind: 'write', path: deadlyPipe(), value: 'x'.repeat(MORE_THAN_A_PIPE) };
  const ours = ({ kind }: HostOp) => kind === 'claim' || kind === 'file';
  return ops.map((other, index) => (index < step || ours(other) ? other : stuck));
}

/** Bytes; pipe(7) holds 65,536. */
const MORE_THAN_A_PIPE = 1 << 17;

/**
 * fifo(7): opened for writing only when another opens it for reading. That other kills this
 * process, and is one of its own: a callback here would come some time after the operation, and the
 * plan go on.
 */
function deadlyPipe(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-dies-'));
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const kill = 'exec 3<"$1"; rm -r "$2"; kill -KILL "$3"';
  spawn('timeout', ['60', 'sh', '-c', kill, 'sh', pipe, directory, String(process.pid)], {
    stdio: 'ignore',
  });
  return pipe;
}

function deadlyLink(op: LinkOp): LinkOp {
  return {
    ...op,
    get hostIndex() {
      return die();
    },
  };
}

function deadlySpawn(op: SpawnOp): SpawnOp {
  return {
    ...op,
    get flags() {
      return die();
    },
  };
}

/**
 * The plan with death in it: in `inside`, after `step` steps, where the init waits for a start that
 * never comes.
 */
function deadly(plan: Plan): Plan {
  switch (phase) {
    case 'host':
      return {
        ...plan,
        host: deadlyHost(plan.host),
      };
    case 'spawn':
      return { ...plan, spawn: deadlySpawn(plan.spawn) };
    case 'link':
      return {
        ...plan,
        link: plan.link.map((op, index) => (index === step ? deadlyLink(op) : op)),
      };
    case 'inside':
      return { ...plan, inside: [...plan.inside.slice(0, step), { kind: 'await', what: 'start' }] };
    default:
      return plan;
  }
}

// The init has just been spawned, and goes on while its runtime dies.
if (phase === 'spawned') Journal.prototype.spawned = die;

for (let attempt = 0; ; attempt++) {
  const prepared = prepare(configure(JSON.parse(options)), {}, attempt);
  try {
    await perform({ ...prepared, plan: deadly(prepared.plan) }, 'inherit', {
      awaitStart: phase === 'inside',
    });
    break;
  } catch (error) {
    // Tests beside this one claim their addresses elsewhere.
    if (!addressTaken(error, prepared.plan)) throw error;
  }
}
die();
