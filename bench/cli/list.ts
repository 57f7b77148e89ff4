// `--list`: targets and measures, what is installed, and how to get the rest.
import { styleText } from 'node:util';
import { findProgram } from '../../harness/observe/find-program.ts';
import { ageOf, versionOf } from '../programs/find.ts';
import { MEASURES, type MeasureName } from '../samples/records.ts';
import { TARGETS } from '../targets/catalogue.ts';
import type { Target } from '../targets/target.ts';
import { columns } from './columns.ts';
import { TOOLS } from './install-peers.ts';

const ABOUT: Readonly<Record<MeasureName, string>> = {
  lifecycle: 'create, start, wait, delete: back to back, with pauses, eight at once',
  startup: 'request to first line, to first TCP answer, cold and warm, and until all is gone again',
  memory: 'what one more costs, in user and kernel memory, at 1, 10, 100 alive',
  many: 'up to 1,000 started one after the other, each alive; eight at once; removal',
  throughput:
    'an HTTP server under wrk, connections swept: knee, percentiles, which processor was full',
  processor: 'sysbench CPU, memory and I/O to tmpfs; system calls in a loop',
  limits: 'half a processor and 256 MiB asked for; what was received',
};

export function listing(): string {
  const targets = TARGETS.map((target) => [
    ...[target.name, target.title, target.family, stateOf(target)],
  ]);
  const tools = Object.entries(TOOLS).map(([name, purpose]) => [
    name,
    findProgram(name) ? 'installed' : missing(`needed for ${purpose}; apt-get install ${name}`),
  ]);
  const goals = ['goals', 'what is promised: life cycle, memory, a thousand alive, nothing left'];
  return [
    columns([['target', 'what it is', 'kind', 'here'], ...targets]),
    columns([['measure', 'what it tells'], ...MEASURES.map((name) => [name, ABOUT[name]]), goals]),
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

function missing(how: string): string {
  return `${styleText('yellow', 'missing', { stream: process.stdout })}: ${how}`;
}
