// The entry of the `terrarium` command. Everything else is imported after the compile cache is on, and only when it is needed.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { takeOpenFiles } from '../container/open-files.ts';

// The default directory is below /tmp, where another user could have prepared something for root.
if (!process.env.NODE_COMPILE_CACHE)
  enableCompileCache(join(import.meta.dirname, '../../build/cache'));

// The first import of node:process (the parser's) reads every property that can be enumerated, and reading these makes a pipe
// non-blocking for everybody who has it: the container's programs would fail with EAGAIN.
for (const stream of ['stdin', 'stdout', 'stderr'])
  Object.defineProperty(process, stream, { enumerable: false });

takeOpenFiles(process.env);

const [{ ownArguments }, { processIo }, { run }] = await Promise.all([
  import('../host/invocation.ts'),
  import('./io.ts'),
  import('./program.ts'),
]);
await run(ownArguments(process.argv.slice(2)), processIo());
