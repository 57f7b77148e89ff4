// The vitest reporter: collects the tests' recordings, gives each requirement its verdict, and
// writes the evidence; a given renderer writes the page.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from 'vitest/node';
import { compare, hasRegressed } from '../evidence/compare.ts';
import {
  EVIDENCE_VERSION,
  type Evidence,
  type Probe,
  type RequirementEvidence,
} from '../evidence/model.ts';
import type { Suite } from '../evidence/suite.ts';
import { hasFailed, judge, type TestEnd } from '../evidence/verdict.ts';
import type { ProbeSource } from '../observe/probes.ts';
import { Audit, type AuditScope } from './audit.ts';
import { expectedIds } from './expected.ts';
import { describeError, endOf, recordingOf } from './outcome.ts';
import { checkedProbes } from './probes.ts';
import { commandLine, commitOf, hostSummary } from './provenance.ts';
import { type RegisteredTest, registeredTests } from './registered.ts';
import { mergedAudit, type RunFacts } from './shards.ts';
import { Terminal } from './terminal.ts';

export interface ReporterOptions {
  /** The output directory. Default: `reports/out` in the project. */
  readonly directory?: string;
  /**
   * The requirements that the run must answer, known before any test is collected. Default: those
   * named by the tests.
   */
  readonly suite?: Suite;
  /** The project, absolute: files are named relative to it. Default: vitest's root. */
  readonly project?: string;
  /** An earlier evidence.json to compare with. */
  readonly baseline?: string;
  /** @throws Error for a file that is not evidence. */
  readonly readBaseline?: (path: string) => Evidence | Promise<Evidence>;
  /** The command that reruns one requirement. Default: vitest's. */
  readonly rerun?: (id: string, file: string) => string;
  /** Programs whose sums are checked before the run; a mismatch ends it. */
  readonly probes?: ProbeSource;
  /** What is started as the subject, in words, if that has several forms. */
  readonly program?: string;
  /** The objects counted on the host before and after. Default: all. */
  readonly scope?: AuditScope;
  /** Writes the output; returns the path to print at the end. Default: only evidence.json. */
  readonly write?: (directory: string, evidence: Evidence, baseline?: Evidence) => Promise<string>;
}

const NO_SUITE: Suite = { title: 'Requirements', requirements: {}, sentences: [] };

interface Reported {
  readonly test: TestCase;
  readonly end: TestEnd;
}

export class EvidenceReporter implements Reporter {
  readonly #options: ReporterOptions;
  readonly #terminal = new Terminal(process.stdout, process.env);
  readonly #host = hostSummary();
  readonly #audit: Audit;
  readonly #startedAt = Date.now();
  readonly #running = new Map<string, TestCase>();
  readonly #results = new Map<string, Reported>();
  readonly #failures: { name: string; failure: string }[] = [];
  #vitest: Vitest | undefined;
  #project = process.cwd();
  #commit: Evidence['commit'] = { id: '', dirty: false };
  #baseline: Evidence | undefined;
  #suite: Suite;
  #subject = '';
  #probes: readonly Probe[] = [];
  #registered: readonly RegisteredTest[] = [];
  #covered: ReadonlySet<string> = new Set();
  #passed = 0;
  #skipped = 0;

  constructor(options: ReporterOptions = {}) {
    this.#options = options;
    this.#suite = options.suite ?? NO_SUITE;
    this.#audit = new Audit(options.scope);
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
    this.#project = this.#options.project ?? vitest.config.root;
    this.#commit = commitOf(this.#project);
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    const { baseline, readBaseline } = this.#options;
    // Before the run, so an invalid baseline file fails at once.
    if (baseline && readBaseline) this.#baseline = await readBaseline(baseline);
    if (this.#options.probes) this.#probes = checkedProbes(this.#options.probes);
    this.#audit.begin();
    const files = specifications.map(({ moduleId }) => moduleId);
    const all = (await this.#vitest?.globTestSpecifications())?.map(({ moduleId }) => moduleId);
    this.#registered = registeredTests(this.#project, all ?? files);
    this.#covered = new Set(files.map((file) => relative(this.#project, file)));
    const count = this.#options.suite === undefined ? '' : `${this.#expected().length} `;
    const { hostname, kernel, cgroups } = this.#host;
    const { program } = this.#options;
    const of = program === undefined ? '' : ` of ${program}`;
    this.#terminal.line(
      `${count}requirements${of} on ${hostname}, Linux ${kernel}, cgroups ${cgroups}`,
    );
  }

  onTestModuleCollected(module: TestModule): void {
    for (const test of module.children.allTests()) this.#learn(test);
  }

  onTestCaseReady(test: TestCase): void {
    this.#running.set(test.name, test);
    this.#showStatus();
  }

  onTestCaseResult(test: TestCase): void {
    this.#running.delete(test.name);
    const end = endOf(test);
    if (this.#idOf(test) !== undefined) {
      const chosen = test.options.mode !== 'skip' || this.#expected().includes(test.name);
      if (end.state === 'skipped' && !chosen) return;
      this.#results.set(test.name, { test, end });
      this.#terminal.verdict(this.#evidenceFor(test.name));
    } else if (end.state === 'failed') {
      this.#failures.push({
        name: `${test.module.relativeModuleId} › ${test.fullName}`,
        failure: end.failure ?? '',
      });
    } else if (end.state === 'passed') this.#passed++;
    else if (test.options.mode !== 'skip' || this.#namePattern() === undefined) this.#skipped++;
    this.#showStatus();
  }

