// For tests: a runtime that performs a plan and is ended by SIGKILL at one place in it.
// usage: dies.fixture.ts OPTIONS PHASE STEP, with OPTIONS as JSON and STEP counted from 0 within the phase.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, open, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '../execute/journal.ts';
import type { BirthOp, HostOp, LinkOp, Plan } from '../plan/operations.ts';
import { addressTaken, perform } from './create.ts';
import { configure, prepare } from './prepare.ts';

const [options = '{}', phase = '', number = '0'] = process.argv.slice(2);
const step = Number(number);

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('outlived SIGKILL');
}

/** Whoever performs the operation reads this field first, and nobody before; what other threads perform stops at a pipe that nobody reads. */
function deadlyHost(op: HostOp): HostOp {
  if (op.kind !== 'claim' && op.kind !== 'file')
    return { kind: 'write', path: deadlyPipe(), value: '' };
  return {
    ...op,
    get path() {
      return die();
    },
  };
}

/** fifo(7): to be opened for reading and for writing only by both at once. */
function deadlyPipe(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-dies-'));
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  open(pipe, 'r', () => {
    rmSync(directory, { recursive: true });
    die();
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

function deadlyBirth(op: BirthOp): BirthOp {
  return {
    ...op,
    get flags() {
      return die();
    },
  };
}

/** The plan with death in it: in `inside`, after `step` steps, where the init waits for a start that never comes. */
function deadly(plan: Plan): Plan {
  switch (phase) {
    case 'host':
      return {
        ...plan,
        host: plan.host.map((op, index) => (index === step ? deadlyHost(op) : op)),
      };
    case 'birth':
      return { ...plan, birth: deadlyBirth(plan.birth) };
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

// The init has just been born, and goes on while its runtime dies.
if (phase === 'born') Journal.prototype.born = die;

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
