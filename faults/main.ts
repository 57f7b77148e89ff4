// `npm run faults`: what failing system calls, signals and the death of the runtime do.
//
// Cases are generated: each scenario (a command) runs once under faults/run/inject.c, which records
// every system call; each call with each error of its man page (errnos.ts) is a case. The result is
// reports/out/faults.json, in the format `FaultReport` of table.ts; the report shows it if it
// exists. `npm run faults -- --case NAME` repeats a case.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { ownRunOf, writeOwnRun } from '../reports/runs/own-run.ts';
import { readHostFacts } from '../runtime/host/read.ts';
import { addedTo, hasProblems } from './report/report.ts';
import { summary } from './report/summary.ts';
import { faultTable } from './run/faults.ts';
import { buildInjector } from './run/injector.ts';
import { killTable } from './run/kills.ts';
import { loadTable } from './run/load.ts';
import { SCENARIOS, type Scenario, scenarioNamed } from './run/scenarios.ts';
import { signalTable } from './run/signals.ts';
import { TERRARIUM } from './run/world.ts';
import { type Fault, faultNamed } from './table/case.ts';
import type { FaultReport, FaultTable } from './table/table.ts';

const repository = dirname(import.meta.dirname);
const typedIn = process.env.INIT_CWD ?? process.cwd();
const say = (line: string) => process.stderr.write(`${line}\n`);
const OUTPUT = join(repository, 'reports/out/faults.json');

function parseScenarios(text: string): Scenario[] {
  return text.split(',').map((name) => {
    const scenario = scenarioNamed(name.trim());
    if (scenario) return scenario;
    const known = SCENARIOS.map((one) => one.name).join(', ');
    throw new InvalidArgumentError(`unknown scenario ${name}: use ${known}`);
  });
}

function parseNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

function parseCase(text: string, before: Fault[] = []): Fault[] {
  const fault = faultNamed(text);
  if (!fault || !scenarioNamed(fault.scenario))
    throw new InvalidArgumentError('write a case as in the table: shell:init:mount:3:ENOMEM');
  return [...before, fault];
}

const program = new Command('faults')
  .description('Makes system calls of the command fail, one at a time, and looks at what is left.')
  .showSuggestionAfterError()
  .option('--sample <n>', 'number of cases; 60 unless another table is selected', parseNumber)
  .option('--all', 'all cases: an hour or two')
  .option('--kills <n>', 'also kills the runtime of each scenario at n moments', parseNumber)
  .option('--signals [percent]', 'also 460 starts under signals, or a part of these', parseNumber)
  .option('--load <n>', 'also n suites alone, and half as many beside busy loops', parseNumber)
  .option('--only <scenarios>', SCENARIOS.map(({ name }) => name).join(', '), parseScenarios)
  .option('--seed <n>', 'draws the same cases again', parseNumber, 1)
  .option('--case <name>', 'this case alone (repeatable)', parseCase)
  .option('--jobs <n>', 'how many at once', parseNumber, 2)
  .option('--subject-executable', 'the released executable in place of the sources')
  .option('--add', 'keeps the other tables of the file')
  .option('--json <file>', 'where the tables go', OUTPUT)
  .action(async (options) => {
    if (process.getuid?.() !== 0) {
      say('terrarium: only root can make cgroups and mounts\n  hint: sudo npm run faults');
      process.exitCode = 1;
      return;
    }
    const executable = options.subjectExecutable ?? process.env.TERRARIUM_START === 'executable';
    process.env.TERRARIUM_START = executable ? 'executable' : 'sources';
    // The launcher says what is missing.
    const { status, stderr } = spawnSync(TERRARIUM, ['--version'], { encoding: 'utf8' });
    if (status !== 0) {
      process.stderr.write(stderr);
      process.exitCode = 1;
      return;
    }
    const startedAt = new Date();
    buildInjector();
    const file = resolve(typedIn, options.json);
    const found = (await tables(options)).map(executable ? ofExecutable : (table) => table);
    const cgroups = readHostFacts().cgroup.mode;
    const run = ownRunOf(repository, { startedAt, cgroups });
    const report: FaultReport = { ...run, seed: options.seed, tables: found };
    writeOwnRun(file, options.add ? addedTo(file, report) : report);
    for (const line of report.tables.flatMap(summary)) process.stdout.write(`${line}\n`);
    if (report.tables.some(hasProblems)) process.exitCode = 1;
  });

function ofExecutable({ id, title, ...table }: FaultTable): FaultTable {
  return { ...table, id: `${id}-executable`, title: `${title}: the released executable` };
}

type Options = ReturnType<typeof program.opts>;

async function tables({ seed, jobs, ...options }: Options): Promise<FaultTable[]> {
  const scenarios = options.only ?? SCENARIOS;
  const killed = options.case?.filter(({ errno }) => errno === 'SIGKILL');
  const failed = options.case?.filter(({ errno }) => errno !== 'SIGKILL');
  const other = options.kills ?? options.signals ?? options.load;
  const count = options.all ? Number.POSITIVE_INFINITY : (options.sample ?? (other ? 0 : 60));
  const result: FaultTable[] = [];
  if (failed ? failed.length > 0 : count > 0)
    result.push(await faultTable({ scenarios, count, cases: failed, seed, jobs, say }));
  if (killed ? killed.length > 0 : options.kills) {
    const moments = options.kills ?? 0;
    result.push(await killTable({ scenarios, moments, cases: killed, jobs, say }));
  }
  if (options.signals) {
    const percent = options.signals === true ? 100 : options.signals;
    result.push(await signalTable(percent / 100, jobs, say));
  }
  if (options.load) result.push(await loadTable(options.load, repository, say));
  return result;
}

await program.parseAsync();
