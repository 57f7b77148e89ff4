// toRefuse fails if a command is refused differently or leaves something: tested with commands that
// only print a refusal.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmdirSync } from 'node:fs';
import { expect, type TestContext, test } from 'vitest';
import { Recorder } from '../../harness/evidence/recorder.ts';
import '../../harness/matchers/index.ts';
import { cgroupMounts } from '../../harness/observe/mounts.ts';
import { Box } from '../../harness/shell/box.ts';
import './refused.ts';

const name = `refused-${randomBytes(3).toString('hex')}`;
const refusal = { fact: 'no such thing', hint: /make one/ };
/** Prints these lines, and exits with 125 or another code. */
const saying = (lines: string, code = 125) => `printf '${lines}'; sh -c 'exit ${code}'`;
const FACT = 'terrarium: no such thing\\n';
const HELP = '  hint: make one first\\n';

async function open({ task, onTestFinished }: TestContext): Promise<Box> {
  const box = new Box({
    ...{ title: 'sh', commandLine: ['sh'], prompt: /\$ $/, env: { PS1: '$ ' } },
    ...{ name, hostname: 'h', rootfs: '/', role: 'subject' },
    ...{ description: 'a shell', recorder: new Recorder(task, 'NONE-01') },
  });
  onTestFinished(() => box.close());
  return box.ready();
}

test('a line of fact and one of help, 125 and nothing left: a refusal', async (context) => {
  await expect(await open(context)).toRefuse(saying(`${FACT}${HELP}`), refusal);
});

test.for([
  ['another exit code', saying(`${FACT}${HELP}`, 1), 'exit code is not 125: 1'],
  ['another fact', saying(`terrarium: other\\n${HELP}`), 'line of fact is not'],
  [
    'a fact that is not the runtime’s',
    saying(`sh: no such thing\\n${HELP}`),
    'line of fact is not',
  ],
  ['no help', saying(FACT), 'line of help is not'],
  ['other help', saying(`${FACT}  hint: go\\n`), 'line of help is not'],
  ['a third line', saying(`${FACT}${HELP}    at undo.ts\\n`), 'line of help is not'],
])('no refusal: %s', async ([, command = '', message = ''], context) => {
  const box = await open(context);
  await expect(expect(box).toRefuse(command, refusal)).rejects.toThrow(message);
});

test('no refusal: a cgroup is left', async (context) => {
  const box = await open(context);
  const group = `${cgroupMounts().at(-1)?.point}/terrarium-${name}`;
  mkdirSync(group);
  try {
    const left = expect(box).toRefuse(saying(`${FACT}${HELP}`), refusal);
    await expect(left).rejects.toThrow(`left of it is not nothing: ${group}`);
  } finally {
    rmdirSync(group);
  }
});
