// The inside of a comparison: runs in mount, network and PID namespaces of its own, whose end ends
// everything that it started.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { type Bench, isDiskFull, type Step, type Subject } from '../measures/context.ts';
import { crowdSteps } from '../measures/density.ts';
import { askFacts } from '../measures/facts.ts';
import { limitSteps } from '../measures/limits.ts';
import { loadSteps } from '../measures/load.ts';
import { noteStart, startsOnce } from '../measures/starts.ts';
import { startupSteps } from '../measures/startup.ts';
import { findProgram, versionOf } from '../programs/find.ts';
import { type Started, Starter } from '../programs/starter.ts';
import type { AnyRecord } from '../samples/records.ts';
import { PLACES } from '../targets/catalogue.ts';
import type { Place, World } from '../targets/target.ts';
import { type Job, readJob } from './job.ts';
import { makeLink } from './link.ts';
import { lineTo } from './progress.ts';

const interrupted = new AbortController();
const line = lineTo(process.stderr);

async function measureAll(job: Job): Promise<void> {
  const record = (value: AnyRecord) => appendFileSync(job.records, `${JSON.stringify(value)}\n`);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(job.root, 'tmp')]);
  const starter = new Starter(job.starter, job.scratch);
  const { repository, root, image, scratch, prefix, kernel } = job;
  const world: World = {
    repository,
    root,
    image,
    scratch,
    starter,
    prefix,
    kernel,
    link: makeLink(),
    signal: interrupted.signal,
  };
  const subjects: Subject[] = [];
  const last = job.processors - 1;
  const bench: Bench = {
    ...{ world, quick: job.quick, runs: job.runs, subjects, record },
    allCpus: last === 0 ? '0' : `0-${last}`,
    serverCpus: `${last}`,
    clientCpus: last === 0 ? '0' : `0-${last - 1}`,
  };
  try {
    for (const place of PLACES) {
      const asked = job.targets.find(({ name }) => name === place.name)?.measures;
      if (asked === undefined) continue;
      const measures = place.measures.filter((measure) => asked.includes(measure));
      const begun = performance.now();
      const subject = await opened(bench, { ...place, measures }, job.kernelProblem);
      bench.record({
        kind: 'took',
        measure: 'opening',
        target: place.name,
        seconds: (performance.now() - begun) / 1000,
      });
      if (subject !== undefined) subjects.push(subject);
    }
    await perform(bench, stepsOf(bench));
  } finally {
    line.clear();
    starter.close();
    for (const { opened } of subjects) await opened.close();
  }
}

/**
 * A place that runs here, and was asked what it looks like from inside; one that does not is
 * recorded with its own words.
 */
async function opened(
  bench: Bench,
  place: Place,
  kernelProblem: string | undefined,
): Promise<Subject | undefined> {
  const { name, title, family, note, program } = place;
  const version = program === undefined ? undefined : versionOf(program);
  const head = { kind: 'target', name, title, family, note, version } as const;
  line.show(`opening ${title}`);
  try {
    const subject = { place, opened: await place.open(bench.world) };
    const { remark, emulated } = subject.opened;
    try {
      const started = await askFacts(bench, subject);
      bench.record({
        ...head,
        status: 'ready',
        remark,
        emulated,
        command: started && commandOf(bench, started),
      });
      if (started !== undefined && startsOnce(bench, subject))
        noteStart(bench, subject, 0, started);
      return subject;
    } catch (error) {
      await subject.opened.close();
      throw error;
    }
  } catch (error) {
    if (interrupted.signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    bench.record({
      ...head,
      status: program !== undefined && findProgram(program) === undefined ? 'missing' : 'failed',
      why:
        kernelProblem !== undefined && /guest kernel/.test(why) ? `${why}: ${kernelProblem}` : why,
    });
    return undefined;
  }
}

function commandOf({ world: { repository, scratch } }: Bench, { argv }: Started): string {
  return argv.join(' ').replaceAll(scratch, '$SCRATCH').replaceAll(`${repository}/`, '');
}

function stepsOf(bench: Bench): Step[] {
  return [startupSteps, crowdSteps, loadSteps, limitSteps].flatMap((steps) => steps(bench));
}

/**
 * One after the other. A target that failed in a measure is left out of the rest of that measure;
 * the others go on.
 */
async function perform(bench: Bench, steps: readonly Step[]): Promise<void> {
  const failed = new Set<string>();
  const whole = steps.reduce((sum, { guessS }) => sum + guessS, 0);
  const begun = performance.now();
  let guessed = 0;
  for (const step of steps) {
    const { measure, target, round, guessS } = step;
    interrupted.signal.throwIfAborted();
    const spent = (performance.now() - begun) / 1000;
    const left = guessed < whole / 20 ? whole : (spent / guessed) * (whole - guessed);
    line.show(`${measure} · round ${round + 1} · ${target} · about ${Math.ceil(left)} s left`);
    guessed += guessS;
    if (failed.has(`${measure} ${target}`)) continue;
    const from = performance.now();
    try {
      await step.run();
      bench.record({
        kind: 'took',
        measure,
        target,
        round,
        seconds: (performance.now() - from) / 1000,
      });
    } catch (error) {
      if (interrupted.signal.aborted || isDiskFull(error)) throw error;
      failed.add(`${measure} ${target}`);
      bench.record({
        kind: 'failure',
        target,
        measure,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

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
    const text = error instanceof Error ? error.message : String(error);
    if (!interrupted.signal.aborted)
      process.stderr.write(`bench: ${isDiskFull(error) ? `${text}: make room there` : text}\n`);
    process.exit(interrupted.signal.aborted ? 130 : 1);
  }
}
