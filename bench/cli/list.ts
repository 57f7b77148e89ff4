// `--list`: targets and measures, what is installed, and how to get what is not.
import { styleText } from 'node:util';
import { findProgram, versionOf } from '../programs/find.ts';
import { MEASURES } from '../run/job.ts';
import { PLACES } from '../targets/catalogue.ts';
import type { MeasureName, Place } from '../targets/target.ts';
import { EXTRA_PACKAGES } from './install-peers.ts';
import { columns } from './terminal.ts';

const ABOUT: Readonly<Record<MeasureName, string>> = {
  startup: 'request to first line, to first TCP answer, cold and warm, and until all is gone again',
  memory: 'what one more costs, in user and kernel memory, at 1, 10, 100 alive',
  many: 'up to 1,000 started one after the other, each alive; eight at once; removal',
  throughput:
    'an HTTP server under wrk, connections swept: knee, percentiles, which processor was full',
  processor: 'sysbench CPU, memory and I/O to tmpfs; system calls in a loop',
  limits: 'half a processor and 256 MiB asked for; what was received',
};

export function listing(): string {
  const rows = PLACES.map((place) => [place.name, place.title, place.family, stateOf(place)]);
  const tools = [...Object.entries(EXTRA_PACKAGES)].map(([program, debian]) => {
    const state =
      findProgram(program) === undefined
        ? missing(`needed for ${NEEDED_FOR[program] ?? program}; apt-get install ${debian}`)
        : 'installed';
    return [program, state];
  });
  const measures = [
    ...MEASURES.map((name) => [name, ABOUT[name]]),
    ['goals', 'what DESIGN.md promises: life cycle, memory, a thousand alive'],
  ];
  return [
    columns([['target', 'what it is', 'kind', 'here'], ...rows]),
    columns([['measure', 'what it tells'], ...measures]),
    columns([['tool', 'here'], ...tools]),
    'sudo npm run bench -- --install-peers    installs what Debian has of them',
  ].join('\n\n');
}

const NEEDED_FOR: Readonly<Record<string, string>> = {
  wrk: 'throughput',
  sysbench: 'most of processor',
};

function stateOf({ program, package: debian }: Place): string {
  if (program === undefined) return 'here';
  if (findProgram(program) !== undefined) return `installed ${versionOf(program) ?? ''}`.trimEnd();
  return missing(
    debian === undefined ? 'Debian has no package of it' : `apt-get install ${debian}`,
  );
}

function missing(how: string): string {
  return `${styleText('yellow', 'missing', { stream: process.stdout })}: ${how}`;
}
