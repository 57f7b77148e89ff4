// In a worker thread Node watches over descriptors, and warns of those that are closed behind its
// back: the runtime's pipes give it no cause. And a worker may be terminated at any moment.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
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

const STARTS = `
import { parentPort, workerData } from 'node:worker_threads';
import { run } from '${ENTRY}';
const { id: _, stdio: __, ...options } = workerData;
const one = () => run({ ...options, command: ['true'], stdio: 'ignore' });
await one();
parentPort.postMessage('started');
for (;;) await Promise.all([one(), one(), one()]);
`;

/** Terminates workers while events of the core are on their way to them. */
const TERMINATES = `
import { Worker } from 'node:worker_threads';
for (let round = 0; round < ${process.env.CI === 'true' ? 12 : 6}; round++) {
  const worker = new Worker(process.env.STARTS, {
    eval: true, workerData: JSON.parse(process.env.OPTIONS),
  });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await new Promise((resolve) => setTimeout(resolve, round % 10));
  await worker.terminate();
}
console.log('alive');
`;
const TERRARIUM = join(import.meta.dirname, '../../bin/terrarium');

test.skipIf(hostFacts().euid !== 0)(
  'a program outlives workers terminated in the middle of starts (needs root)',
  async () => {
    const state = mkdtempSync(join(tmpdir(), 'terrarium-worker-'));
    onTestFinished(() => rmSync(state, { recursive: true, force: true }));
    const options = { ...example(), network: 'none' };
    const about = { STARTS, TERRARIUM_STATE: state, OPTIONS: JSON.stringify(options) };
    const env = { ...process.env, ...about };
    const command = ['--input-type=module', '--eval', TERMINATES];
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    expect(stdout).toBe('alive\n');
    // What the workers left belongs to the program; now that it has ended, anyone may remove it.
    await promisify(execFile)(TERRARIUM, ['gc'], { env });
    expect(readdirSync(state).filter((name) => !name.startsWith('.'))).toEqual([]);
  },
);
