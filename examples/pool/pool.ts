// Runs each line of standard input as a command in a prepared container: four at a time, with the
// answers in the order of the lines.
// usage (as root): node pool.ts [ROOTFS]
//   printf 'echo one\nexit 3\n' | sudo node pool.ts ./rootfs

import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createPool, RunError } from 'terrarium';

const SIZE = 4;
const [root = '/srv/rootfs'] = process.argv.slice(2);
const rootfs = resolve(root);

await using pool = await createPool({
  size: SIZE,
  rootfs,
  hostname: 'pool',
  network: 'none',
  readOnly: true,
  memory: '64m',
  stdio: 'pipe',
});

/** The output of a line, and its duration. */
async function answerTo(line: string): Promise<string> {
  const before = performance.now();
  const took = () => `${(performance.now() - before).toFixed(1)} ms`;
  try {
    const { stdout, exitCode } = await pool.run({ command: ['sh', '-c', line], timeout: 1000 });
    return `${exitCode} ${JSON.stringify(stdout)} ${took()}`;
  } catch (error) {
    if (error instanceof RunError) return `${error.code} ${JSON.stringify(error.stdout)} ${took()}`;
    throw error;
  }
}

const waiting: Promise<string>[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  waiting.push(answerTo(line));
  if (waiting.length === SIZE) console.log(await waiting.shift());
}
for (const answer of waiting) console.log(await answer);
