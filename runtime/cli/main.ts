// The entry of the `terrarium` command. Everything else is imported after the compile cache is on,
// and only when it is needed.
import { writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Nothing else prints what is thrown outside of a command: Node would show a stack. */
async function lastWords(error: unknown): Promise<never> {
  try {
    const [{ processIo }, { printError }] = await Promise.all([
      import('./process/io.ts'),
      import('./text/print-error.ts'),
    ]);
    await printError(error, processIo());
  } catch {
    // Not even that can be loaded: most likely for want of descriptors.
    const what = error instanceof Error ? error.message : String(error);
    try {
      writeSync(2, `terrarium: ${what}\n`);
    } catch {
      // Then only the status says so.
    }
  }
  process.exit(125);
}

process.on('uncaughtException', lastWords);

// The default directory is below /tmp, where another user could have prepared something for root.
if (!process.env.NODE_COMPILE_CACHE)
  enableCompileCache(join(import.meta.dirname, '../../build/cache'));
if (process.env.SUDO_UID) (await import('./process/give-back.ts')).giveBackAtExit(process.env);

// The first import of node:process (the parser's) reads every property that can be enumerated, and
// reading these makes a pipe non-blocking for all who share it: the container's programs would
// fail with EAGAIN.
for (const stream of ['stdin', 'stdout', 'stderr'])
  Object.defineProperty(process, stream, { enumerable: false });

try {
  const [{ takeOpenFiles }, { ignoreAsCallerDoes }, { ownArguments }, { processIo }, { run }] =
    await Promise.all([
      import('../container/create/open-files.ts'),
      import('./process/caller.ts'),
      import('../host/process/invocation.ts'),
      import('./process/io.ts'),
      import('./program.ts'),
    ]);
  takeOpenFiles(process.env);
  ignoreAsCallerDoes(process.env);
  await run(ownArguments(process.argv.slice(2)), processIo());
} catch (error) {
  await lastWords(error);
}
