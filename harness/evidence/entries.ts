// The entries that a test records, passed through the runner: each is an artifact of the test, so a
// crash keeps the earlier ones and merged shards have all of them.
import type { TestArtifactBase } from 'vitest';
import type {
  Artefact,
  Control,
  Missing,
  Observation,
  PlanTrace,
  Recording,
  Series,
  Step,
  Transcript,
} from './model.ts';

export type Entry =
  | {
      readonly kind: 'begun';
      readonly id: string;
      readonly controlFree?: string;
      /** Milliseconds since the epoch. */
      readonly startedAt: number;
      readonly worker: number;
    }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'observation'; readonly observation: Observation }
  | { readonly kind: 'control'; readonly control: Control }
  | { readonly kind: 'transcript'; readonly transcript: Transcript }
  | { readonly kind: 'plan'; readonly plan: PlanTrace }
  | { readonly kind: 'series'; readonly series: Series }
  | { readonly kind: 'artefact'; readonly artefact: Artefact }
  | { readonly kind: 'missing'; readonly missing: Missing }
  | { readonly kind: 'finished'; readonly durationMs: number };

export const ARTIFACT_TYPE = 'terrarium:evidence';

export interface EvidenceArtifact extends TestArtifactBase {
  readonly type: typeof ARTIFACT_TYPE;
  readonly entry: Entry;
}

declare module 'vitest' {
  interface TestArtifactRegistry {
    'terrarium:evidence': EvidenceArtifact;
  }
}

/** The recording of entries in order; undefined if the test never began. Pure. */
export function assemble(entries: readonly Entry[]): Recording | undefined {
  const all = <K extends Entry['kind']>(kind: K) =>
    entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
  const [begun] = all('begun');
  if (begun === undefined) return undefined;
  const [missing] = all('missing');
  const finished = all('finished').at(-1);
  return {
    id: begun.id,
    finished: finished !== undefined,
    ...(missing === undefined ? {} : { missing: missing.missing }),
    ...(begun.controlFree === undefined ? {} : { controlFree: begun.controlFree }),
    controls: all('control').map(({ control }) => control),
    steps: all('step').map(({ step }) => step),
    observations: joined(all('observation').map(({ observation }) => observation)),
    transcripts: all('transcript').map(({ transcript }) => transcript),
    plans: all('plan').map(({ plan }) => plan),
    series: together(all('series').map(({ series }) => series)),
    artefacts: all('artefact').map(({ artefact }) => artefact),
    startedAt: begun.startedAt,
    durationMs: finished?.durationMs ?? 0,
    worker: begun.worker,
  };
}

/** One plot a title: the lines of subject and control side by side. */
function together(plots: readonly Series[]): Series[] {
  const titles = [...new Set(plots.map(({ title }) => title))];
  return titles.flatMap((title) => {
    const same = plots.filter((plot) => plot.title === title);
    const [first] = same;
    const limit = same.find((plot) => plot.limit !== undefined)?.limit;
    return first === undefined
      ? []
      : [
          {
            ...first,
            ...(limit === undefined ? {} : { limit }),
            lines: same.flatMap(({ lines }) => lines),
          },
        ];
  });
}

const SIDES = ['inside', 'host', 'control'] as const;

/** One row a label: a later value from another side fills the free cell of that row. */
function joined(observations: readonly Observation[]): Observation[] {
  const rows: Observation[] = [];
  for (const seen of observations) {
    const index = rows.findIndex(
      (row) =>
        row.label === seen.label &&
        SIDES.every((side) => row[side] === undefined || seen[side] === undefined),
    );
    const row = rows[index];
    if (row === undefined) rows.push(seen);
    else rows[index] = { ...row, ...seen, decisive: row.decisive || seen.decisive };
  }
  return rows;
}
