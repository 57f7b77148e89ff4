// Ctrl-C, a terminal that closes, kill(1): no guest stays, and no file that was being made.
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endPrograms } from '../exec/run-here.ts';
import { PATHS } from '../fetch/paths.ts';
import { endGuests } from '../guest/run.ts';
import { unfinished } from '../image/erofs.ts';

/**
 * From now on a signal ends every guest of this process, removes what is half made, says so with
 * `say`, and exits with 130. What is whole stays: downloaded packages, unpacked kernels,
 * images, columns that were finished.
 */
export function endOnSignals(say: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      endPrograms();
      const begun = endGuests();
      // The programs that write there got the signal as well, from the terminal, and may need a
      // moment.
      for (const path of [...begun, ...halfMade()])
        rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      say();
      process.exit(130);
    });
  }
}

/** A kernel that was being unpacked has no mark of completeness: the next run unpacks it anew. */
function halfMade(): string[] {
  const downloads = globSync(`*/packages/*.${process.pid}`, { cwd: PATHS.apt }).map((path) =>
    join(PATHS.apt, path),
  );
  const images = [PATHS.image, PATHS.debian].flatMap((image) => Object.values(unfinished(image)));
  return [...images, ...downloads];
}
