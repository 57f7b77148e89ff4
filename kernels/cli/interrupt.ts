// On Ctrl-C, SIGTERM and SIGHUP: ends the guests and removes unfinished files.
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endPrograms } from '../exec/run-here.ts';
import { PATHS } from '../fetch/paths.ts';
import { endGuests } from '../guest/run.ts';
import { unfinished } from '../image/erofs.ts';

/**
 * From now on a signal ends every guest of this process, removes unfinished files, calls `say` and
 * exits with 130. Downloaded packages, unpacked kernels, images and finished columns stay.
 */
export function endOnSignals(say: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      endPrograms();
      const begun = endGuests();
      // The programs that write there get the terminal's signal too, and may need a moment to end.
      for (const path of [...begun, ...halfMade()])
        rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      say();
      process.exit(130);
    });
  }
}

/** A kernel being unpacked has no `complete` file yet: the next run unpacks it again. */
function halfMade(): string[] {
  const downloads = globSync(`*/packages/*.${process.pid}`, { cwd: PATHS.apt }).map((path) =>
    join(PATHS.apt, path),
  );
  const images = [PATHS.image, PATHS.debian, PATHS.arm64];
  return [...images.flatMap((image) => Object.values(unfinished(image))), ...downloads];
}
