// What a run can use: targets, measures and tools, what is installed, and installing the rest from
// the distribution.
import { spawnSync } from 'node:child_process';
import { findProgram } from '../../harness/observe/find-program.ts';
import { ageOf, versionOf } from '../programs/find.ts';
import type { MeasureName } from '../samples/records.ts';
import { TARGETS } from '../targets/catalogue.ts';
import type { Target } from '../targets/target.ts';
import { columns, styled } from './columns.ts';

/** Programs that measures need beside the targets' own, with Debian's packages of the same name. */
const TOOLS: Readonly<Record<string, string>> = {
  ...{ wrk: 'throughput', sysbench: 'most of processor', patchelf: 'crun-newest and runc-newest' },
};
const ABOUT: Readonly<Record<MeasureName | 'goals', string>> = {
  lifecycle: 'create, start, wait, delete: back to back, with pauses, eight at once',
  startup: 'request to first line, to first TCP answer, cold and warm, and until all is gone again',
  memory: 'what one more costs, in user and kernel memory, at 1, 10, 100 alive',
  many: 'up to 1,000 started one after the other, each alive; eight at once; removal',
  throughput:
    'an HTTP server under wrk, connections swept: knee, percentiles, which processor was full',
  processor: 'sysbench CPU, memory and I/O to tmpfs; system calls in a loop',
  limits: 'half a processor and 256 MiB asked for; what was received',
  goals: 'what is promised: life cycle, memory, a thousand alive, nothing left',
};

export function listing(): string {
  const targets = TARGETS.map((target) => [
    ...[target.name, target.title, target.family, stateOf(target)],
  ]);
  const tools = Object.entries(TOOLS).map(([name, purpose]) => [
    name,
    findProgram(name) ? 'installed' : missing(`needed for ${purpose}; apt-get install ${name}`),
  ]);
  return [
    columns([['target', 'what it is', 'kind', 'here'], ...targets]),
    columns([['measure', 'what it tells'], ...Object.entries(ABOUT)]),
    columns([['tool', 'here'], ...tools]),
    'sudo npm run bench -- --install-peers    installs what Debian has of them',
  ].join('\n\n');
}

function stateOf({ program, package: debian, newest }: Target): string {
  if (newest) return 'fetched when it is measured';
  if (program === undefined) return 'here';
  if (findProgram(program) === undefined) return missing(`apt-get install ${debian}`);
  return ['installed', versionOf(program), ageOf(program)].filter(Boolean).join(' ');
}

const missing = (how: string) => `${styled('yellow', 'missing')}: ${how}`;

/** With apt, what these targets and the tools lack. @throws Error without apt, or when it fails. */
export function installPeers(targets: readonly Target[], say: (line: string) => void): void {
  const tools = Object.keys(TOOLS).map((name) => ({ program: name, package: name }));
  const lacking = [...targets, ...tools].flatMap(({ program, package: debian }) =>
    program === undefined || debian === undefined || findProgram(program) ? [] : debian,
  );
  if (lacking.length === 0) return void say('every peer that Debian has is installed');
  const args = ['install', '-y', '--no-install-recommends', ...new Set(lacking)];
  say(`installing the peers: apt-get ${args.join(' ')}`);
  const { status, error: cause } = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const help = `install ${lacking.join(', ')} with this system's package program`;
  if (cause) throw new Error(`there is no apt-get here: ${help}`, { cause });
  if (status !== 0)
    throw new Error(`apt-get ended with ${status}; it may find the packages after apt-get update`);
}
