// What is said of start-up, of where a start goes, and at a glance. Pure.
import { type Analysis, between } from '../analysis/analysis.ts';
import { median } from '../samples/statistics.ts';
import * as phrases from './phrases.ts';
import { emulationNote, type Found, figure, isContainer, ranked, say } from './phrases.ts';

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
  const best = (kind: string, found: Found | undefined) => {
    if (found !== undefined) mentioned.push(found);
    return say`best ${kind} ${found?.label}: ${found?.amount}, ${found?.ratio}`;
  };
  const sentences = AT_A_GLANCE.flatMap(([key, what]) => {
    const order = ranked(analysis, key);
    const container = best('container', order.find(isContainer));
    const machine = best(
      'machine',
      order.find(({ family }) => family === 'vm'),
    );
    const words = [...container, ...machine].join('; ');
    return say`${what}. Bare metal: ${order.find(phrases.isBare)?.amount}; ${words || undefined}.`;
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
  const order = ranked(analysis, 'start.warm').filter((target) => !phrases.isBare(target));
  const machines = order.filter(phrases.isMachine);
  const peers = ['crun', 'crun-newest', 'runc', 'runc-newest', 'podman'].flatMap((peer) => {
    const found = between(analysis.samples, 'terrarium', peer, 'start.warm');
    return found === undefined ? [] : phrases.versus(found.ratio, found.claim, peer);
  });
  const first = ranked(analysis, 'start.tcp').find(isContainer);
  return [
    ...extremes(order.filter(isContainer)),
    ...machines.map(
      ({ label, amount, ratio }) => `${label} needs ${amount} to its first line; that is ${ratio}.`,
    ),
    ...say`The time of Terrarium as a command, a whole process per container, is ${peers}.`,
    ...coldStarts(analysis),
    ...say`${first?.label} is the fastest container to its first TCP response: ${first?.amount} at the median.`,
    ...emulationNote(machines),
  ];
}

function extremes(containers: readonly Found[]): string[] {
  if (containers.length < 2) return [];
  const words = (found: Found | undefined) => `${found?.label}: ${found?.amount}, ${found?.ratio}.`;
  return [
    `Shortest median to the first line among containers, ${words(containers[0])}`,
    `Longest, ${words(containers.at(-1))}`,
  ];
}

function coldStarts(analysis: Analysis): string[] {
  const grown = ranked(analysis, 'start.cold').flatMap(({ name, label, measured: { value } }) => {
    const warm = phrases.find(analysis, name, 'start.warm')?.value;
    if (warm === undefined || warm.high >= value.low) return [];
    return [{ label, by: (value.median - warm.median) / 1e6 }];
  });
  const most = grown.toSorted((a, b) => b.by - a.by)[0];
  return say`With its own files dropped from the page cache ${most?.label} loses most, ${most && figure(most.by)} ms: as much as has to be read again.`;
}

/** Which stage a start spends most in, one sentence for each target whose stages are known. */
export function explainStages(analysis: Analysis): string[] {
  return analysis.targets.flatMap(({ name, label }) => {
    const stages = stagesOf(analysis, name);
    const whole = stages.at(-1)?.to ?? 0;
    const longest = stages.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
    if (longest === undefined || whole === 0) return [];
    const spent = longest.to - longest.from;
    return say`${label}: of ${figure(whole)} ms to the first line the stage that ends with “${longest.name}” takes most, ${figure(spent)} ms (${phrases.percent(spent / whole)}).`;
  });
}
