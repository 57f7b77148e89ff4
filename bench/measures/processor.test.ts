import { expect, test } from 'vitest';
import { parseSuite } from './processor.ts';

test('what the tools printed becomes quantities; what they did not, nothing', () => {
  const lines = [
    'ready',
    ...['== calls', 'ready', '{"getpid":52.1,"forkExec":310000.0}'],
    ...['== cpu', 'CPU speed:', '    events per second:   904.71'],
    ...['== memory', '16384.00 MiB transferred (11022.41 MiB/sec)'],
    ...['== seqwr', '    written, MiB/s:               402.15', '== rndrd', 'FATAL: no space'],
  ];
  expect(parseSuite(lines)).toEqual([
    { quantity: 'call.getpid', value: 52.1 },
    { quantity: 'call.forkExec', value: 310000 },
    { quantity: 'cpu.sysbench', value: 904.71 },
    { quantity: 'memory.sysbench', value: 11022.41 },
    { quantity: 'io.seqwr', value: 402.15 },
  ]);
  expect(parseSuite(['sysbench: not found'])).toEqual([]);
});
