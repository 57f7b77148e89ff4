// The vitest reporter: gathers what the tests wrote down, gives each requirement its verdict, and
// leaves the evidence and the page.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from 'vitest/node';
import { sentences } from '../specs/assignment.ts';
import { requirementIds, requirements } from '../specs/requirements.ts';
import { EVIDENCE_DIRECTORY_VARIABLE } from '../specs/support/evidence.ts';
import { type RegisteredTest, registeredTests } from '../specs/support/sources.ts';
import { audit, type Inventory, takeInventory } from './audit.ts';
import { compare, hasRegressed } from './compare.ts';
import { expectedIds } from './expected.ts';
import {
  EVIDENCE_VERSION,
  type Evidence,
  type Recording,
  type RequirementEvidence,
} from './model.ts';
import { claimOf, describeError, endOf, idOf } from './outcome.ts';
import { Ownership } from './ownership.ts';
import { commandLine, commitOf, hostSummary, rerunCommand } from './provenance.ts';
import { Terminal } from './terminal.ts';
import { judge, type TestEnd } from './verdict.ts';

export interface ReporterOptions {
  /** The checkout, absolute. Default: the one this file is in. */
  readonly project?: string;
  /** Where the report goes. Default: `reports/out` in the project. */
  readonly directory?: string;
  /** An earlier evidence.json to compare with. Default: the environment's TERRARIUM_BASELINE. */
  readonly baseline?: string;
  /**
   * Writes what the run leaves; answers the path to name at the end. Default: all files of
   * `writeReport`.
   */
  readonly write?: (directory: string, evidence: Evidence, baseline?: Evidence) => Promise<string>;
}

export class EvidenceReporter implements Reporter {
  private readonly project: string;
  private readonly directory: string;
  private readonly baselineFile: string | undefined;
  private baseline: Evidence | undefined;
  private readonly terminal = new Terminal(process.stdout, process.env);
  private readonly commit: Evidence['commit'];
  private readonly host = hostSummary();
  private readonly startedAt = Date.now();
  private readonly recordings: string;
  private readonly write: ReporterOptions['write'];
  private readonly running = new Set<string>();
  private readonly results = new Map<string, { readonly end: TestEnd; readonly file: string }>();
  private before: Inventory | undefined;
  private readonly ownership: Ownership;
  private registered: readonly RegisteredTest[] = [];
  private expected: readonly string[] = [];
  private passed = 0;
  private skipped = 0;
  private readonly failures: { name: string; failure: string }[] = [];
  private vitest: Vitest | undefined;

