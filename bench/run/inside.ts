// The inside of a run: mount, network and PID namespaces of its own, whose end ends everything that
// it started.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { findProgram } from '../../harness/observe/find-program.ts';
import { messageOf } from '../../runtime/base/errors.ts';
import { type Bench, isDiskFull, type Step, type Subject, Turn } from '../measures/context.ts';
import { densitySteps } from '../measures/density.ts';
import { askFacts } from '../measures/facts.ts';
import { lifecycleSteps } from '../measures/lifecycle.ts';
import { limitSteps } from '../measures/limits.ts';
import { loadSteps } from '../measures/load.ts';
import { ownGoalSteps } from '../measures/own-goals.ts';
import { noteStart, startsOnce, startupSteps } from '../measures/startup.ts';
import { ageOf, versionOf } from '../programs/find.ts';
import { Starter } from '../programs/starter.ts';
import type { AnyRecord } from '../samples/records.ts';
import { TARGETS } from '../targets/catalogue.ts';
import type { Opened, Target } from '../targets/target.ts';
import { type Job, readJob } from './job.ts';
import { makeLink } from './link.ts';
import { progressOn } from './progress.ts';

const interrupted = new AbortController();
const show = progressOn(process.stderr);

/**
 * Performs the job in this file and ends the process. The parent holds the other end of descriptor
 * 3: when it closes that end, the run ends early.
 */
export async function inside(jobFile: string): Promise<never> {
  const stop = () => interrupted.abort(new Error('interrupted'));
  new Socket({ fd: 3 }).on('end', stop).on('error', stop).resume().unref();
  try {
    await measureAll(readJob(jobFile));
    process.exit(0);
  } catch (error) {
    const help = isDiskFull(error) ? ': make room there' : '';
    if (!interrupted.signal.aborted) process.stderr.write(`bench: ${messageOf(error)}${help}\n`);
    process.exit(interrupted.signal.aborted ? 130 : 1);
  }
}

async function measureAll(job: Job): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(job.root, 'tmp')]);
  const ballast = Buffer.alloc(job.ballastMiB * 1048576, 1);
  const starter = new Starter(job.starter, job.scratch);
  const subjects: Subject[] = [];
  const last = job.processors - 1;
  const { quick, runs, schedule, kernel } = job;
  const record = (value: AnyRecord) => appendFileSync(job.records, `${JSON.stringify(value)}\n`);
  const bench: Bench = {
    context: { ...job, kernel, starter, link: makeLink(), signal: interrupted.signal },
    ...{ quick, runs, schedule, subjects, record, serverCpus: `${last}` },
    allCpus: last === 0 ? '0' : `0-${last}`,
    clientCpus: last === 0 ? '0' : `0-${last - 1}`,
  };
  try {
    for (const target of TARGETS) {
      const asked = job.targets.find(({ name }) => name === target.name)?.measures ?? [];
      const measures = target.measures.filter((measure) => asked.includes(measure));
      if (measures.length === 0) continue;
      await timed(bench, { measure: 'opening', target: target.name }, async () => {
        const subject = await open(bench, { ...target, measures }, job.kernelProblem);
        if (subject !== undefined) subjects.push(subject);
      });
    }
    await perform(bench, stepsOf(bench, job));
  } finally {
    show('');
    starter.close();
    for (const { opened } of subjects) await opened.close?.();
    ballast.fill(0); // held until here
  }
}

function stepsOf(bench: Bench, { part, goals }: Job): Step[] {
  if (part === 'lifecycle') return [...lifecycleSteps(bench), ...ownGoalSteps(bench, goals)];
  return [startupSteps, densitySteps, loadSteps, limitSteps].flatMap((steps) => steps(bench));
}

/** A target that does not run here is recorded with its own error; one that does is asked facts. */
async function open(
  bench: Bench,
  target: Target,
  kernelProblem: string | undefined,
): Promise<Subject | undefined> {
  const { name, title, family, note, program } = target;
  const path = program ?? bench.context.newest[name.replace(/-newest$/, '')];
  const version = path === undefined ? undefined : versionOf(path);
  const head = { kind: 'target', name, title, family, note, version } as const;
  let opened: Opened | undefined;
  show(`opening ${title}`);
  try {
    opened = await target.open(bench.context);
    const subject = { target, opened };
    const remark = [opened.remark, path && ageOf(path)].filter(Boolean).join('; ') || undefined;
    const emulated = opened.emulated;
    const compared = target.measures.some((measure) => measure !== 'lifecycle');
    const isAsked = compared && opened.startInProcess === undefined && name !== 'bare-veth';
    const turn = new Turn(bench, subject, 0);
    const started = isAsked ? await askFacts(turn) : undefined;
    const command = started && commandText(bench, started.argv);
    bench.record({ ...head, status: 'ready', remark, emulated, command });
    if (started !== undefined && startsOnce(turn)) noteStart(turn, started);
    return subject;
  } catch (error) {
    await opened?.close?.();
    if (interrupted.signal.aborted) throw error;
    const why = [messageOf(error)];
    if (kernelProblem !== undefined && /guest kernel/.test(messageOf(error)))
      why.push(kernelProblem);
    const missing = program !== undefined && findProgram(program) === undefined;
    bench.record({ ...head, status: missing ? 'missing' : 'failed', why: why.join(': ') });
    return undefined;
  }
}

function commandText({ context: { repository, scratch } }: Bench, argv: readonly string[]): string {
  return argv.join(' ').replaceAll(scratch, '$SCRATCH').replaceAll(`${repository}/`, '');
}

/** One after the other. A target that failed in a measure is left out of the rest of it. */
async function perform(bench: Bench, steps: readonly Step[]): Promise<void> {
  const failed = new Set<string>();
  const whole = steps.reduce((sum, { guessS }) => sum + guessS, 0);
  const begun = performance.now();
  let guessed = 0;
  for (const { measure, target, round, guessS, run } of steps) {
    interrupted.signal.throwIfAborted();
    const spent = (performance.now() - begun) / 1000;
    const left = guessed < whole / 20 ? whole : (spent / guessed) * (whole - guessed);
    show(`${measure} · round ${round + 1} · ${target} · about ${Math.ceil(left)} s left`);
    guessed += guessS;
    if (failed.has(`${measure} ${target}`)) continue;
    try {
      await timed(bench, { measure, target, round }, run);
    } catch (error) {
      if (interrupted.signal.aborted || isDiskFull(error)) throw error;
      failed.add(`${measure} ${target}`);
      bench.record({ kind: 'failure', target, measure, reason: messageOf(error) });
    }
  }
}

async function timed(
  bench: Bench,
  what: { measure: string; target: string; round?: number },
  work: () => Promise<void>,
): Promise<void> {
  const begun = performance.now();
  await work();
  bench.record({ kind: 'took', ...what, seconds: (performance.now() - begun) / 1000 });
}
