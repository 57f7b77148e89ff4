// A small disk of our own: an ext4 file system on a loop device (loop(4)), removed after the test.
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';

export interface LoopDisk {
  /** `/dev/loop3` */
  readonly device: string;
  /** `7:3` */
  readonly numbers: string;
  /** The mount point of its file system. */
  readonly directory: string;
}

const MIB = 2 ** 20;

/** Undefined if the host lacks loop devices, ext4, or the programs for them. */
export async function makeLoopDisk(
  mebibytes: number,
  onCleanup: (undo: () => unknown) => void,
): Promise<LoopDisk | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), 'disk-'));
  const directory = join(scratch, 'mounted');
  const image = join(scratch, 'image');
  mkdirSync(directory);
  writeFileSync(image, '');
  truncateSync(image, mebibytes * MIB);
  const tried = (file: string, ...line: readonly string[]) => execa(file, line, { reject: false });
  let device = '';
  onCleanup(async () => {
    await tried('umount', directory);
    if (device !== '') await tried('losetup', '--detach', device);
    // Only if the file system is no longer mounted there.
    if (statSync(directory).dev === statSync(scratch).dev) rmSync(scratch, { recursive: true });
  });
  const made = await tried('mkfs.ext4', '-q', '-O', '^has_journal', image);
  const looped = made.exitCode === 0 && (await tried('losetup', '--find', '--show', image));
  if (looped === false || looped.exitCode !== 0) return undefined;
  device = looped.stdout.trim();
  if ((await tried('mount', '-t', 'ext4', device, directory)).exitCode !== 0) return undefined;
  const numbers = readFileSync(`/sys/class/block/${basename(device)}/dev`, 'utf8').trim();
  return { device, numbers, directory };
}
