// Namespaces made before any container, as a person makes them at a shell: with ip netns and
// unshare, each kept by a file.
import { accessSync, constants, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { mountsOf } from '../../harness/observe/mounts.ts';
import { eventually, firstsInside, Host } from '../../harness/observe/process.ts';
import type { Shell } from '../../harness/shell/shell.ts';
import type { RequirementContext } from '../../harness/spec/context.ts';

type Test = Pick<RequirementContext, 'onCleanup'>;

/** Path of a program of the host: the shell's own applets of these names know less. */
export function hostProgram(name: string): string | undefined {
  return (process.env.PATH ?? '').split(delimiter).flatMap((directory) => {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return [path];
    } catch {
      return [];
    }
  })[0];
}

/**
 * A directory that goes, with all that is mounted in it, after the test. Namespaces in use live on
 * without their files. Ask for it before the shell that mounts there.
 */
export function makePlace({ onCleanup }: Test): string {
  const place = mkdtempSync(join(tmpdir(), 'ns-'));
  onCleanup(async () => {
    const last = () =>
      mountsOf('self').findLast(({ point }) => point === place || point.startsWith(`${place}/`));
    // The last made first, and looked up anew each time: with one mount go those that it was
    // propagated to.
    for (let mounted = last(); mounted !== undefined; mounted = last())
      await execa('umount', [mounted.point]);
    rmdirSync(place);
  });
  return place;
}

/**
 * Deletes, after the test, what `ip netns add NAME` is about to make: call it before that. The
 * first one ever makes /run/netns a mount, which ip(8) never takes back: it goes as well, unless
 * others have begun to use it.
 */
export function deleteNetworkAfter({ onCleanup }: Test, ip: string, name: string): void {
  const first = !mountsOf('self').some(({ point }) => point === '/run/netns');
  onCleanup(async () => {
    await execa(ip, ['netns', 'delete', name]);
    if (first) await execa('umount', ['/run/netns'], { reject: false });
  });
}

/**
 * A network namespace by `ip netns add`, or by unshare where there is no ip(8). `$P` is `place` in
 * the shell. Answers its file.
 */
export async function makeNetwork(
  { onCleanup }: Test,
  shell: Shell,
  place: string,
): Promise<string> {
  const ip = hostProgram('ip');
  if (ip === undefined) {
    await shell.type('touch $P/net && unshare --net=$P/net true');
    return join(place, 'net');
  }
  const name = place.slice(place.lastIndexOf('/') + 1);
  deleteNetworkAfter({ onCleanup }, ip, name);
  await shell.type(`${ip} netns add ${name}`);
  return `/run/netns/${name}`;
}

/**
 * A mount namespace, by unshare. Answers its file. A kernel refuses (EINVAL: a loop) to bind one
 * with a lower number than the caller's, and Linux 6.18 gives numbers out by processor: so each
 * processor is tried.
 */
export async function makeMount(shell: Shell, place: string): Promise<string> {
  const file = join(place, 'mnt');
  const attempts = 'for c in $(seq 0 $(($(nproc) - 1))); do taskset -c $c';
  const said = await shell.type(
    `touch $P/mnt; ${attempts} unshare --mount=$P/mnt true && break; done`,
  );
  if (!mountsOf('self').some(({ point, type }) => type === 'nsfs' && point === file))
    throw new Error(`no mount namespace was made: ${said}`);
  return file;
}

/**
 * A PID namespace lives as long as its process 1: `sleep`, which ends with the test. Answers its
 * file.
 */
export async function makePid({ onCleanup }: Test, shell: Shell, place: string): Promise<string> {
  const file = join(place, 'pid');
  await shell.type(
    `touch $P/pid; ${hostProgram('unshare')} --pid=$P/pid --fork --kill-child sleep 60 &`,
  );
  const holder = Number(await shell.type('echo $!'));
  onCleanup(() => process.kill(holder, 'SIGKILL'));
  await eventually('the PID namespace has its file', () =>
    mountsOf('self').some(({ point, type }) => type === 'nsfs' && point === file),
  );
  // It is unshare's child before, and unshare itself by its name.
  await eventually('its process 1 sleeps', () => {
    const [first] = firstsInside(holder);
    return first !== undefined && new Host(first).programs()[0]?.command === 'sleep 60';
  });
  return file;
}
