// A namespace is its own when neither the host nor another shell is in it, by the kernel's word.
import { expect, test } from 'vitest';
import './index.ts';
import { plainBox } from './plain-box.ts';

test('a namespace that is shared with the host, or with another shell', async ({ task }) => {
  const free = await plainBox(task);
  await expect(free).toShareTheHosts('net');
  await expect(expect(free).toBeInItsOwn('net')).rejects.toThrow('net namespace is not its own');
  const own = await plainBox(task, ['unshare', '--net']);
  await expect(own).toBeInItsOwn('net');
  await expect(own).not.toShareTheHosts('net');
  await expect(own).toBeInItsOwn('net', await plainBox(task, ['unshare', '--net']));
  const beside = await plainBox(task, ['nsenter', `--net=/proc/${own.pid}/ns/net`]);
  await expect(expect(own).toBeInItsOwn('net', beside)).rejects.toThrow(
    'net namespace is not its own',
  );
  await expect(expect(own).toBeInItsOwn('net', free)).rejects.toThrow('net namespace of plain');
});

test('a shell that names another namespace than it is in', async ({ task }) => {
  const lying = await plainBox(task, [], { readlink: 'echo net:[4026530000] #' });
  await expect(expect(lying).toBeInItsOwn('net')).rejects.toThrow(
    'the shell prints net:[4026530000], and the host finds it in net:',
  );
  const silent = await plainBox(task, ['unshare', '--net'], { readlink: 'echo no /proc #' });
  await expect(silent).toBeInItsOwn('net');
  const confused = await plainBox(task, ['unshare', '--net'], { readlink: 'echo net:[1] #' });
  await expect(expect(confused).toBeInItsOwn('net')).rejects.toThrow(
    'the shell prints net:[1], and the host finds it in',
  );
});
