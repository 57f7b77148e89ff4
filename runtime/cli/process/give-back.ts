// Under sudo the checkout belongs to another user, who must be able to delete what a command of
// root leaves in it: compiled sources.
import { lchownSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { join } from 'node:path';

/** The checkout's own; elsewhere nothing changes its owner. */
const CACHE = join(import.meta.dirname, '../../../build/cache');

/**
 * When this process ends, the checkout's cache gets the owner that SUDO_UID and SUDO_GID name.
 * Failures do not count.
 */
export function giveBackAtExit({
  SUDO_UID,
  SUDO_GID,
}: Readonly<Record<string, string | undefined>>): void {
  const [uid, gid] = [Number(SUDO_UID), Number(SUDO_GID)];
  if (!Number.isSafeInteger(uid) || !Number.isSafeInteger(gid) || uid <= 0 || gid < 0) return;
  process.on('exit', () => {
    try {
      // Node would write it after this.
      flushCompileCache();
      const used = getCompileCacheDir();
      if (used !== undefined && realpathSync(join(used, '..')) === CACHE) giveBack(CACHE, uid, gid);
    } catch {
      // The next set-up gives back what is left.
    }
  });
}

function giveBack(path: string, uid: number, gid: number): void {
  const found = lstatSync(path);
  if (found.isDirectory())
    for (const name of readdirSync(path)) giveBack(join(path, name), uid, gid);
  if (found.uid !== uid || found.gid !== gid) lchownSync(path, uid, gid);
}
