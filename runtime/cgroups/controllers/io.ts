// I/O of disks: cgroup-v1/blkio-controller.rst, cgroup-v2.rst "IO", block/bfq-iosched.rst. Pure.
import {
  type Change,
  type ChangeOp,
  type Groups,
  type Limits,
  limit,
  type MeasuringController,
  type Row,
  type Show,
  type WriteOp,
} from './controller.ts';

/** Limits of one disk: bytes and operations a second. */
interface DiskLimits {
  readonly readBps?: number;
  readonly writeBps?: number;
  readonly readIops?: number;
  readonly writeIops?: number;
}

/** What a container has moved, and may move a second. */
export interface DiskStats extends DiskLimits {
  /** `8:0`: as in /sys/dev/block. */
  readonly device: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** The file of v1 and the word of io.max for each. */
const KINDS = [
  ['readBps', 'blkio.throttle.read_bps_device', 'rbps'],
  ['writeBps', 'blkio.throttle.write_bps_device', 'wbps'],
  ['readIops', 'blkio.throttle.read_iops_device', 'riops'],
  ['writeIops', 'blkio.throttle.write_iops_device', 'wiops'],
] as const;

const RATES =
  '--device-read-bps, --device-write-bps, --device-read-iops, --device-write-iops, as they were';

export const io: MeasuringController<readonly DiskStats[]> = {
  name: 'io',
  hierarchies: ['blkio'],
  onRequest: 'a limit of I/O (--device-read-bps, --blkio-weight …)',
  options: {
    'io.max': RATES,
    'io.bfq.weight': '--blkio-weight',
    'io.weight': '--blkio-weight',
  },
  without: { blkio: 'LIM-10: I/O of disks cannot be limited' },

  asks: (limits) =>
    disksOf(limits).size > 0 || weightOf(limits) !== undefined ? 'the limit of I/O' : undefined,

  refuse: ({ iocostWeight }, { mode }) =>
    iocostWeight === undefined || mode === 'v2'
      ? undefined
      : {
          limit: 'the weight of I/O',
          reason: 'io.cost is of cgroup v2, and this host has its blkio controller on v1',
          hint: 'BFQ shares a disk by weight on v1: echo bfq > /sys/block/DISK/queue/scheduler',
        },

  v1: limitsV1,

  v2: (group, limits) => [
    ...[...disksOf(limits)].map((disk) => limit(`${group}/io.max`, lineOf(...disk))),
    ...weightsV2(group, limits),
  ],

  /** systemd's scale, of which it makes that of BFQ. */
  weights({ bfqWeight, iocostWeight }) {
    if (iocostWeight !== undefined) return { IOWeight: iocostWeight };
    if (bfqWeight === undefined) return {};
    return { IOWeight: bfqWeight <= 100 ? bfqWeight : 100 + (bfqWeight - 100) * 11 };
  },

  update: (change) => (change.host.cgroup.mode === 'v2' ? updateV2(change) : updateV1(change)),

  hint({ step, code, file }) {
    if (step === 'join' || step === 'program') return undefined;
    if (code === 'ENODEV' || code === 'ENXIO')
      return 'the disk has gone since, or it is a partition: `lsblk --paths` lists the disks';
    if (code !== 'ENOENT') return undefined;
    return file.endsWith('weight')
      ? 'this kernel shares disks by weight with BFQ (CONFIG_BFQ_GROUP_IOSCHED) or io.cost (CONFIG_BLK_CGROUP_IOCOST): leave --blkio-weight out'
      : 'this kernel has no limits of I/O (CONFIG_BLK_DEV_THROTTLING), or the io controller is not passed on';
  },

  warnings: ({ deviceWriteBps = [], deviceWriteIops = [] }, { cgroup }) =>
    cgroup.mode === 'v2' || deviceWriteBps.length + deviceWriteIops.length === 0
      ? []
      : [
          'on cgroup v1 only direct and synchronous writes are limited (O_DIRECT, O_SYNC): the kernel writes all others back in its own name',
        ],

  stats: (groups) => (groups.version === 2 ? statsV2(groups) : statsV1(groups)),

  rows: (stats = [], show) => stats.flatMap((disk) => rowsOf(disk, show)),
};

/** By `major:minor`, in the order given. */
function disksOf(limits: Limits): Map<string, DiskLimits> {
  const disks = new Map<string, DiskLimits>();
  const { deviceReadBps, deviceWriteBps, deviceReadIops, deviceWriteIops } = limits;
  const given = {
    readBps: deviceReadBps,
    writeBps: deviceWriteBps,
    readIops: deviceReadIops,
    writeIops: deviceWriteIops,
  };
  for (const [kind] of KINDS)
    for (const { major, minor, rate } of given[kind] ?? []) {
      const device = `${major}:${minor}`;
      disks.set(device, { ...disks.get(device), [kind]: rate });
    }
  return disks;
}

function weightOf({ bfqWeight, iocostWeight }: Limits): number | undefined {
  return bfqWeight ?? iocostWeight;
}

function limitsV1(group: string, limits: Limits): WriteOp[] {
  const { bfqWeight } = limits;
  const disks = disksOf(limits);
  return [
    ...KINDS.flatMap(([kind, file]) =>
      [...disks].flatMap(([device, { [kind]: rate }]) =>
        rate === undefined ? [] : [limit(`${group}/${file}`, `${device} ${rate}`)],
      ),
    ),
    ...(bfqWeight === undefined ? [] : [limit(`${group}/blkio.bfq.weight`, bfqWeight)]),
  ];
}

/** As the kernel says it back. */
function lineOf(device: string, limits: DiskLimits): string {
  return [device, ...KINDS.map(([kind, , word]) => `${word}=${limits[kind] ?? 'max'}`)].join(' ');
}

function weightsV2(group: string, { bfqWeight, iocostWeight }: Limits): WriteOp[] {
  const set = (file: string, weight: number | undefined) =>
    weight === undefined ? [] : [limit(`${group}/${file}`, weight, `default ${weight}`)];
  return [...set('io.bfq.weight', bfqWeight), ...set('io.weight', iocostWeight)];
}

function updateV1({ group, limits, read }: Change): ChangeOp[] {
  return limitsV1(group, limits).map((write) => {
    const [device = '', rate] = write.value.split(' ');
    if (rate === undefined) return write;
    const present = linesOf(read(write.path)).find(([name]) => name === device);
    return { ...write, undo: `${device} ${present?.[1] ?? 0}` };
  });
}

/** All disks that have limits: what `given` is written down anew for the whole file. */
function updateV2({ group, limits, read }: Change): ChangeOp[] {
  const path = `${group}/io.max`;
  const given = disksOf(limits);
  const present = given.size === 0 ? new Map<string, DiskLimits>() : maxOf(read(path));
  const writes = [...new Set([...present.keys(), ...given.keys()])].map((device) => {
    const before = present.get(device) ?? {};
    const after = lineOf(device, { ...before, ...given.get(device) });
    return { ...limit(path, after), undo: lineOf(device, before) };
  });
  return [...writes, ...weightsV2(group, limits)];
}

/** `NAME word …` lines. */
function linesOf(text: string | undefined): string[][] {
  return (text ?? '').split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')]));
}

/** io.max: `8:0 rbps=1048576 wbps=max …`. */
function maxOf(text: string | undefined): Map<string, DiskLimits> {
  return new Map(
    linesOf(text).map(([device = '', ...words]) => {
      const values = valuesOf(words);
      const known = KINDS.flatMap(([kind, , word]) => {
        const value = values.get(word);
        return value === undefined || Number.isNaN(value) ? [] : [[kind, value] as const];
      });
      return [device, Object.fromEntries(known)];
    }),
  );
}

/** `word=number` each: "Nested keyed". */
function valuesOf(words: readonly string[]): Map<string, number> {
  return new Map(
    words.map((word) => {
      const [name = '', value] = word.split('=');
      return [name, Number(value)];
    }),
  );
}

function statsV2({ at, read }: Groups): DiskStats[] | undefined {
  const text = read(`${at('blkio')}/io.stat`);
  if (text === undefined) return undefined;
  const limits = maxOf(read(`${at('blkio')}/io.max`));
  return linesOf(text).map(([device = '', ...words]) => {
    const values = valuesOf(words);
    return {
      device,
      readBytes: values.get('rbytes') ?? 0,
      writtenBytes: values.get('wbytes') ?? 0,
      reads: values.get('rios') ?? 0,
      writes: values.get('wios') ?? 0,
      ...limits.get(device),
    };
  });
}

function statsV1({ at, read }: Groups): DiskStats[] | undefined {
  const group = at('blkio');
  if (group === undefined) return undefined;
  const lines = (file: string) => linesOf(read(`${group}/${file}`));
  const bytes = lines('blkio.throttle.io_service_bytes_recursive');
  const operations = lines('blkio.throttle.io_serviced_recursive');
  const limits = new Map(KINDS.map(([kind, file]) => [kind, lines(file)] as const));
  const devices = new Set(bytes.flatMap(([device = '']) => (device.includes(':') ? [device] : [])));
  return [...devices].map((device) => {
    const count = (of: readonly string[][], word: string) =>
      Number(of.find(([name, what]) => name === device && what === word)?.[2] ?? 0);
    const set = KINDS.flatMap(([kind]) => {
      const rate = limits.get(kind)?.find(([name]) => name === device)?.[1];
      return rate === undefined ? [] : [[kind, Number(rate)] as const];
    });
    return {
      device,
      readBytes: count(bytes, 'Read'),
      writtenBytes: count(bytes, 'Write'),
      reads: count(operations, 'Read'),
      writes: count(operations, 'Write'),
      ...Object.fromEntries(set),
    };
  });
}

function rowsOf(disk: DiskStats, { bytes }: Show): Row[] {
  const { device, readBytes, writtenBytes, readBps, writeBps, readIops, writeIops } = disk;
  const limits = [
    ...(readBps === undefined ? [] : [`${bytes(readBps)} read a second`]),
    ...(writeBps === undefined ? [] : [`${bytes(writeBps)} written a second`]),
    ...(readIops === undefined ? [] : [`${readIops} reads a second`]),
    ...(writeIops === undefined ? [] : [`${writeIops} writes a second`]),
  ];
  return [
    [`disk ${device}`, `${bytes(readBytes)} read, ${bytes(writtenBytes)} written`],
    ...(limits.length === 0 ? [] : [['  limit', limits.join(', ')] as const]),
  ];
}
