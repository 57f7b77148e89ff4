// The inside of a run: mount, network and PID namespaces of its own, whose end ends everything that
// it started.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { StatusLine } from '../../harness/base/status-line.ts';
import { findProgram } from '../../harness/observe/find-program.ts';
import { cgroupMounts } from '../../harness/observe/mounts.ts';
import { messageOf } from '../../runtime/base/errors.ts';
import { type Bench, isDiskFull, type Step, type Subject, Turn } from '../measures/context.ts';
import { densitySteps } from '../measures/density.ts';
import { askFacts } from '../measures/facts.ts';
import { mountSteps } from '../measures/host-mounts.ts';
import { lifecycleSteps } from '../measures/lifecycle.ts';
import { limitSteps } from '../measures/limits.ts';
import { ownGoalSteps } from '../measures/own-goals.ts';
import { processorSteps } from '../measures/processor.ts';
import { startupSteps } from '../measures/startup.ts';
import { throughputSteps } from '../measures/throughput.ts';
import { verbSteps } from '../measures/verbs.ts';
import { ageOf, filesOf, requireProgram, versionOf } from '../programs/find.ts';
import { Starter } from '../programs/starter.ts';
import { type AnyRecord, Measure } from '../samples/records.ts';
import { TARGETS } from '../targets/catalogue.ts';
import type { Context, Opened, Target } from '../targets/target.ts';
import { makeLink } from './link.ts';

const [text, number, flag] = [v.string(), v.number(), v.boolean()];

/** What the process outside writes to a file for the one inside. */
const Job = v.object({
  /** Life cycles have a separate process, so that its compiled code changes no other figure. */
  part: v.picklist(['lifecycle', 'rest']),
  ...{ repository: text, root: text, image: text, scratch: text, prefix: text },
  ...{ starter: text, baseline: text, quick: flag, goals: flag, ballastMiB: number },
  /** A text says why there is none. */
  kernel: v.union([v.object({ image: text, initrd: text, release: text }), text]),
  newest: v.record(text, text),
  targets: v.array(v.object({ name: text, measures: v.array(Measure) })),
  runs: v.optional(number),
  schedule: v.object({ rounds: number, runs: number }),
  /** File that records are appended to. */
  records: text,
});
export type Job = v.InferOutput<typeof Job>;

const interrupted = new AbortController();
const status = new StatusLine(process.stderr);
let shown = '';

/** One line that a terminal rewrites, elsewhere a new one when its first two parts change. */
function show(line: string): void {
  const subject = line.split(' · ', 2).join(' · ');
  if (process.stderr.isTTY) status.show(line);
  else if (subject !== shown && line !== '') process.stderr.write(`${line}\n`);
  shown = subject;
}

/**
 * Performs the job in this file and ends the process. The parent holds the other end of descriptor
 * 3: when it closes that end, the run ends early.
 */
export async function inside(jobFile: string): Promise<never> {
  const stop = () => interrupted.abort(new Error('interrupted'));
  new Socket({ fd: 3 }).on('end', stop).on('error', stop).resume().unref();
  try {
    await measureAll(v.parse(Job, JSON.parse(readFileSync(jobFile, 'utf8'))));
    process.exit(0);
  } catch (error) {
    const help = isDiskFull(error) ? ': make room there' : '';
    if (!interrupted.signal.aborted) process.stderr.write(`bench: ${messageOf(error)}${help}\n`);
    process.exit(interrupted.signal.aborted ? 130 : 1);
  }
}

