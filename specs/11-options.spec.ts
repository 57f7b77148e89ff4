// The effect of options, read by the host from the kernel's files, not from a program inside.
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { expect } from 'vitest';
import type { Box } from '../harness/shell/box.ts';
import { OURS, testRequirement } from './suite.ts';
import { wrapped } from './support/subject.ts';

const NET_RAW = 1n << 13n;

/** Properties of the first process: each row's label, and how the host reads it. */
const ROWS: readonly (readonly [label: string, look: (box: Box) => string])[] = [
  ['user, all four', ({ host }) => host.status('Uid')],
  ['group, all four', ({ host }) => host.status('Gid')],
  ['supplementary groups', ({ host }) => host.status('Groups').trim()],
  ['umask', ({ host }) => host.status('Umask')],
  ['working directory', ({ host }) => readlinkSync(`/proc/${host.pid}/cwd`)],
  ['CAP_NET_RAW may be had', ({ host }) => String(mayHave(host.status('CapBnd'), NET_RAW))],
  ['owner of its terminal', ({ host }) => String(statSync(`/proc/${host.pid}/fd/0`).uid)],
  ['variable KEPT', ({ host }) => variable(host.pid, 'KEPT')],
  ['variable PASSED', ({ host }) => variable(host.pid, 'PASSED')],
];

const mayHave = (mask: string, capability: bigint) => (BigInt(`0x${mask}`) & capability) !== 0n;

/** `none` if the process was executed without it. */
function variable(pid: number, name: string): string {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? 'none';
}

/** Started by a shell with an unusual umask and the variable PASSED. */
const careless = wrapped((commandLine) => [
  ...['sh', '-c', 'umask 077; PASSED=on exec "$@"', 'sh'],
  ...commandLine,
]);

const ASKED = [
  ...['--user', 'student', '--workdir', '/tmp/new/one', '--cap-drop', 'NET_RAW'],
  ...['--env', 'KEPT=no', '--env', 'KEPT=yes', '--env', 'PASSED', '--tmpfs', '/tmp'],
];
const WITH = [
  '1000\t1000\t1000\t1000',
  '1000\t1000\t1000\t1000',
  '1000',
  '0022',
  '/tmp/new/one',
  'false',
  '1000',
  'yes',
  'on',
];
const WITHOUT = ['0\t0\t0\t0', '0\t0\t0\t0', '0', '0022', '/', 'true', '0', 'none', 'none'];

testRequirement('OPT-01', OURS, async ({ shell, say, control }) => {
  const options = { network: 'none' } as const;
  await say(
    'Start a container for a user, in a directory, with two variables, without a capability.',
  );
  const box = await shell({ ...options, further: ASKED }, careless);
  await say('The host sees all of them. The umask is the default, not the starter’s.');
  for (const [index, [label, look]] of ROWS.entries())
    await expect(box).toAnswer(label, () => ({ host: look(box) }), WITH[index] ?? '');
  await expect(box).toPrint(
    'id -u; pwd; umask; echo $KEPT $PASSED',
    '1000\n/tmp/new/one\n0022\nyes on',
  );
  await say('With ALL dropped only added capabilities are left.');
  const further = ['--cap-drop', 'ALL', '--cap-add', 'CHOWN'];
  const bare = await shell({ ...options, further });
  const bounding = ({ host }: Box) => ({ host: host.status('CapBnd') });
  await expect(bare).toAnswer('bounding set', bounding, '1'.padStart(16, '0'));
  await say('The control: without the options it is root in / with neither variable.');
  await control(
    () => shell(options, careless),
    (plain) =>
      Promise.all(
        ROWS.map(([label, look], index) =>
          expect(plain).toAnswer(label, () => ({ host: look(plain) }), WITHOUT[index] ?? ''),
        ),
      ),
    'the same start without the options',
  );
});
