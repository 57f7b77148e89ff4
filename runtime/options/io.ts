// `--device-read-bps` and its three siblings, `--blkio-weight`: the I/O of disks.
import * as v from 'valibot';
import type { Parsed } from '../config/problems.ts';
import { parseSize, parseWhole } from '../config/units.ts';
import type { Limits } from './limits.ts';
import { amount, into, limit, listLimit, numberField, type Reading } from './option.ts';

/** OCI `throttleReadBpsDevice[]`: bytes or operations a second of one disk. */
const rates = () =>
  v.exactOptional(
    v.array(
      v.object({ major: v.number(), minor: v.number(), rate: v.number() }),
      'has to be a list of { major, minor, rate }',
    ),
  );

export const ioFields = {
  deviceReadBps: rates(),
  deviceWriteBps: rates(),
  deviceReadIops: rates(),
  deviceWriteIops: rates(),
  /** Where BFQ shares a disk's time: 1 to 1000, 100 for a group without one. */
  bfqWeight: numberField(),
  /** Where io.cost does: 1 to 10000, 100 for a group without one. */
  iocostWeight: numberField(),
};

/** UINT_MAX stands for no limit. */
const MOST_OPERATIONS = 2 ** 32 - 2;

export const io = {
  /** Bytes a second read from a disk: `['/dev/sda:1mb']`. Default: no limit. */
  deviceReadBps: listLimit({
    flag: '--device-read-bps <disk:rate>',
    help: 'bytes a second read from a disk: /dev/sda:1mb (repeatable)',
    read: (word, { host }) => parseRate(word, host, parseSize, '1mb'),
    into: (deviceReadBps) => ({ deviceReadBps: [...deviceReadBps] }),
  }),
  /**
   * Bytes a second written to a disk: `['/dev/sda:1mb']`. On cgroup v1 of direct and synchronous
   * writes only. Default: no limit.
   */
  deviceWriteBps: listLimit({
    flag: '--device-write-bps <disk:rate>',
    help: 'bytes a second written to a disk: /dev/sda:1mb (repeatable)',
    read: (word, { host }) => parseRate(word, host, parseSize, '1mb'),
    into: (deviceWriteBps) => ({ deviceWriteBps: [...deviceWriteBps] }),
  }),
  /** Read operations a second on a disk: `['/dev/sda:100']`. Default: no limit. */
  deviceReadIops: listLimit({
    flag: '--device-read-iops <disk:rate>',
    help: 'read operations a second on a disk: /dev/sda:100 (repeatable)',
    read: (word, { host }) => parseRate(word, host, parseOperations, '100'),
    into: (deviceReadIops) => ({ deviceReadIops: [...deviceReadIops] }),
  }),
  /** Write operations a second on a disk, as `deviceWriteBps`. Default: no limit. */
  deviceWriteIops: listLimit({
    flag: '--device-write-iops <disk:rate>',
    help: 'write operations a second on a disk: /dev/sda:100 (repeatable)',
    read: (word, { host }) => parseRate(word, host, parseOperations, '100'),
    into: (deviceWriteIops) => ({ deviceWriteIops: [...deviceWriteIops] }),
  }),
  /**
   * Weight against others when a disk is busy, 10 to 1000. Needs a disk with the scheduler BFQ, or
   * io.cost. Default: the kernel's 100.
   */
  blkioWeight: limit(amount(), {
    flag: '--blkio-weight <weight>',
    help: 'weight against others on disks with BFQ or io.cost, 10 to 1000',
    read: (weight, { host }) => parseWeight(weight, host),
  }),
};

function parseOperations(text: string): Parsed<number> {
  return parseWhole(text, 1, MOST_OPERATIONS);
}

interface Rate {
  readonly major: number;
  readonly minor: number;
  readonly rate: number;
}

/** docker's syntax: the path of a disk's device file, a colon, the rate. */
function parseRate(
  word: string,
  { disks }: Reading['host'],
  parse: (text: string) => Parsed<number>,
  example: string,
): Parsed<Rate> {
  const colon = word.lastIndexOf(':');
  const path = word.slice(0, Math.max(0, colon));
  if (!path.startsWith('/'))
    return { problem: 'is not a disk and a rate', hint: `such as /dev/sda:${example}` };
  const rate = parse(word.slice(colon + 1));
  if ('problem' in rate) return rate;
  if (rate.value === 0) return { problem: 'is no rate', hint: `such as ${path}:${example}` };
  const disk = disks?.find(path);
  if (disk === undefined) return { problem: 'names no disk', hint: '`lsblk --paths` lists them' };
  const { major, minor, partitionOf } = disk;
  if (partitionOf !== undefined)
    return {
      problem: 'names a partition, and the kernel limits whole disks only',
      hint: `${partitionOf} is the disk`,
    };
  return { value: { major, minor, rate: rate.value } };
}

/** docker's scale; that of io.cost is longer, as crun and runc convert it. */
function parseWeight(weight: string | number, { disks }: Reading['host']): Parsed<Limits> {
  const sharedBy = disks?.sharedBy();
  if (sharedBy === undefined)
    return {
      problem: 'would have no effect: no disk here is shared by weight',
      hint: 'BFQ does it (echo bfq > /sys/block/DISK/queue/scheduler), or io.cost (io.cost.qos of cgroup v2)',
    };
  return into(parseWhole(weight, 10, 1000), (value) =>
    sharedBy === 'bfq'
      ? { bfqWeight: value }
      : { iocostWeight: Math.floor(1 + ((value - 10) * 9999) / 990) },
  );
}