  constructor(options: ReporterOptions = {}) {
    this.project = options.project ?? dirname(import.meta.dirname);
    this.directory = options.directory ?? join(this.project, 'reports/out');
    this.baselineFile = options.baseline ?? process.env.TERRARIUM_BASELINE;
    this.write = options.write;
    this.commit = commitOf(this.project);
    this.recordings = mkdtempSync(join(tmpdir(), 'terrarium-evidence-'));
    const marker = `${EVIDENCE_DIRECTORY_VARIABLE}=${this.recordings}`;
    this.ownership = new Ownership(marker, this.project);
  }

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
    // Workers are forked from this environment.
    process.env[EVIDENCE_DIRECTORY_VARIABLE] = this.recordings;
    process.once('exit', () => rmSync(this.recordings, { recursive: true, force: true }));
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    // Before the run, not after it: a file that is no baseline should not cost a minute.
    if (this.baselineFile)
      this.baseline = (await import('./write.ts')).readEvidence(this.baselineFile);
    this.before = takeInventory();
    this.ownership.watch();
    this.registered = registeredTests(this.project);
    const files = new Set(specifications.map(({ moduleId }) => relative(this.project, moduleId)));
    const claims = requirementIds.map((id) => ({ id, title: requirements[id].title }));
    this.expected = expectedIds(claims, this.registered, {
      files,
      namePattern: this.vitest?.getGlobalTestNamePattern(),
    });
    this.terminal.line(
      `${this.expected.length} requirements on ${this.host.hostname}, Linux ${this.host.kernel}, cgroups ${this.host.cgroups}`,
    );
  }

  onTestCaseReady(test: TestCase): void {
    this.running.add(idOf(test) ?? test.name);
    this.showStatus();
  }

  onTestCaseResult(test: TestCase): void {
    const id = idOf(test);
    this.running.delete(id ?? test.name);
    const end = endOf(test);
    if (id !== undefined && requirements[id]) {
      if (end.state === 'skipped' && test.options.mode === 'skip' && !this.expected.includes(id))
        return;
      this.results.set(id, { end, file: relative(this.project, test.module.moduleId) });
      this.terminal.verdict(this.evidenceFor(id));
    } else if (end.state === 'failed') {
      this.failures.push({
        name: `${test.module.relativeModuleId} › ${test.fullName}`,
        failure: end.failure ?? '',
      });
    } else if (end.state === 'passed') this.passed++;
    else if (test.options.mode !== 'skip' || this.vitest?.getGlobalTestNamePattern() === undefined)
      this.skipped++;
    this.showStatus();
  }

  /**
   * A file that could not be loaded, or whose worker died, has no test to fail: its errors are kept
   * here.
   */
  onTestModuleEnd(module: TestModule): void {
    for (const error of module.errors())
      this.failures.push({ name: module.relativeModuleId, failure: describeError(error) });
  }

  onUserConsoleLog({ content }: { readonly content: string }): void {
    this.terminal.line(content.replace(/\n$/, ''));
  }

  async onTestRunEnd(
    _modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
  ): Promise<void> {
    this.terminal.showStatus('writing the report …');
    for (const error of unhandled)
      this.failures.push({ name: 'unhandled error', failure: describeError(error) });
    const evidence = await this.evidence();
    for (const requirement of evidence.requirements)
      if (!this.results.has(requirement.id)) this.terminal.verdict(requirement);
    // Loaded only now: the page's libraries would delay the first test.
    const write = this.write ?? (await import('./write.ts')).writeReport;
    const page = await write(this.directory, evidence, this.baseline);
    const comparison = this.baseline === undefined ? undefined : compare(this.baseline, evidence);
    const near = relative(process.cwd(), page);
    this.terminal.summary(evidence, comparison, near.startsWith('..') ? page : near);
    const refuted = evidence.requirements.some(({ verdict }) => verdict === 'refuted');
    if (
      refuted ||
      evidence.checks.failed.length > 0 ||
      (comparison !== undefined && hasRegressed(comparison))
    )
      process.exitCode = 1;
  }

  private async evidence(): Promise<Evidence> {
    const found = this.expected.map((id) => this.evidenceFor(id));
    const leftovers = await audit(this.before ?? takeInventory(), this.ownership);
    this.ownership.stop();
    return {
      version: EVIDENCE_VERSION,
      startedAt: new Date(this.startedAt).toISOString(),
      durationMs: Date.now() - this.startedAt,
      commit: this.commit,
      command: commandLine(process.env, process.argv.slice(2)),
      host: { ...this.host, lacks: [...new Set(found.flatMap(({ missing }) => missing ?? []))] },
      sentences,
      requirements: found,
      checks: { passed: this.passed, failed: this.failures, skipped: this.skipped },
      audit: leftovers,
    };
  }

  private evidenceFor(id: string): RequirementEvidence {
    const result = this.results.get(id);
    const file = result?.file ?? this.registered.find((test) => test.id === id)?.file ?? '';
    const claim = { id, ...claimOf(id), file, rerun: rerunCommand(id, process.env) };
    return judge(
      claim,
      this.recording(id),
      result?.end ?? { state: 'missing', ...this.deathOf(file) },
      this.startedAt,
    );
  }

  private deathOf(file: string): { failure?: string } {
    if (file === '') return { failure: 'no spec holds a test for it' };
    const death =
      this.failures.find(({ name }) => name === file) ??
      this.failures.find(({ name }) => name === 'unhandled error');
    return death === undefined ? {} : { failure: death.failure };
  }

  private recording(id: string): Recording | undefined {
    try {
      return JSON.parse(readFileSync(join(this.recordings, `${id}.json`), 'utf8'));
    } catch {
      return undefined;
    }
  }

  private showStatus(): void {
    const names = [...this.running].slice(0, 6).join(' ');
    this.terminal.showStatus(
      `${this.results.size}/${this.expected.length} · ${this.passed} unit tests · running ${names}`,
    );
  }
}
