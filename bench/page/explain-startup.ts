// What is said of start-up and of where a start goes. Pure.
import { type Analysis, between } from '../analysis/analysis.ts';
import { median } from '../samples/statistics.ts';
import {
  emulationNote,
  enumerate,
  type Found,
  figure,
  find,
  percent,
  ranked,
  toBare,
  versus,
  withUnit,
} from './phrases.ts';

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
  const mine = stages.filter(({ target }) => target === name);
  const done = [
    ...Map.groupBy(
      mine.flatMap((record) => record.stages),
      (stage) => stage.name,
    ),
  ]
    .map(([stage, all]) => ({ name: NAMES[stage] ?? stage, to: median(all.map(({ ms }) => ms)) }))
    .sort((a, b) => a.to - b.to);
  return done.map((stage, index) => ({ ...stage, from: done[index - 1]?.to ?? 0 }));
}

export function explainStartup(analysis: Analysis): string[] {
  const order = ranked(analysis, 'start.warm').filter(({ target }) => target.name !== 'bare');
  const containers = order.filter(({ target }) => target.family === 'container');
  const machines = order.filter(
    ({ target }) => target.family === 'vm' || target.family === 'paravirtual',
  );
  return [
    ...extremes(containers),
    ...machines.map(
      ({ target, measured }) =>
        `${target.label} needs ${withUnit(measured)} to its first line; that is ${toBare(measured) ?? 'compared with nothing'}.`,
    ),
    ...ours(analysis),
    ...coldStarts(analysis),
    ...firstAnswers(analysis),
    ...emulationNote(machines),
  ];
}

function extremes(containers: readonly Found[]): string[] {
  const [first, last] = [containers[0], containers.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const words = ({ target, measured }: Found) =>
    `${target.label}: ${withUnit(measured)}, ${toBare(measured) ?? 'not compared'}`;
  return [
    `Shortest median to the first line among containers, ${words(first)}.`,
    `Longest, ${words(last)}.`,
  ];
}

function ours(analysis: Analysis): string[] {
  const compared = ['crun', 'runc', 'podman'].flatMap((peer) => {
    const found = between(analysis.samples, 'terrarium', peer, 'start.warm');
    return found === undefined ? [] : versus(found.ratio, found.claim, peer);
  });
  return compared.length === 0
    ? []
    : [
        `The time of Terrarium as a command, a whole process per container, is ${enumerate(compared)}.`,
      ];
}

function coldStarts(analysis: Analysis): string[] {
  const grown = ranked(analysis, 'start.cold').flatMap(({ target, measured }) => {
    const warm = find(analysis, target.name, 'start.warm')?.measured;
    return warm === undefined || warm.value.high >= measured.value.low
      ? []
      : [{ target, by: (measured.value.median - warm.value.median) / 1e6 }];
  });
  const most = grown.toSorted((a, b) => b.by - a.by)[0];
  if (most === undefined) return [];
  return [
    `With its own files dropped from the page cache ${most.target.label} loses most, ${figure(most.by)} ms: as much as has to be read again.`,
  ];
}

function firstAnswers(analysis: Analysis): string[] {
  const [first] = ranked(analysis, 'start.tcp').filter(
    ({ target }) => target.family === 'container',
  );
  if (first === undefined) return [];
  return [
    `To the first answer over TCP ${first.target.label} is the quickest container: ${withUnit(first.measured)} at the median.`,
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
