// terrarium/harness: the framework with its pages, for suites outside this checkout.

import type { ShellOptions } from '../harness/base/subject.ts';
import { EvidenceReporter, type ReporterOptions } from '../harness/reporter/reporter.ts';
import { defineSpec as define, type Spec, type SpecDefinition } from '../harness/spec/define.ts';

export * from '../harness/index.ts';

/** The result of {@link defineSpec}, with the reporter for `vitest.config.ts`. */
export interface SpecWithReporter<Id extends string, Options extends ShellOptions>
  extends Spec<Id, Options> {
  /** Knows the suite's requirements before any test is collected. */
  reporter(options?: ReporterOptions): EvidenceReporter;
}

/**
 * Defines a suite: its requirements by ID, the sentences that they prove, and the subject.
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
 * The reporter of a suite defined in its spec file: it learns the suite's requirements from the
 * tests. Writes evidence.json, report.html, JUnit XML and CTRF JSON into `directory`.
 */
export function evidenceReporter(options: ReporterOptions = {}): EvidenceReporter {
  return new EvidenceReporter({
    // Loaded only at the end: the page's libraries would delay the first test.
    write: async (...run) => (await import('./write.ts')).writeReport(...run),
    readBaseline: async (path) => (await import('./write.ts')).readEvidence(path),
    ...options,
  });
}
