// What a spec writes down while it runs: collected in memory, kept on disk after every entry so
// that a crash loses nothing.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Artefact,
  Control,
  Observation,
  PlanStep,
  PlanTrace,
  Recording,
  Series,
  Step,
  Transcript,
} from '../../reports/model.ts';

/**
 * Where recordings go. Set by the reporter before the workers start; without it nothing is written.
 */
export const EVIDENCE_DIRECTORY_VARIABLE = 'TERRARIUM_EVIDENCE_DIR';

type Value = string | number | bigint | boolean;

/** A value that was looked at, from up to three sides. `decisive`: the verdict rests on it. */
export interface Observed {
  readonly label: string;
  readonly inside?: Value | undefined;
  readonly host?: Value | undefined;
  readonly control?: Value | undefined;
  readonly decisive?: boolean;
}

export interface ControlResult {
  /**
   * `opposite` when the probe answered the opposite, as it must; `same` refutes the requirement.
   */
  readonly outcome: Control['outcome'];
  readonly observed: Value;
}

type Narrator = (step: Step, id: string) => void | Promise<void>;
const narrators = new Set<Narrator>();

/**
 * Calls `narrator` for every line of narration; `say` waits for it. Returns how to stop. For the
 * live demo.
 */
export function onNarration(narrator: Narrator): () => void {
  narrators.add(narrator);
  return () => narrators.delete(narrator);
}

/** The notebook of one test. */
export class Notebook {
  readonly controls: Control[] = [];
  missing: string | undefined;
  private readonly id: string;
  private readonly controlFree: string | undefined;
  private readonly steps: Step[] = [];
  private readonly observations: Observation[] = [];
  private readonly transcripts: Transcript[] = [];
  private readonly plans: PlanTrace[] = [];
  private readonly plots: Series[] = [];
  private readonly artefacts: Artefact[] = [];
  private readonly startedAt = Date.now();
  private readonly start = performance.now();

  constructor(id: string, controlFree?: string) {
    this.id = id;
    this.controlFree = controlFree;
    this.keep(false);
  }

  /** One line of narration: what is done next, and why. */
  async say(text: string): Promise<void> {
    const step = { atMs: this.elapsed(), text };
    this.steps.push(step);
    this.keep(false);
    for (const narrator of narrators) await narrator(step, this.id);
  }

  observe({ label, inside, host, control, decisive = false }: Observed): void {
    this.observations.push({
      label,
      ...(inside === undefined ? {} : { inside: String(inside) }),
      ...(host === undefined ? {} : { host: String(host) }),
      ...(control === undefined ? {} : { control: String(control) }),
      decisive,
    });
    this.keep(false);
  }

  control(description: string, { outcome, observed }: ControlResult): void {
    this.controls.push({ description, outcome, observed: String(observed) });
    this.keep(false);
  }

  transcript(transcript: Transcript): void {
    this.transcripts.push(transcript);
  }

  plan(title: string, steps: readonly PlanStep[]): void {
    this.plans.push({ title, steps });
  }

  series(series: Series): void {
    this.plots.push(series);
  }

  artefact(artefact: Artefact): void {
    this.artefacts.push(artefact);
  }

  /** Writes the recording, whole or not at all. */
  keep(finished: boolean): void {
    const directory = process.env[EVIDENCE_DIRECTORY_VARIABLE];
    if (!directory) return;
    mkdirSync(directory, { recursive: true });
    const file = join(directory, `${this.id}.json`);
    writeFileSync(`${file}.part`, JSON.stringify(this.recording(finished)));
    renameSync(`${file}.part`, file);
  }

  recording(finished: boolean): Recording {
    return {
      id: this.id,
      finished,
      ...(this.missing === undefined ? {} : { missing: this.missing }),
      ...(this.controlFree === undefined ? {} : { controlFree: this.controlFree }),
      controls: this.controls,
      steps: this.steps,
      observations: this.observations,
      transcripts: this.transcripts,
      plans: this.plans,
      series: this.plots,
      artefacts: this.artefacts,
      startedAt: this.startedAt,
      durationMs: this.elapsed(),
      worker: Number(process.env.VITEST_POOL_ID ?? 1),
    };
  }

  private elapsed(): number {
    return Math.round(performance.now() - this.start);
  }
}
