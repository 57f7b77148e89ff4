// One requirement, one test. Gives the test a notebook for its evidence and refuses a claim that
// nothing could refute.
import { onTestFinished, test } from 'vitest';
import { type RequirementId, requirements } from '../requirements.ts';
import { Notebook } from './evidence.ts';

export interface RequirementOptions {
  /** Why no control makes sense here: a refused command line has no unconfined counterpart. */
  readonly controlFree?: string;
  /** Milliseconds; vitest's own limit when absent. */
  readonly timeoutMs?: number;
}

/** What a spec gets: its notebook's pages, and an end for everything it begins. */
export interface RequirementContext
  extends Pick<
    Notebook,
    'say' | 'observe' | 'control' | 'transcript' | 'plan' | 'series' | 'artefact'
  > {
  readonly id: RequirementId;
  /** Aborted when the test runs out of time. */
  readonly signal: AbortSignal;
  /** Ends the test as not provable on this host. `feature` is what the host lacks, in words. */
  notProvenHere(feature: string): never;
  /** Runs `end` after the test however it ends, the last registered first. */
  onCleanup(end: () => unknown): void;
}

type Body = (context: RequirementContext) => Promise<void> | void;

class NotProvenHere extends Error {}

/**
 * Registers the test of a requirement, titled with its ID and sentence. It fails, whatever its body
 * asserted, when no control answered the opposite or one answered the same.
 */
export function requirement(
  id: RequirementId,
  ...[first, second]: [Body] | [RequirementOptions, Body]
): void {
  const options = typeof first === 'function' ? {} : first;
  const body = typeof first === 'function' ? first : second;
  if (body === undefined) throw new TypeError(`requirement ${id} has no test`);

  test(`${id} — ${requirements[id].title}`, {
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  }, async (vitest) => {
    const notebook = new Notebook(id, options.controlFree);
    const ends: (() => unknown)[] = [];
    const cleanUp = () => runEnds(ends);
    // A test that runs out of time leaves its body hanging: the hook is what still cleans up.
    onTestFinished(cleanUp);
    const context = makeContext(id, notebook, ends, vitest.signal);
    try {
      await bodyThenCleanUp(body, context, cleanUp);
    } catch (error) {
      if (error instanceof NotProvenHere) notebook.missing = error.message;
      notebook.keep(true);
      if (error instanceof NotProvenHere) vitest.skip(error.message);
      throw error;
    }
    notebook.keep(true);
    demandControl(notebook, options);
  });
}

function makeContext(
  id: RequirementId,
  notebook: Notebook,
  ends: (() => unknown)[],
  signal: AbortSignal,
): RequirementContext {
  return {
    id,
    signal,
    say: (text) => notebook.say(text),
    observe: (observed) => notebook.observe(observed),
    control: (description, result) => notebook.control(description, result),
    transcript: (transcript) => notebook.transcript(transcript),
    plan: (title, steps) => notebook.plan(title, steps),
    series: (series) => notebook.series(series),
    artefact: (artefact) => notebook.artefact(artefact),
    notProvenHere: (feature) => {
      throw new NotProvenHere(feature);
    },
    onCleanup: (end) => {
      ends.push(end);
    },
  };
}

/** Both errors are kept when the body and its clean-up fail. */
async function bodyThenCleanUp(
  body: Body,
  context: RequirementContext,
  cleanUp: () => Promise<void>,
): Promise<void> {
  try {
    await body(context);
  } catch (failure) {
    try {
      await cleanUp();
    } catch (leftover) {
      if (failure instanceof NotProvenHere) throw leftover;
      if (failure instanceof Error)
        failure.message += `\nand while cleaning up: ${String(leftover)}`;
    }
    throw failure;
  }
  await cleanUp();
}

/** Runs every end, last first, even after one failed; then reports all that failed. */
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

function demandControl(notebook: Notebook, options: RequirementOptions): void {
  const same = notebook.controls.find((control) => control.outcome === 'same');
  if (same)
    throw new Error(
      `the control answered the same, so nothing is proven: ${same.description}: ${same.observed}`,
    );
  if (options.controlFree !== undefined) return;
  if (!notebook.controls.some((control) => control.outcome === 'opposite')) {
    throw new Error('no control answered the opposite, so nothing is proven');
  }
}
