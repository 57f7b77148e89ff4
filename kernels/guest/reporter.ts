// The evidence reporter as it is in a guest: leaves evidence.json alone; its page is rendered on
// the host, which is faster.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../reports/model.ts';
import { EvidenceReporter } from '../../reports/reporter.ts';

// biome-ignore lint/style/noDefaultExport: vitest loads reporters by default export
export default class GuestReporter extends EvidenceReporter {
  constructor() {
    super({ directory: process.env.TERRARIUM_EVIDENCE_OUT ?? '/run/out', write: writeEvidence });
  }
}

async function writeEvidence(directory: string, evidence: Evidence): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'evidence.json');
  writeFileSync(path, `${JSON.stringify(evidence)}\n`);
  return path;
}
