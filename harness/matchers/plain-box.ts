// A shell without a container, for tests of matchers: each lacks something that a matcher must
// detect.
import { join } from 'node:path';
import { onTestFinished, type RunnerTestCase } from 'vitest';
import { Recorder } from '../evidence/recorder.ts';
import { Probes } from '../observe/probes.ts';
import { firstInside } from '../observe/process.ts';
import { Box } from '../shell/box.ts';
import { hangUp } from '../shell/hang-up.ts';

const programs = join(import.meta.dirname, '../../build/workloads');

/**
 * `sh` started by `command` (unshare, chroot …), at its prompt; ends with the test. It lies by
 * aliases: `{ hostname: 'echo web1' }`.
 */
export async function plainBox(
  task: RunnerTestCase,
  command: readonly string[] = [],
  lies: Readonly<Record<string, string>> = {},
): Promise<Box> {
  const box = new Box({
    title: 'sh',
    commandLine: [...command, 'sh'],
    prompt: /(^|\n)plain# $/,
    env: { PS1: 'plain# ', PATH: `${process.env.PATH}:${programs}` },
    name: 'plain',
    hostname: 'plain',
    rootfs: '/',
    probes: new Probes({ directory: programs }),
    role: 'subject',
    description: 'a plain shell',
    recorder: new Recorder(task, 'NONE-01'),
  });
  onTestFinished(async () => {
    await box.close();
    hangUp(box.pid);
  });
  await box.ready();
  for (const [name, lie] of Object.entries(lies)) await box.type(`alias ${name}='${lie}'`);
  return box.found(firstInside(box.pid) ?? box.pid);
}
