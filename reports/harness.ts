// terrarium/harness: the framework, with the pages handed in. For suites that are not in this
// checkout.

import type { ShellOptions } from '../harness/base/subject.ts';
import { EvidenceReporter, type ReporterOptions } from '../harness/reporter/reporter.ts';
import { defineSpec as define, type Spec, type SpecDefinition } from '../harness/spec/define.ts';

export * from '../harness/index.ts';

/** What {@link defineSpec} gives, with the reporter for `vitest.config.ts`. */
export interface SpecWithReporter<Id extends string, Options extends ShellOptions>
  extends Spec<Id, Options> {
  /** Knows what the suite owes before any test is collected. */
  reporter(options?: ReporterOptions): EvidenceReporter;
}

/**
 * Defines a suite: its requirements by ID, the sentences that they stand for, and the program under
 * examination.
 *
 * @throws TypeError if a requirement names an unknown sentence.
 */
export function defineSpec<const Id extends string, Options extends ShellOptions>(
  definition: SpecDefinition<Id, Options>,
): SpecWithReporter<Id, Options> {
  const spec = define(definition);
  return { ...spec, reporter: (options) => evidenceReporter({ suite: spec.suite, ...options }) };
}

/**
 * The reporter of a suite that is defined in its spec file: it learns from the tests what the suite
 * claims. Writes evidence.json, report.html, JUnit XML and CTRF JSON into `directory`.
 */
export function evidenceReporter(options: ReporterOptions = {}): EvidenceReporter {
  return new EvidenceReporter({
    // Loaded only at the end: the page's libraries would delay the first test.
    write: async (...run) => (await import('./write.ts')).writeReport(...run),
    readBaseline: async (path) => (await import('./write.ts')).readEvidence(path),
    ...options,
  });
}
