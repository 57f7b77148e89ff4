// Read-only images, built from a staged directory and cached until their inputs change.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Temporary paths beside an image while it is built: the staged directory and the partial file. */
export function unfinished(image: string): { readonly stage: string; readonly part: string } {
  return { stage: `${image}.stage`, part: `${image}.part` };
}

/**
 * Returns `image`, rebuilt if its inputs (a hash) have changed: `fill` creates and fills the staged
 * directory.
 */
export async function erofsImage(
  image: string,
  inputs: string,
  fill: (stage: string) => Promise<void>,
): Promise<string> {
  const stamp = `${image}.inputs`;
  if (existsSync(image) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs)
    return image;
  const { stage, part } = unfinished(image);
  rmSync(stage, { recursive: true, force: true });
  await fill(stage);
  rmSync(stamp, { force: true });
  await run('mkfs.erofs', ['-T0', '--quiet', part, stage]);
  renameSync(part, image);
  writeFileSync(stamp, inputs);
  rmSync(stage, { recursive: true });
  return image;
}
