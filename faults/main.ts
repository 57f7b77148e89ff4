// `npm run faults`: what holds when system calls fail, when the runtime is killed, under signals.
//
// Cases are generated: each scenario (a command) runs once under faults/inject.c, which writes down
// every system call; each of them, with each error that its man page gives (errnos.ts), is a case.
// The result is reports/out/faults.json, whose shape is `FaultReport` in table.ts: the report shows
// it when it is there. A single case runs again by its line: npm run faults -- --case NAME.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { readHostFacts } from '../runtime/host/read.ts';
import { faultNamed } from './case.ts';
import { faultTable } from './faults.ts';
import { buildInjector } from './injector.ts';
import { SCENARIOS, type Scenario, scenarioNamed } from './scenarios.ts';
import { summary } from './summary.ts';
import type { FaultReport, FaultTable } from './table.ts';

const repository = dirname(import.meta.dirname);
const typedIn = process.env.INIT_CWD ?? process.cwd();
const say = (line: string) => process.stderr.write(`${line}\n`);
const OUTPUT = join(repository, 'reports/out/faults.json');

function parseScenarios(text: string): Scenario[] {
  return text.split(',').map((name) => {
    const scenario = scenarioNamed(name.trim());
    if (scenario) return scenario;
    const known = SCENARIOS.map((one) => one.name).join(', ');
    throw new InvalidArgumentError(`no scenario is called ${name}: there are ${known}`);
  });
}

function parseNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted');
  return Number(text);
}

function parseCase(text: string, before: string[] = []): string[] {
  const fault = faultNamed(text);
  if (!fault || !scenarioNamed(fault.scenario))
    throw new InvalidArgumentError('a case is written as in the table: shell:init:mount:3:ENOMEM');
  return [...before, text];
}

const program = new Command('faults')
  .description('Makes system calls of the command fail, one at a time, and looks at what is left.')
  .showSuggestionAfterError()
  .option('--sample <n>', 'how many cases to try', parseNumber, 60)
  .option('--all', 'all cases: half an hour')
  .option('--only <scenarios>', SCENARIOS.map(({ name }) => name).join(', '), parseScenarios)
  .option('--seed <n>', 'draws the same cases again', parseNumber, 1)
  .option('--case <name>', 'this case alone (repeatable)', parseCase)
  .option('--jobs <n>', 'how many at once', parseNumber, 2)
  .option('--json <file>', 'where the tables go', OUTPUT)
  .action(async (options) => {
    if (process.getuid?.() !== 0) throw new Error('only root can try this: sudo npm run faults');
    const startedAt = new Date();
    buildInjector();
    const { seed, jobs } = options;
    const table = await faultTable({
      scenarios: options.only ?? SCENARIOS,
      count: options.all ? Number.POSITIVE_INFINITY : options.sample,
      cases: options.case?.flatMap((name) => faultNamed(name) ?? []),
      ...{ seed, jobs, say },
    });
    const report = reportOf([table], seed, startedAt);
    write(resolve(typedIn, options.json), report);
    for (const line of report.tables.flatMap(summary)) process.stdout.write(`${line}\n`);
    if (report.tables.some(hasProblems)) process.exitCode = 1;
  });

function hasProblems(table: FaultTable): boolean {
  const wrong = new Set(
    table.outcomes.filter(({ verdict }) => verdict === 'wrong').map(({ id }) => id),
  );
  return table.cases.some(({ outcome }) => wrong.has(outcome));
}

function reportOf(tables: readonly FaultTable[], seed: number, startedAt: Date): FaultReport {
  return {
    format: 1,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    commit: commit(),
    kernel: release(),
    cgroups: readHostFacts().cgroup.mode,
    seed,
    tables,
  };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  try {
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain', '-uno') ? '+' : ''}`;
  } catch {
    return '';
  }
}

function write(file: string, report: FaultReport): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 1)}\n`);
}

await program.parseAsync();
