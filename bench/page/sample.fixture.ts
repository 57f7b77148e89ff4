// Records of a run that never was, for the tests of what is said and drawn: bare metal, two
// containers, an emulated machine.
import type { AnyRecord, RunRecord } from '../samples/records.ts';
import { seededRandom } from '../samples/statistics.ts';

const HOST = {
  ...{ kernel: '6.1.0', distribution: 'Debian', processor: 'one', processors: 2 },
  ...{ memoryMiB: 4096, load: 0, hypervisor: 'hardware', cgroups: 'v1', clockMHz: 3000 },
  ...{ versions: { node: '24' }, settings: {} },
};

function target(
  name: string,
  title: string,
  family: 'bare' | 'control' | 'container' | 'vm',
  more: object = {},
): AnyRecord {
  return { kind: 'target', name, title, family, note: 'a note', status: 'ready', ...more };
}

export const RUN: RunRecord = {
  kind: 'run',
  version: 1,
  startedAt: '2026-03-01T10:00:00.000Z',
  command: 'npm run bench',
  quick: false,
  measures: [],
  host: HOST,
};
export const TARGETS: AnyRecord[] = [
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
    ...({
      kind: 'sample',
      target: name,
      quantity,
      round: Math.floor(index / 3),
      value: center * (0.97 + random() * 0.06),
    } as const),
    ...(x === undefined ? {} : { x }),
  }));
}

/** One quantity of all targets, as multiples of bare metal's. */
export function ofAllTargets(
  quantity: string,
  bare: number,
  { terrarium = 1, runc = 1, q35 = 1 },
  x?: number,
): AnyRecord[] {
  const values = {
    bare,
    'bare-again': bare,
    terrarium: bare * terrarium,
    runc: bare * runc,
    q35: bare * q35,
  };
  return Object.entries(values).flatMap(([name, value]) => around(name, quantity, value, x));
}

export const ALL: AnyRecord[] = [
  ...TARGETS,
  ...ofAllTargets('start.warm', 1e6, { terrarium: 4, runc: 20, q35: 4000 }),
  ...ofAllTargets('cpu.sysbench', 900, { q35: 0.1 }),
  ...ofAllTargets('call.getpid', 100, { terrarium: 1.6, runc: 1.6, q35: 2 }),
  ...[1, 4, 32].flatMap((x) =>
    ofAllTargets(
      'http.rate',
      [30_000, 60_000, 61_000][[1, 4, 32].indexOf(x)] ?? 0,
      { terrarium: 0.9, q35: 0.1 },
      x,
    ),
  ),
  ...ofAllTargets('http.serverCpu', 0.97, {}, 32),
  ...ofAllTargets('http.clientCpu', 0.6, {}, 32),
  ...ofAllTargets('memory.user', 50_000, { terrarium: 3, runc: 2, q35: 5000 }, 10),
  ...ofAllTargets('memory.kernel', 60_000, { terrarium: 6, runc: 6, q35: 50 }, 10),
  ...ofAllTargets('limit.memory', 0.99, { q35: 0.7 }),
  ...ofAllTargets('limit.cpu', 1, {}),
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
