// What the page says follows from the records: no comparison beyond them, and emulation is named wherever an emulated machine is.
import { describe, expect, test } from 'vitest';
import { type Analysis, analyse } from '../analysis/analysis.ts';
import type { AnyRecord } from '../records.ts';
import { seededRandom } from '../statistics.ts';
import { explainMany, explainMemory } from './explain-crowd.ts';
import { explainGlance } from './explain-glance.ts';
import { explainLimits, explainProcessor, explainThroughput } from './explain-load.ts';
import { explainStages, explainStartup } from './explain-startup.ts';
import { benchPage } from './page.ts';

const HOST = {
  ...{ kernel: '6.1.0', distribution: 'Debian', processor: 'one', processors: 2, memoryMiB: 4096, load: 0, hypervisor: 'hardware' },
  ...{ cgroups: 'v1', clockMHz: 3000, versions: { node: '24' }, settings: {} },
};

function target(name: string, title: string, family: 'bare' | 'control' | 'container' | 'vm', more: object = {}): AnyRecord {
  return { kind: 'target', name, title, family, note: 'a note', status: 'ready', ...more };
}

const RUN: AnyRecord = {
  kind: 'run',
  version: 1,
  startedAt: '2026-03-01T10:00:00.000Z',
  command: 'npm run bench',
  quick: false,
  measures: [],
  host: HOST,
};
const TARGETS: AnyRecord[] = [
  RUN,
  target('bare', 'bare metal', 'bare'),
  target('bare-again', 'bare metal, again', 'control'),
  target('terrarium', 'Terrarium', 'container'),
  target('runc', 'runc', 'container'),
  target('q35', 'QEMU q35', 'vm', { emulated: true, remark: 'TCG emulation' }),
];

function around(name: string, quantity: string, center: number, x?: number): AnyRecord[] {
  const random = seededRandom(name.length + quantity.length + center);
  return Array.from({ length: 18 }, (_, index) => ({
    ...({ kind: 'sample', target: name, quantity, round: Math.floor(index / 3), value: center * (0.97 + random() * 0.06) } as const),
    ...(x === undefined ? {} : { x }),
  }));
}

/** One quantity of everybody, as multiples of bare metal's. */
function everybody(quantity: string, bare: number, { terrarium = 1, runc = 1, q35 = 1 }, x?: number): AnyRecord[] {
  const values = { bare, 'bare-again': bare, terrarium: bare * terrarium, runc: bare * runc, q35: bare * q35 };
  return Object.entries(values).flatMap(([name, value]) => around(name, quantity, value, x));
}

const ALL: AnyRecord[] = [
  ...TARGETS,
  ...everybody('start.warm', 1e6, { terrarium: 4, runc: 20, q35: 4000 }),
  ...everybody('cpu.sysbench', 900, { q35: 0.1 }),
  ...everybody('call.getpid', 100, { terrarium: 1.6, runc: 1.6, q35: 2 }),
  ...[1, 4, 32].flatMap((x) =>
    everybody('http.rate', [30_000, 60_000, 61_000][[1, 4, 32].indexOf(x)] ?? 0, { terrarium: 0.9, q35: 0.1 }, x),
  ),
  ...everybody('http.serverCpu', 0.97, {}, 32),
  ...everybody('http.clientCpu', 0.6, {}, 32),
  ...everybody('memory.user', 50_000, { terrarium: 3, runc: 2, q35: 5000 }, 10),
  ...everybody('memory.kernel', 60_000, { terrarium: 6, runc: 6, q35: 50 }, 10),
  ...everybody('limit.memory', 0.99, { q35: 0.7 }),
  ...everybody('limit.cpu', 1, {}),
  { kind: 'reached', target: 'runc', round: 0, alive: 300, because: 'time' },
  {
    kind: 'stages',
    target: 'q35',
    round: 0,
    stages: [
      { name: 'kernel', ms: 3000 },
      { name: 'first line', ms: 4000 },
    ],
  },
];

function everything(analysis: Analysis): string[] {
  return [
    explainGlance,
    explainStartup,
    explainStages,
    explainMany,
    explainMemory,
    explainThroughput,
    explainProcessor,
    explainLimits,
  ].flatMap((explain) => explain(analysis));
}

describe('what is said', () => {
  const said = everything(analyse(ALL));

  test('a shown difference is given with its interval', () => {
    const sentence = said.find((each) => each.startsWith('The time of Terrarium as a command'));
    expect(sentence).toMatch(
      /^The time of Terrarium as a command, a whole process per container, is 0\.(?:19|2)\d* times that of runc \(0\.\d+ to 0\.\d+\)\.$/,
    );
  });

  test('where none is shown no figure is claimed', () => {
    expect(said).toContain(
      'Computing is not shown to differ from bare metal’s for Terrarium and runc: their instructions run on the processor as anybody’s do.',
    );
    expect(said.find((each) => each.startsWith('Rate of computing'))).toMatch(/QEMU q35 \(TCG emulation\) 0\.1\d*\.$/);
  });

  test('a knee and the full side are named', () => {
    expect(said.find((each) => each.startsWith('runc: '))).toMatch(
      /within 5 % of its most from 4 connections on; its processor was busy for 9\d[\d.]* %, .*: the server’s side was full\.$/,
    );
  });

  test('why it ended, and which stage takes most', () => {
    expect(said).toContain('runc was stopped at 300 alive: the time for it was over.');
    expect(said.find((each) => each.includes('the stage that ends with'))).toContain('3,000 ms (75 %)');
  });

  test('emulation is named in every sentence that names an emulated machine, and explained', () => {
    const about = said.filter((each) => each.includes('q35'));
    expect(about.length).toBeGreaterThan(6);
    expect(about.filter((each) => !each.includes('q35 (TCG emulation)'))).toEqual([]);
    expect(about.filter((each) => each.includes('no verdict on what hardware virtualisation costs')).length).toBeGreaterThan(3);
  });

  test('of nothing, nothing', () => {
    expect(everything(analyse(TARGETS))).toEqual([]);
  });
});

describe('the page', () => {
  const page = benchPage(analyse(ALL));

  test('is the same bytes for the same records, and asks for nothing', () => {
    const few = [...TARGETS, ...everybody('start.warm', 1e6, { terrarium: 4 })];
    const [once, again] = [benchPage(analyse(few)), benchPage(analyse(few))];
    expect(once === again).toBe(true);
    expect([...page.matchAll(/(?:href|src)="(?!#)[^"]*"/g)].map(([all]) => all)).toEqual([]);
    expect(page.includes("default-src 'none'")).toBe(true);
  });

  test('names emulation in every figure that shows an emulated machine', () => {
    const figures = page.match(/<figure.*?<\/figure>/gs) ?? [];
    const about = figures.filter((each) => each.includes('q35'));
    expect(figures.length).toBeGreaterThan(4);
    expect(about.length).toBeGreaterThan(3);
    expect(about.filter((each) => !each.includes('QEMU q35 (TCG emulation)'))).toEqual([]);
  });

  test('text of a peer is text', () => {
    const failure: AnyRecord = { kind: 'failure', target: 'runc', measure: 'limits', reason: '<script>alert(1)</script>' };
    expect(benchPage(analyse([...TARGETS, failure])).includes('&lt;script>alert(1)')).toBe(true);
  });

  test('says when the run is not whole', () => {
    const end: AnyRecord = { kind: 'end', seconds: 3, left: [], stolen: 0, interrupted: 'it was interrupted' };
    expect(benchPage(analyse([...TARGETS, end])).includes('The run is not whole: it was interrupted.')).toBe(true);
  });
});
