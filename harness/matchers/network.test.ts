// Who serves and who answers is judged by sockets and greetings, not by what a server claims.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import './index.ts';
import { plainBox } from './plain-box.ts';

const alone = ['unshare', '--net', 'sh', '-c', 'ip link set lo up; exec sh'];

test('a server on the loopback is reachable only there', async ({ task }) => {
  const box = await plainBox(task, alone);
  await expect(box).toServe(7000);
  await expect(expect(box).toServe(7000)).rejects.toThrow('bind: EADDRINUSE');
  await expect(box).toReach('127.0.0.1', 7000, { greeter: hostname(), from: '127.0.0.1' });
  const wrong = expect(box).toReach('127.0.0.1', 7000, { greeter: 'box' });
  await expect(wrong).rejects.toThrow(`not box: how do you do: ${hostname()}: how do you do`);
  const elsewhere = { greeter: hostname(), from: '127.0.0.2' };
  const from = expect(box).toReach('127.0.0.1', 7000, elsewhere);
  await expect(from).rejects.toThrow(
    'the client’s address, by itself and by the server is not at 127.0.0.2',
  );
  await expect(expect(box).toReachNone('127.0.0.1', 7000)).rejects.toThrow('who answers');
  await expect(await plainBox(task, alone)).toReachNone('127.0.0.1', 7000);
});

test('a server that only says that it listens', async ({ task }) => {
  const lying = await plainBox(task, alone, { 'echo-server': 'echo listening on 0.0.0.0:1 #' });
  await expect(expect(lying).toServe(7000)).rejects.toThrow('no listening socket');
});

test('a namespace without a pair, and a pair without an address', async ({ task }) => {
  const box = await plainBox(task, alone);
  await expect(expect(box).toBeJoinedByVeth()).rejects.toThrow(
    'no veth pair connects the container to the parent namespace',
  );
  const name = `m${randomBytes(4).toString('hex')}`;
  const netns = `netns /proc/${process.pid}/ns/net`;
  await box.type(`ip link add inner type veth peer name ${name} ${netns}`);
  await expect(expect(box).toBeJoinedByVeth()).rejects.toThrow('not at inner and m');
});
