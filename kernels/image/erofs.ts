// Read-only images, each made from a staged directory and kept until what it is made of changes.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What lies beside an image while it is made; the stage is the directory that becomes it. */
export function unfinished(image: string): { readonly stage: string; readonly part: string } {
  return { stage: `${image}.stage`, part: `${image}.part` };
}

/**
 * Returns `image`. It is made again when it is not of these `inputs` (a hash): `fill` makes the
 * stage and what is in it.
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
