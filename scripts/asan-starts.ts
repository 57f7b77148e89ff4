// Starts containers with the addon built with AddressSanitizer (npm run native-checks): an error
// ends this process. usage: asan-starts.ts COUNT
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { nativePartsFrom } from '../runtime/native/addon.ts';

const root = join(import.meta.dirname, '..');
const AT_ONCE = 8;

nativePartsFrom(() => ({
  addon: createRequire(import.meta.url)(join(root, 'build/checks/terrarium.node')),
  init: readFileSync(join(root, 'build/terrarium-init')),
}));

const { createContainer, run } = await import('../runtime/index.ts');
const options = {
  rootfs: join(root, 'fixtures/rootfs/out/default'),
  hostname: 'asan',
  stdio: 'ignore',
  memory: '64m',
} as const;

const count = Number(process.argv[2] ?? 300);
let ended = 0;
async function lane(from: number): Promise<void> {
  for (let number = from; number < count; number += AT_ONCE) {
    const { exitCode } = await run({ ...options, command: ['sh', '-c', 'exit 7'] });
    if (exitCode === 7) ended += 1;
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => lane(number)));

// Further paths: refused, entered, with a terminal, detached.
const refused = await run({ ...options, command: ['/nowhere/program'] }).catch(() => 'refused');
await using container = await createContainer({ ...options, terminal: true, command: ['sh'] });
const entered = await container.exec({ command: ['sh', '-c', 'exit 5'], stdio: 'ignore' });
const { exitCode } = await entered.wait();
await using detached = await createContainer({ ...options, detach: true, command: ['true'] });
await detached.wait();

const right = ended === count && refused === 'refused' && exitCode === 5;
console.log(`${ended} of ${count} starts with AddressSanitizer in the addon`);
process.exitCode = right ? 0 : 1;