async function measureAll(job: Job): Promise<void> {
  for (const path of ['/run', join(job.root, 'tmp')])
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path]);
  hideUnified();
  const ballast = Buffer.alloc(job.ballastMiB * 1048576, 1);
  const starter = new Starter(job.starter, job.scratch);
  const subjects: Subject[] = [];
  const last = cpus().length - 1;
  const upTo = (cpu: number) => (cpu < 1 ? '0' : `0-${cpu}`);
  const { quick, runs, schedule } = job;
  const bench: Bench = {
    context: { ...job, starter, link: makeLink(), signal: interrupted.signal },
    ...{ quick, runs, schedule, subjects },
    ...{ allCpus: upTo(last), serverCpus: `${last}`, clientCpus: upTo(last - 1) },
    record: (value: AnyRecord) => appendFileSync(job.records, `${JSON.stringify(value)}\n`),
  };
  try {
    for (const { name, measures } of job.targets) {
      const target = TARGETS.find((one) => one.name === name);
      if (target === undefined) continue;
      await timed(bench, { measure: 'opening', target: name }, async () => {
        const subject = await open(bench, { ...target, measures });
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

/** crun and gVisor refuse an empty v2 tree beside v1 hierarchies: all targets do without it. */
function hideUnified(): void {
  const mounts = cgroupMounts();
  if (!mounts.some(({ type }) => type === 'cgroup')) return;
  for (const { type, point } of mounts) if (type === 'cgroup2') execFileSync('umount', [point]);
}

function stepsOf(bench: Bench, { part, goals }: Job): Step[] {
  if (part === 'lifecycle') {
    const beside = goals ? [...verbSteps(bench), ...mountSteps(bench)] : [];
    return [...lifecycleSteps(bench), ...beside, ...ownGoalSteps(bench, goals)];
  }
  const all = [startupSteps, densitySteps, processorSteps, throughputSteps, limitSteps];
  return all.flatMap((steps) => steps(bench));
}

/** A target that does not run here is recorded with its own error; one that does is asked facts. */
async function open(bench: Bench, target: Target): Promise<Subject | undefined> {
  const { name, title, family, note, program } = target;
  let [path, opened]: [string, Opened | undefined] = ['', undefined];
  const head = () => {
    const version = path === '' ? undefined : versionOf(path);
    return { kind: 'target', name, title, family, note, version } as const;
  };
  show(`opening ${title}`);
  try {
    path = pathOf(target, bench.context);
    opened = await target.open(bench.context, path);
    const files = [...(path === '' ? [] : filesOf(path)), ...(opened.files ?? [])];
    const subject = { target, opened: { ...opened, files } };
    const remark = [opened.remark, path && ageOf(path)].filter(Boolean).join('; ') || undefined;
    const compared = target.measures.some((measure) => measure !== 'lifecycle');
    const isAsked = compared && opened.startInProcess === undefined && name !== 'bare-veth';
    const started = isAsked ? await askFacts(new Turn(bench, subject, 0)) : undefined;
    const command = started && commandText(bench, started.argv);
    const { emulated } = opened;
    bench.record({ ...head(), status: 'ready', remark, emulated, command });
    return subject;
  } catch (error) {
    await opened?.close?.();
    if (interrupted.signal.aborted) throw error;
    const isHere = program === undefined || target.newest || findProgram(program) !== undefined;
    bench.record({ ...head(), status: isHere ? 'failed' : 'missing', why: messageOf(error) });
    return undefined;
  }
}

/** Of its program; empty for a target that is none. @throws Error when it is not here. */
function pathOf({ program, package: debian = '', newest }: Target, context: Context): string {
  if (program === undefined) return '';
  if (!newest) return requireProgram(program, debian);
  const path = context.newest[program];
  if (path === undefined) throw new Error(context.newest[`${program} why`]);
  return path;
}

function commandText({ context: { repository, scratch } }: Bench, argv: readonly string[]): string {
  return argv.join(' ').replaceAll(scratch, '$SCRATCH').replaceAll(`${repository}/`, '');
}

/** One after the other. A target that failed in a measure is left out of the rest of it. */
async function perform(bench: Bench, steps: readonly Step[]): Promise<void> {
  const failed = new Set<string>();
  for (const [index, { measure, target, round, run }] of steps.entries()) {
    interrupted.signal.throwIfAborted();
    show(`${measure} · round ${round + 1} · ${target} · step ${index + 1} of ${steps.length}`);
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