  /** Errors of files that could not be loaded, or whose worker died: they have no test to fail. */
  onTestModuleEnd(module: TestModule): void {
    for (const error of module.errors())
      this.#failures.push({ name: module.relativeModuleId, failure: describeError(error) });
  }

  onUserConsoleLog({ content }: { readonly content: string }): void {
    this.#terminal.line(content.replace(/\n$/, ''));
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
  ): Promise<void> {
    this.#terminal.showStatus('writing the report …');
    for (const error of unhandled)
      this.#failures.push({ name: 'unhandled error', failure: describeError(error) });
    const evidence = await this.#evidence(modules.flatMap((module) => module.meta().run ?? []));
    for (const requirement of evidence.requirements)
      if (!this.#results.has(requirement.id)) this.#terminal.verdict(requirement);
    const write = this.#options.write ?? writeEvidence;
    const directory = this.#options.directory ?? join(this.#project, 'reports/out');
    const page = await write(directory, evidence, this.#baseline);
    const comparison = this.#baseline === undefined ? undefined : compare(this.#baseline, evidence);
    const near = relative(process.cwd(), page);
    this.#terminal.summary(evidence, comparison, near.startsWith('..') ? page : near);
    const bad = evidence.requirements.some(hasFailed);
    const worse = comparison !== undefined && hasRegressed(comparison);
    if (bad || evidence.checks.failed.length > 0 || worse) process.exitCode = 1;
  }

  /** The suite named by the tests, if the options name none. */
  #learn(test: TestCase): void {
    const { requirement } = test.meta();
    if (requirement === undefined) return;
    this.#subject = requirement.subject;
    if (this.#options.suite !== undefined) return;
    const { title, requirements, sentences, areas } = requirement.suite;
    const known = new Set(this.#suite.sentences.map(({ key }) => key));
    this.#suite = {
      title,
      areas: { ...this.#suite.areas, ...areas },
      requirements: { ...this.#suite.requirements, ...requirements },
      sentences: [...this.#suite.sentences, ...sentences.filter(({ key }) => !known.has(key))],
    };
  }

  /** The requirement ID of a test, which is its name. */
  #idOf(test: TestCase): string | undefined {
    return this.#suite.requirements[test.name] === undefined ? undefined : test.name;
  }

  #namePattern(): RegExp | undefined {
    return this.#vitest?.getGlobalTestNamePattern();
  }

  #expected(): readonly string[] {
    return expectedIds(Object.keys(this.#suite.requirements), this.#registered, {
      files: this.#covered,
      namePattern: this.#namePattern(),
    });
  }

  /** `runs`: of the merged shards. */
  async #evidence(runs: readonly RunFacts[]): Promise<Evidence> {
    const [shard] = runs;
    const found = this.#expected().map((id) => this.#evidenceFor(id));
    const leftovers = await this.#audit.end();
    const host = shard?.host ?? this.#host;
    const lacks = found.flatMap(({ verdict, missing = '' }) =>
      verdict === 'not-proven-here' ? [missing] : [],
    );
    return {
      version: EVIDENCE_VERSION,
      title: this.#suite.title,
      subject: this.#subject,
      ...(this.#options.program === undefined ? {} : { program: this.#options.program }),
      startedAt: new Date(this.#startedAt).toISOString(),
      durationMs: Date.now() - this.#startedAt,
      commit: shard?.commit ?? this.#commit,
      command: commandLine(process.env, process.argv.slice(2)),
      host: { ...host, lacks: [...new Set(lacks)] },
      sentences: this.#suite.sentences,
      areas: this.#suite.areas ?? {},
      probes: shard?.probes ?? this.#probes,
      requirements: found,
      checks: { passed: this.#passed, failed: this.#failures, skipped: this.#skipped },
      audit: shard === undefined ? leftovers : mergedAudit(runs),
    };
  }

  #evidenceFor(id: string): RequirementEvidence {
    const result = this.#results.get(id);
    const test = result?.test ?? this.#running.get(id);
    const file =
      test === undefined
        ? (this.#registered.find((registered) => registered.id === id)?.file ?? '')
        : relative(this.#project, test.module.moduleId);
    const { title = '', sentences = [] } = this.#suite.requirements[id] ?? {};
    const rerun = this.#options.rerun?.(id, file) ?? `npx vitest run ${file} -t '^${id}$'`;
    return judge(
      { id, title, sentences, file, rerun },
      test === undefined ? undefined : recordingOf(test),
      result?.end ?? { state: 'missing', ...this.#deathOf(file) },
      this.#startedAt,
    );
  }

  #deathOf(file: string): { failure?: string } {
    if (file === '') return { failure: 'no spec holds a test for it' };
    const death =
      this.#failures.find(({ name }) => name === file) ??
      this.#failures.find(({ name }) => name === 'unhandled error');
    return death === undefined ? {} : { failure: death.failure };
  }

  #showStatus(): void {
    const names = [...this.#running.keys()].slice(0, 6).join(' ');
    const done = `${this.#results.size}/${this.#expected().length}`;
    const tests = this.#passed === 0 ? '' : `${this.#passed} unit tests · `;
    this.#terminal.showStatus(`${done} · ${tests}running ${names}`);
  }
}

/** Writes only the evidence. Returns the path of the file. */
export async function writeEvidence(directory: string, evidence: Evidence): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'evidence.json');
  writeFileSync(path, `${JSON.stringify(evidence)}\n`);
  return path;
}
