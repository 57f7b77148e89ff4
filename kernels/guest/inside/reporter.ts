// The evidence reporter as it is in a guest: leaves evidence.json alone; its page is rendered on
// the host, which is faster.
import { writeEvidence } from '../../../harness/reporter/reporter.ts';
import { PartAReporter } from '../../../specs/reporter.ts';

// biome-ignore lint/style/noDefaultExport: vitest loads reporters by default export
export default class GuestReporter extends PartAReporter {
  constructor() {
    super(process.env.TERRARIUM_EVIDENCE_OUT ?? '/run/out', writeEvidence);
  }
}
