// The evidence reporter in a guest: writes evidence.json only. The host, which is faster, renders
// the page.
import { writeEvidence } from '../../../harness/reporter/reporter.ts';
import { PartAReporter } from '../../../specs/reporter.ts';

// biome-ignore lint/style/noDefaultExport: vitest loads reporters by default export
export default class GuestReporter extends PartAReporter {
  constructor() {
    super(process.env.TERRARIUM_EVIDENCE_OUT ?? '/run/out', writeEvidence);
  }
}
