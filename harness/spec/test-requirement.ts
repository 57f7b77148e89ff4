// One requirement, one test. Gives the test a recorder for its evidence, and rejects claims that
// nothing can refute.
import { onTestFinished, test } from 'vitest';
import '../matchers/index.ts';
import { type ShellOptions, type Subject, Unsupported } from '../base/subject.ts';
import { Recorder } from '../evidence/recorder.ts';
import type { Suite } from '../evidence/suite.ts';
import { flawOf } from '../evidence/verdict.ts';
import type { Probes } from '../observe/probes.ts';
import { FiltersUnreadable } from '../observe/stand-in.ts';
import type { RequirementContext } from './context.ts';
import { makeContext, NotProvenHere } from './make-context.ts';
import { SetUpFailed } from './open.ts';

export interface RequirementOptions {
  /** For vitest's `--tags-filter`; each is declared in the configuration's `tags`. */
  readonly tags?: readonly string[];
  /** Why no control applies: a refused command line has no unconfined counterpart. */
  readonly controlFree?: string;
  /** Milliseconds; vitest's own limit when absent. */
  readonly timeoutMs?: number;
  /** The only subject of this requirement, by name; for others it is *unsupported*. */
  readonly promisedBy?: string;
}

export type Body<Options extends ShellOptions> = (
  context: RequirementContext<Options>,
) => Promise<void> | void;

export interface Setting<Options extends ShellOptions> {
  readonly suite: Suite;
  readonly subject: Subject<Options>;
  /** Host path of the default root file system of containers. */
  readonly rootfs: string;
  /** The suite's programs, for the host. */
  readonly probes: Probes;
}

/**
 * Registers the test of a requirement under its ID, which editors find in the source. It fails if
 * no control answered the opposite, or one answered the same, even if its body passes.
 */
export function registerRequirement<Options extends ShellOptions>(
  setting: Setting<Options>,
  id: string,
  options: RequirementOptions,
  body: Body<Options>,
): void {
  const { suite, subject } = setting;
  if (suite.requirements[id] === undefined)
    throw new TypeError(`the suite has no requirement ${id}`);
  const settings = {
    meta: { requirement: { subject: subject.name, suite } },
    ...(options.tags === undefined ? {} : { tags: [...options.tags] }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  };
  test(id, settings, async (vitest) => {
    const recorder = new Recorder(vitest.task, id, options.controlFree);
    const ends: (() => unknown)[] = [];
    const cleanUp = () => runEnds(ends);
    // After a timeout the test's body still hangs, so the hook cleans up.
    onTestFinished(async () => {
      await cleanUp();
      await recorder.finish();
    });
    const context = makeContext(setting, { id, recorder, ends, signal: vitest.signal });
    try {
      demandPromise(subject.name, options);
      await bodyThenCleanUp(body, context, cleanUp);
    } catch (error) {
      const missing = missingOf(error);
      if (missing !== undefined) recorder.missing(missing);
      await recorder.finish();
      if (missing !== undefined && missing.verdict !== 'set-up-failed') vitest.skip(missing.what);
      throw error;
    }
    await recorder.finish();
    const flaw = flawOf(recorder.controls, options.controlFree);
    if (flaw !== undefined) throw new Error(flaw);
  });
}

function demandPromise(subject: string, { promisedBy }: RequirementOptions): void {
  if (promisedBy !== undefined && promisedBy !== subject)
    throw new Unsupported(`${subject} does not promise what ${promisedBy} does`);
}

function missingOf(error: unknown) {
  if (error instanceof NotProvenHere || error instanceof FiltersUnreadable)
    return { verdict: 'not-proven-here', what: error.message } as const;
  if (error instanceof Unsupported) return { verdict: 'unsupported', what: error.message } as const;
  if (error instanceof SetUpFailed)
    return { verdict: 'set-up-failed', what: error.message.split('\n', 1)[0] ?? '' } as const;
  return undefined;
}

/** Keeps both errors if the body and the clean-up fail. */
async function bodyThenCleanUp<Options extends ShellOptions>(
  body: Body<Options>,
  context: RequirementContext<Options>,
  cleanUp: () => Promise<void>,
): Promise<void> {
  try {
    await body(context);
  } catch (failure) {
    try {
      await cleanUp();
    } catch (leftover) {
      if (failure instanceof NotProvenHere || failure instanceof Unsupported) throw leftover;
      if (failure instanceof Error)
        failure.message += `\nand while cleaning up: ${String(leftover)}`;
    }
    throw failure;
  }
  await cleanUp();
}

/** Runs every end, last first, even after a failure; then reports all failures. */
async function runEnds(ends: (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    try {
      await end();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw new AggregateError(
      errors,
      `${errors.length} clean-ups failed: ${errors.map(String).join('; ')}`,
    );
}
