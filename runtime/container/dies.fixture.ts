// For tests: a runtime that performs a plan and is ended by SIGKILL at one place in it.
// usage: dies.fixture.ts OPTIONS PHASE STEP, with OPTIONS as JSON and STEP counted from 0 within the phase.
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

/** Whoever performs the operation reads this field first, and nobody before. */
function deadlyHost(op: HostOp): HostOp {
  return {
    ...op,
    get path() {
      return die();
    },
  };
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
      return { ...plan, host: plan.host.map((op, index) => (index === step ? deadlyHost(op) : op)) };
    case 'birth':
      return { ...plan, birth: deadlyBirth(plan.birth) };
    case 'link':
      return { ...plan, link: plan.link.map((op, index) => (index === step ? deadlyLink(op) : op)) };
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
    await perform({ ...prepared, plan: deadly(prepared.plan) }, 'inherit', { awaitStart: phase === 'inside', batched: false });
    break;
  } catch (error) {
    // Tests beside this one claim their addresses elsewhere.
    if (!addressTaken(error, prepared.plan)) throw error;
  }
}
die();
