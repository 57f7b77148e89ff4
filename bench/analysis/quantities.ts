// Everything that is compared with bare metal: what it is called, its unit, and which way is
// better.
import type { MeasureName } from '../targets/target.ts';

export interface Quantity {
  readonly key: string;
  readonly measure: MeasureName;
  readonly title: string;
  readonly unit: string;
  /** What a value is divided by to be in the unit. */
  readonly per: number;
  readonly better: 'less' | 'more';
  /**
   * Of several places, the one to compare at: a number, or where most were alive in most of the
   * rounds.
   */
  readonly at?: number | 'most';
  /** Compared with what was asked for, not with bare metal. */
  readonly absolute?: boolean;
}

const MS = { unit: 'ms', per: 1e6, better: 'less' } as const;
const US = { unit: 'µs', per: 1e3, better: 'less' } as const;
const MIB = { unit: 'MiB', per: 1048576, better: 'less' } as const;
/** So many that every server's processor is full, unless the page says otherwise. */
const SATURATING = 32;

export const QUANTITIES: readonly Quantity[] = [
  { key: 'start.warm', measure: 'startup', title: 'first line, warm', ...MS },
  {
    key: 'start.cold',
    measure: 'startup',
    title: 'first line, its files not in the page cache',
    ...MS,
  },
  { key: 'start.tcp', measure: 'startup', title: 'first TCP answer', ...MS },
  {
    key: 'life.whole',
    measure: 'startup',
    title: 'whole life of a program that ends at once',
    ...MS,
  },
  { key: 'stop', measure: 'startup', title: 'from the request to stop until all is gone', ...MS },
  { key: 'crowd.start', measure: 'many', title: 'start while others run, all of them', ...MS },
  { key: 'crowd.clear', measure: 'many', title: 'removing all, four at a time, each', ...MS },
  { key: 'burst.start', measure: 'many', title: 'eight at once, each', ...MS },
  { key: 'memory.user', measure: 'memory', title: 'user memory of one more', ...MIB, at: 'most' },
  {
    key: 'memory.kernel',
    measure: 'memory',
    title: 'kernel memory of one more',
    ...MIB,
    at: 'most',
  },
  {
    key: 'http.rate',
    measure: 'throughput',
    title: 'HTTP requests at saturation',
    unit: 'thousand/s',
    per: 1e3,
    better: 'more',
    at: SATURATING,
  },
  {
    key: 'http.p50',
    measure: 'throughput',
    title: 'latency of one connection, median',
    ...US,
    at: 1,
  },
  {
    key: 'http.p99',
    measure: 'throughput',
    title: 'latency with 32 connections, 99 %',
    ...US,
    at: SATURATING,
  },
  {
    key: 'cpu.sysbench',
    measure: 'processor',
    title: 'sysbench cpu',
    unit: 'events/s',
    per: 1,
    better: 'more',
  },
  {
    key: 'memory.sysbench',
    measure: 'processor',
    title: 'sysbench memory',
    unit: 'GiB/s',
    per: 1024,
    better: 'more',
  },
  {
    key: 'io.seqwr',
    measure: 'processor',
    title: 'sequential writes to tmpfs',
    unit: 'MiB/s',
    per: 1,
    better: 'more',
  },
  {
    key: 'io.rndrd',
    measure: 'processor',
    title: 'random reads from tmpfs',
    unit: 'thousand/s',
    per: 1e3,
    better: 'more',
  },
  { key: 'call.getpid', measure: 'processor', title: 'getpid', unit: 'ns', per: 1, better: 'less' },
  { key: 'call.openClose', measure: 'processor', title: 'open and close', ...US },
  { key: 'call.pageFault', measure: 'processor', title: 'map, touch, unmap a page', ...US },
  { key: 'call.switch', measure: 'processor', title: 'to another thread and back', ...US },
  { key: 'call.forkExec', measure: 'processor', title: 'vfork, exec, exit, wait', ...US },
  {
    key: 'limit.cpu',
    measure: 'limits',
    title: 'processor time received, of half a processor',
    unit: '× asked',
    per: 1,
    better: 'more',
    absolute: true,
  },
  {
    key: 'limit.memory',
    measure: 'limits',
    title: 'memory reached, of 256 MiB',
    unit: '× asked',
    per: 1,
    better: 'more',
    absolute: true,
  },
];
