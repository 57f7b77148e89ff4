// What is made of a run's records: bench.json, the page, a text.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Analysis, analyse } from '../analysis/analysis.ts';
import { type Change, changesSince, machineDiffers } from '../analysis/changes.ts';
import { operationTimes, paceReports } from '../analysis/lifecycle.ts';
import { type Baseline, parseBaseline, summaryOf } from '../analysis/summary.ts';
import { benchPage } from '../page/page.ts';
import { readRecords } from '../samples/records.ts';
import { lifecycleTables } from './lifecycle-text.ts';
import { changesText, headlines, resultText } from './text.ts';

export interface Result {
  readonly text: string;
  /** The run is not whole, or worse than the baseline. */
  readonly failed: boolean;
}

/** bench.json of another run. */
export function readBaseline(file: string | undefined): Baseline | undefined {
  return file === undefined ? undefined : parseBaseline(readFileSync(file, 'utf8'), file);
}

/** The page and the figures, from the records alone. */
export function writeResults(
  directory: string,
  records: string,
  baseline: Baseline | undefined,
): Result {
  const analysis = analyse(readRecords(records));
  const summary = summaryOf(analysis);
  const [page, figures] = [join(directory, 'bench.html'), join(directory, 'bench.json')];
  put(page, benchPage(analysis));
  put(figures, `${JSON.stringify(summary, null, 1)}\n`);
  const changes: Change[] = baseline === undefined ? [] : changesSince(baseline, summary);
  const since =
    baseline === undefined ? [] : [changesText(changes, machineDiffers(baseline, summary))];
  const text = resultText(analysis, [headlines(analysis), ...lifecycleTables(analysis)]);
  return {
    text: [text, ...since, [page, figures, records].join('\n')].join('\n\n'),
    failed: analysis.end?.interrupted !== undefined || changes.some(({ worse }) => worse),
  };
}

/** Of `lifecycle`: lifecycle.json beside the records. Part of a round would mislead. */
export function writeLifecycle(records: string, json: boolean): Result {
  const analysis = analyse(readRecords(records));
  const { end } = analysis;
  if (end?.interrupted !== undefined) return { text: end.interrupted, failed: true };
  const report = `${JSON.stringify(lifecycleReport(analysis), null, 2)}\n`;
  const file = records.replace(/\.ndjson$/, '.json');
  put(file, report);
  const text = `${resultText(analysis, lifecycleTables(analysis))}\n\n${records}\n${file}`;
  const failed = analysis.targets.some(({ failures }) => failures.length > 0);
  return { text: json ? report.trimEnd() : text, failed };
}

function lifecycleReport(analysis: Analysis) {
  const { run, targets, goals, end } = analysis;
  const absent = targets.filter(({ status }) => status !== 'measured');
  return {
    ...{ version: 1, benchmark: 'lifecycle', startedAt: run.startedAt, host: run.host },
    paces: paceReports(analysis),
    steps: operationTimes(analysis),
    goals: goals.map(({ kind: _, ...goal }) => goal),
    skipped: absent.map(({ name: target, why: reason }) => ({ target, reason })),
    left: end?.left ?? [],
  };
}

/** Whole or not at all. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
