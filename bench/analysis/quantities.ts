// Everything that is compared with bare metal: its name, its unit, and which way is better.
import type { MeasureName } from '../samples/records.ts';

export interface Quantity {
  readonly key: string;
  readonly measure: MeasureName;
  readonly title: string;
  readonly unit: string;
  /** What a value is divided by to be in the unit. */
  readonly per: number;
  readonly better: 'less' | 'more';
  /** Which x to compare at: a number, or where most were alive in most of the rounds. */
  readonly at?: number | 'most';
  /** Not compared with bare metal, but with what was asked for, or with the C baseline. */
  readonly absolute?: boolean;
}

type Kind = Omit<Quantity, 'key' | 'measure' | 'title'>;

const less = (unit: string, per: number): Kind => ({ unit, per, better: 'less' });
const more = (unit: string, per: number): Kind => ({ unit, per, better: 'more' });
const MS = less('ms', 1e6);
const US = less('µs', 1e3);
const PER_MS = more('thousand/s', 1e3);
const MIB: Kind = { ...less('MiB', 1048576), at: 'most' };
const CYCLE: Kind = { ...MS, absolute: true };
const ASKED: Kind = { ...more('× asked', 1), absolute: true };
/** So many that every server's processor is full, unless the page says otherwise. */
const SATURATING = 32;

export const QUANTITIES: readonly Quantity[] = [
  row('startup', 'start.warm', 'first line, warm', MS),
  row('startup', 'start.cold', 'first line, its files not in the page cache', MS),
  row('startup', 'start.tcp', 'first TCP answer', MS),
  row('startup', 'life.whole', 'whole life of a program that ends at once', MS),
  row('startup', 'stop', 'from the request to stop until all is gone', MS),
  row('many', 'density.start', 'start while others run, all of them', MS),
  row('many', 'density.clear', 'removing all, four at a time, each', MS),
  row('many', 'burst.start', 'eight at once, each', MS),
  row('memory', 'memory.user', 'user memory of one more', MIB),
  row('memory', 'memory.kernel', 'kernel memory of one more', MIB),
  row('throughput', 'http.rate', 'HTTP requests at saturation', PER_MS, SATURATING),
  row('throughput', 'http.p50', 'latency of one connection, median', US, 1),
  row('throughput', 'http.p99', 'latency with 32 connections, 99 %', US, SATURATING),
  row('processor', 'cpu.sysbench', 'sysbench cpu', more('events/s', 1)),
  row('processor', 'memory.sysbench', 'sysbench memory', more('GiB/s', 1024)),
  row('processor', 'io.seqwr', 'sequential writes to tmpfs', more('MiB/s', 1)),
  row('processor', 'io.rndrd', 'random reads from tmpfs', PER_MS),
  row('processor', 'call.getpid', 'getpid', less('ns', 1)),
  row('processor', 'call.openClose', 'open and close', US),
  row('processor', 'call.pageFault', 'map, touch, unmap a page', US),
  row('processor', 'call.switch', 'to another thread and back', US),
  row('processor', 'call.forkExec', 'vfork, exec, exit, wait', US),
  row('limits', 'limit.cpu', 'processor time received, of half a processor', ASKED),
  row('limits', 'limit.memory', 'memory reached, of 256 MiB', ASKED),
  row('lifecycle', 'cycle.tight', 'whole life cycle, back to back', CYCLE),
  row('lifecycle', 'cycle.spaced', 'whole life cycle, with pauses', CYCLE),
  row('lifecycle', 'cycle.parallel', 'whole life cycle, eight at once, each', CYCLE),
];

function row(measure: MeasureName, key: string, title: string, kind: Kind, at?: number): Quantity {
  return { key, measure, title, ...kind, ...(at === undefined ? {} : { at }) };
}
