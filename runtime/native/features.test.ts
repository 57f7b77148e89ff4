// The probe leaves nothing behind, whatever this kernel has. Starts test the answers: a plan with a
// feature that the kernel lacks fails.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelFeatures } from './addon.ts';

const children = () =>
  readdirSync('/proc/self/task').map((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8'),
  );
const descriptors = () => readdirSync('/proc/self/fd').length;

describe('what the kernel has of what newer ones offer', () => {
  it('is the same each time, and asking for it makes no process and no descriptor', () => {
    const before = [kernelFeatures(), children(), descriptors()];
    for (let asked = 0; asked < 100; asked++) expect(kernelFeatures()).toEqual(before[0]);
    expect([kernelFeatures(), children(), descriptors()]).toEqual(before);
  });

  it('comes in the order in which Linux got it', () => {
    const all = ['mount_namespace', 'clone_autokill'];
    expect([0, 1, 2].map((count) => all.slice(0, count))).toContainEqual(kernelFeatures());
  });

  // A filter may end the process for the question: SYSD-06 has one that does.
  it('is not asked below a seccomp filter', () => {
    const asks = `import { kernelFeatures } from '${join(import.meta.dirname, 'addon.ts')}';
      console.log(JSON.stringify(kernelFeatures()));`;
    const command = [process.execPath, '--input-type=module', '--eval', asks];
    const filtered = join(import.meta.dirname, '../../build/workloads/empty-filter');
    const { stdout, stderr } = spawnSync(filtered, command, { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['[]\n', '']);
  });
});
