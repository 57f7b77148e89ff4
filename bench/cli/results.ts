// The outputs of a run's records: the page, its figures as JSON, a text.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { analyse } from '../analysis/analysis.ts';
import { changesSince, machineDiffers } from '../analysis/changes.ts';
import { type Baseline, parseBaseline, summaryOf } from '../analysis/summary.ts';
import { benchPage } from '../page/page.ts';
import { readRecords } from '../samples/records.ts';
import { changesText, resultText } from './text.ts';

/** bench.json of another run. */
export function readBaseline(file: string): Baseline {
  return parseBaseline(readFileSync(file, 'utf8'), file);
}

/**
 * Writes `stem`.html and `stem`.json, from the records alone. `failed`: the run is not whole, or
 * worse than the baseline.
 */
export function writeResults(stem: string, records: string, baseline: Baseline | undefined) {
  const analysis = analyse(readRecords(records));
  const summary = summaryOf(analysis);
  const [page, figures] = [`${stem}.html`, `${stem}.json`];
  put(page, benchPage(analysis));
  put(figures, `${JSON.stringify(summary, null, 1)}\n`);
  const changes = baseline === undefined ? [] : changesSince(baseline, summary);
  const since = baseline && changesText(changes, machineDiffers(baseline, summary));
  const files = [page, figures, records].join('\n');
  return {
    text: [resultText(analysis), since, files].filter(Boolean).join('\n\n'),
    failed: analysis.end?.interrupted !== undefined || changes.some(({ worse }) => worse),
  };
}

/** Whole or not at all. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
