// Records a spec's narration and values while it runs, and passes each entry to the runner at once.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type RunnerTestCase, recordArtifact } from 'vitest';
import { ARTIFACT_TYPE, type Entry } from './entries.ts';
import type { Artefact, Control, Missing, PlanStep, Series, Step, Transcript } from './model.ts';

export type Value = string | number | bigint | boolean;

/** A value observed from up to three sides. `decisive`: the verdict depends on it. */
export interface Observed {
  readonly label: string;
  readonly inside?: Value | undefined;
  readonly host?: Value | undefined;
  readonly control?: Value | undefined;
  readonly decisive?: boolean;
}

export interface ControlResult {
  /** `opposite` if the probe answered the opposite, as required; `same` refutes the requirement. */
  readonly outcome: Control['outcome'];
  readonly observed: Value;
}

type Narrator = (step: Step, id: string) => void | Promise<void>;
const narrators = new Set<Narrator>();

/**
 * Calls `narrator` for every line of narration; `say` waits for it. Returns a function that stops
 * it. For the live demo.
 */
export function onNarration(narrator: Narrator): () => void {
  narrators.add(narrator);
  return () => narrators.delete(narrator);
}

/** Whether a control is running: values then go to the control's column. */
const inControl = new AsyncLocalStorage<true>();

export function roleNow(): 'subject' | 'control' {
  return inControl.getStore() ? 'control' : 'subject';
}

export function asControl<T>(body: () => T): T {
  return inControl.run(true, body);
}

/** Records for one test. */
export class Recorder {
  readonly controls: Control[] = [];
  readonly #task: RunnerTestCase;
  readonly #start = performance.now();
  /** The last recorded value: the answer of a control. */
  #lastSeen = '';
  #sent: Promise<unknown> = Promise.resolve();

  constructor(task: RunnerTestCase, id: string, controlFree?: string) {
    this.#task = task;
    this.#send({
      kind: 'begun',
      id,
      ...(controlFree === undefined ? {} : { controlFree }),
      startedAt: Date.now(),
      worker: Number(process.env.VITEST_POOL_ID ?? 1),
    });
  }

  /** One line of narration: the next step, and why. Editors show it as an annotation. */
  async say(text: string, id: string): Promise<void> {
    const step = { atMs: this.#elapsed(), text };
    this.#send({ kind: 'step', step });
    await this.#task.context.annotate(text, 'step');
    await this.#sent;
    for (const narrator of narrators) await narrator(step, id);
  }

  observe({ label, inside, host, control, decisive = false }: Observed): void {
    this.#lastSeen = `${label}: ${control ?? inside ?? host ?? ''}`;
    const observation = {
      label,
      ...(inside === undefined ? {} : { inside: String(inside) }),
      ...(host === undefined ? {} : { host: String(host) }),
      ...(control === undefined ? {} : { control: String(control) }),
      decisive,
    };
    this.#send({ kind: 'observation', observation });
  }

  /**
   * The value of an assertion, from inside or from the host. While a control runs it goes to the
   * control's column of the row with the same label.
   */
  saw(label: string, side: 'inside' | 'host', value: Value): void {
    const column = roleNow() === 'control' ? 'control' : side;
    this.observe({ label, [column]: value, decisive: true });
  }

  /** The last observation, with its label. */
  get lastSeen(): string {
    return this.#lastSeen;
  }

  control(description: string, { outcome, observed }: ControlResult): void {
    const control = { description, outcome, observed: String(observed) };
    this.controls.push(control);
    this.#send({ kind: 'control', control });
  }

  transcript(transcript: Transcript): void {
    this.#send({ kind: 'transcript', transcript });
  }

  plan(title: string, steps: readonly PlanStep[]): void {
    this.#send({ kind: 'plan', plan: { title, steps } });
  }

  series(series: Series): void {
    this.#send({ kind: 'series', series });
  }

  artefact(artefact: Artefact): void {
    this.#send({ kind: 'artefact', artefact });
  }

  missing(missing: Missing): void {
    this.#send({ kind: 'missing', missing });
  }

  /** Marks the end of the test's body and clean-up; waits until the runner has every entry. */
  async finish(): Promise<void> {
    this.#send({ kind: 'finished', durationMs: this.#elapsed() });
    await this.#sent;
  }

  #send(entry: Entry): void {
    const artifact = { type: ARTIFACT_TYPE, entry } as const;
    this.#sent = this.#sent.then(() => recordArtifact(this.#task, artifact));
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#start);
  }
}
