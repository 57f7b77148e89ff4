// What is said of start-up, of where a start goes, and at a glance. Pure.
import { type Analysis, between } from '../analysis/analysis.ts';
import { median } from '../samples/statistics.ts';
import {
  about,
  emulationNote,
  type Found,
  figure,
  find,
  isContainer,
  isMachine,
  percent,
  ranked,
  toBare,
  versus,
  withUnit,
} from './phrases.ts';

const AT_A_GLANCE = [
  ['start.warm', 'Time from the request to the first line'],
  ['memory.user', 'User memory of one more'],
  ['http.rate', 'HTTP requests, 32 connections, one processor'],
  ['cpu.sysbench', 'Computing'],
  ['call.getpid', 'The shortest system call'],
] as const;

/** The best container and the best machine in what matters most. */
export function explainGlance(analysis: Analysis): string[] {
  const mentioned: Found[] = [];
  const sentences = AT_A_GLANCE.flatMap(([key, what]) => {
    const order = ranked(analysis, key);
    const bare = order.find(({ target }) => target.name === 'bare');
    const best = {
      container: order.find(isContainer),
      machine: order.find(({ target }) => target.family === 'vm'),
    };
    const words = Object.entries(best).flatMap(([kind, found]) => {
      if (found === undefined) return [];
      mentioned.push(found);
      const { target, measured } = found;
      return [`best ${kind} ${target.label}: ${withUnit(measured)}, ${toBare(measured)}`];
    });
    if (bare === undefined || words.length === 0) return [];
    return [`${what}. Bare metal: ${withUnit(bare.measured)}; ${words.join('; ')}.`];
  });
  return [...sentences, ...emulationNote(mentioned)];
}

export interface Stage {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What a stage of a guest's start is; phases of our plan have their own names. */
const NAMES: Readonly<Record<string, string>> = {
  kernel: 'firmware and kernel, to its init',
  modules: 'modules on the way to the disk',
  root: 'root mounted, link up',
};

/** Medians of when each stage was done, in milliseconds since the request, in order of time. */
export function stagesOf({ stages }: Analysis, name: string): Stage[] {
  const mine = stages.filter(({ target }) => target === name).flatMap((record) => record.stages);
  const done = [...Map.groupBy(mine, (stage) => stage.name)].map(([stage, all]) => ({
    ...{ name: NAMES[stage] ?? stage, to: median(all.map(({ ms }) => ms)) },
  }));
  const order = done.sort((a, b) => a.to - b.to);
  return order.map((stage, index) => ({ ...stage, from: order[index - 1]?.to ?? 0 }));
}

export function explainStartup(analysis: Analysis): string[] {
  const order = ranked(analysis, 'start.warm').filter(({ target }) => target.name !== 'bare');
  const machines = order.filter(({ target }) => isMachine(target));
  const peers = ['crun', 'crun-newest', 'runc', 'runc-newest', 'podman'].flatMap((peer) => {
    const found = between(analysis.samples, 'terrarium', peer, 'start.warm');
    return found === undefined ? [] : versus(found.ratio, found.claim, peer);
  });
  const first = ranked(analysis, 'start.tcp').filter(isContainer).slice(0, 1);
  return [
    ...extremes(order.filter(isContainer)),
    ...machines.map(
      ({ target: { label }, measured }) =>
        `${label} needs ${withUnit(measured)} to its first line; that is ${toBare(measured)}.`,
    ),
    ...about(
      peers,
      (list) => `The time of Terrarium as a command, a whole process per container, is ${list}.`,
    ),
    ...coldStarts(analysis),
    ...first.map(
      ({ target: { label }, measured }) =>
        `${label} is the fastest container to its first TCP response: ${withUnit(measured)} at the median.`,
    ),
    ...emulationNote(machines),
  ];
}

function extremes(containers: readonly Found[]): string[] {
  const [first, last] = [containers[0], containers.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const words = ({ target, measured }: Found) =>
    `${target.label}: ${withUnit(measured)}, ${toBare(measured)}.`;
  return [
    `Shortest median to the first line among containers, ${words(first)}`,
    `Longest, ${words(last)}`,
  ];
}

function coldStarts(analysis: Analysis): string[] {
  const grown = ranked(analysis, 'start.cold').flatMap(({ target, measured: { value } }) => {
    const warm = find(analysis, target.name, 'start.warm')?.value;
    if (warm === undefined || warm.high >= value.low) return [];
    return [{ label: target.label, by: (value.median - warm.median) / 1e6 }];
  });
  const most = grown.toSorted((a, b) => b.by - a.by)[0];
  if (most === undefined) return [];
  return [
    `With its own files dropped from the page cache ${most.label} loses most, ${figure(most.by)} ms: as much as has to be read again.`,
  ];
}

/** Which stage a start spends most in, one sentence for each target whose stages are known. */
export function explainStages(analysis: Analysis): string[] {
  return analysis.targets.flatMap(({ name, label }) => {
    const stages = stagesOf(analysis, name);
    const whole = stages.at(-1)?.to ?? 0;
    const longest = stages.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
    if (longest === undefined || whole === 0) return [];
    const spent = longest.to - longest.from;
    return [
      `${label}: of ${figure(whole)} ms to the first line the stage that ends with “${longest.name}” takes most, ${figure(spent)} ms (${percent(spent / whole)}).`,
    ];
  });
}
