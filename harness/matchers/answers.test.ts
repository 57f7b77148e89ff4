// Matchers of answers fail where the answer is another: looked at on a plain shell of this machine.
import { expect, test } from 'vitest';
import './index.ts';
import { plainBox } from './plain-box.ts';

test('a matcher fails if output or exit code differ', async ({ task }) => {
  const box = await plainBox(task);
  await expect(box).toPrint('echo a', 'a');
  await expect(expect(box).toPrint('echo b', 'a')).rejects.toThrow('echo b is not a: b');
  await expect(box).toExitWith('sh -c "echo c; exit 3"', 3, { printing: 'c' });
  const wrong = expect(box).toExitWith('sh -c "exit 3"', 4);
  await expect(wrong).rejects.toThrow('exit code of sh -c "exit 3" is not 4: 3');
  const silent = expect(box).toExitWith('true', 0, { printing: 'c' });
  await expect(silent).rejects.toThrow('output of true is not c');
  const both = expect(box).toAnswer('a side', () => ({ inside: 1, host: 2 }), 1);
  await expect(both).rejects.toThrow('1, seen from the host: 2');
  const first = box.type('echo d');
  await expect(box.type('echo e')).rejects.toThrow("typed before 'echo d' was answered");
  expect(await first).toBe('d');
});
