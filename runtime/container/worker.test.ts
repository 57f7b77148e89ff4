// In a worker thread Node watches over descriptors, and warns of those that are closed behind its
// back: the runtime's pipes give it no cause.
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { hostFacts } from './create/prepare.ts';
import { example } from './example-container.ts';

const ENTRY = join(import.meta.dirname, '../index.ts');

const SOURCE = `
import { parentPort, workerData } from 'node:worker_threads';
import { createContainer, run } from '${ENTRY}';
const said = [];
process.on('warning', ({ message }) => said.push(message));
const { id: _, stdio: __, ...options } = workerData;
const command = (...words) => ({ ...options, command: words });
said.push((await run({ ...command('cat'), stdio: 'pipe', input: 'one' })).stdout);
const late = { ...command('sleep', '600'), stdio: ['ignore', 'pipe', 'inherit'], timeout: 50 };
await run(late).catch(({ code }) => said.push(code));
await run({ ...command('no-such-command'), stdio: 'pipe' }).catch(({ name }) => said.push(name));
const box = await createContainer({ ...command('sleep', '600'), stdio: 'pipe' });
const cat = await box.exec({ command: ['cat'], stdio: 'pipe' });
cat.stdin.end('two');
for await (const chunk of cat.stdout) said.push(String(chunk));
await cat.wait();
await box.delete({ force: true });
setTimeout(() => parentPort.postMessage(said), 20);
`;

test.skipIf(hostFacts().euid !== 0)('a worker thread is not warned (needs root)', async () => {
  const worker = new Worker(SOURCE, { eval: true, workerData: example() });
  const ended = once(worker, 'exit');
  const [said] = await once(worker, 'message');
  expect(said).toEqual(['one', 'ETIMEDOUT', 'KernelOpError', 'two']);
  expect(await ended).toEqual([0]);
});
