// Limits of I/O: a container reads and writes a disk of our own, past the page cache, at limited
// rates.
import { expect } from 'vitest';
import { hasController } from '../harness/observe/features.ts';
import type { Box } from '../harness/shell/box.ts';
import { OURS, testRequirement } from './suite.ts';
import { makeLoopDisk } from './support/loop-disk.ts';
import { terrarium } from './support/subject.ts';

const MIB = 2 ** 20;
const BLOCKS = 32;
const BLOCK = 65_536;
const MOVED = BLOCKS * BLOCK;
const WRITE = `dd if=/dev/zero of=/disk/file bs=${BLOCK} count=${BLOCKS} oflag=direct`;
const READ = `dd if=/disk/file of=/dev/null bs=${BLOCK} count=${BLOCKS} iflag=direct`;

/** MiB a second, by the host's clock; includes typing the command and reading its output. */
async function rateOf(box: Box, command: string): Promise<number> {
  const from = performance.now();
  const said = await box.type(`${command} 2>&1 | tail -n 1`);
  const seconds = (performance.now() - from) / 1000;
  if (!said.includes(`${BLOCKS}+0 records out`)) throw new Error(`${command} said: ${said}`);
  return MOVED / MIB / seconds;
}

testRequirement('LIM-10', OURS, async (context) => {
  const { shell, control, say, inside, outside, notProvenHere, onCleanup } = context;
  if (!hasController('blkio') && !hasController('io')) notProvenHere('a controller of I/O');
  const disk = await makeLoopDisk(16, onCleanup);
  if (disk === undefined) return notProvenHere('loop devices and ext4');
  const { device, numbers, directory } = disk;
  const rates = (rate: string) => [
    ...['--device-write-bps', `${device}:${rate}`],
    ...['--device-read-bps', `${device}:${rate}`],
  ];
  const volumes = [`${directory}:/disk`];
  await say('Mount a disk of our own in a container limited to 1 MiB a second in each direction.');
  const slow = await shell({ network: 'none', volumes, further: rates('1mb') });
  const limit = slow.host.cgroup('blkio.throttle.write_bps_device', 'io.max') ?? 'none';
  expect(outside('limit of the disk', limit)).toMatch(
    new RegExp(`^${numbers} (${MIB}$|rbps=${MIB} wbps=${MIB} )`, 'm'),
  );
  await say('It writes 2 MiB and reads them back, past the page cache.');
  const slowly = [await rateOf(slow, WRITE), await rateOf(slow, READ)] as const;
  for (const [index, what] of ['written', 'read'].entries()) {
    expect(inside(`${what}, MiB a second`, slowly[index] ?? 0)).toBeLessThan(1.25);
    expect(slowly[index]).toBeGreaterThan(0.5);
  }
  const { stdout } = await terrarium(['stats', slow.name, '--format', 'json']);
  const moved: { io?: { device: string; readBytes: number; writtenBytes: number }[] } =
    JSON.parse(stdout);
  const own = moved.io?.find((one) => one.device === numbers);
  expect(outside('bytes that the kernel counted as written', own?.writtenBytes ?? 0)).toBe(MOVED);
  expect(outside('as read', own?.readBytes ?? 0)).toBeGreaterThanOrEqual(MOVED);

  await say('Raise the rates while it runs: it is faster. So is the control, without limits.');
  const { exitCode } = await terrarium(['update', slow.name, ...rates('16mb')]);
  expect(exitCode).toBe(0);
  expect(inside('written after update, MiB a second', await rateOf(slow, WRITE))).toBeGreaterThan(
    2,
  );
  const free = await shell({ network: 'none', volumes });
  const freely = [await rateOf(free, WRITE), await rateOf(free, READ)] as const;
  control('the same in a container without limits', {
    outcome: Math.min(...freely) > 3 * Math.max(...slowly) ? 'opposite' : 'same',
    observed: `${freely.map((rate) => rate.toFixed(1)).join(' and ')} MiB a second`,
  });
});
