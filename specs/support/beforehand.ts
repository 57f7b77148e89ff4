// Namespaces prepared at a shell by ip netns and unshare, each kept by a file. Programs of the host
// go by their paths: the shell's applets of the same name lack options.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findProgram } from '../../harness/observe/find-program.ts';
import { mountsOf } from '../../harness/observe/mounts.ts';
import { eventually, firstsInside, Host } from '../../harness/observe/process.ts';
import type { Shell } from '../../harness/shell/shell.ts';
import type { RequirementContext } from '../../harness/spec/context.ts';

type Test = Pick<RequirementContext, 'onCleanup'>;

/**
 * A directory that is removed after the test with its mounts. Namespaces in use survive without
 * their files. Call it before opening the shell that mounts there.
 */
export function makePlace({ onCleanup }: Test): string {
  const place = mkdtempSync(join(tmpdir(), 'ns-'));
  onCleanup(async () => {
    const last = () =>
      mountsOf('self').findLast(({ point }) => point === place || point.startsWith(`${place}/`));
    // The latest first, and listed again each time: unmounting one also unmounts its propagated
    // copies.
    for (let mounted = last(); mounted !== undefined; mounted = last())
      await execa('umount', [mounted.point]);
    rmdirSync(place);
  });
  return place;
}

/**
 * Deletes the namespace of `ip netns add NAME` after the test: call it before that. The first use
 * makes /run/netns a mount, which ip(8) never removes: it is removed as well, unless others use it.
 */
export function deleteNetworkAfter({ onCleanup }: Test, ip: string, name: string): void {
  const first = !mountsOf('self').some(({ point }) => point === '/run/netns');
  onCleanup(async () => {
    await execa(ip, ['netns', 'delete', name]);
    if (first) await execa('umount', ['/run/netns'], { reject: false });
  });
}

/**
 * A network namespace by `ip netns add`, or by unshare without ip(8). `$P` is `place` in the shell.
 * Returns its file.
 */
export async function makeNetwork(
  { onCleanup }: Test,
  shell: Shell,
  place: string,
): Promise<string> {
  const ip = findProgram('ip');
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
 * A mount namespace, by unshare. Returns its file. The kernel refuses (EINVAL: a loop) to bind one
 * with a lower number than the caller's, and Linux 6.18 allocates numbers by processor, so each
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

/** A PID namespace, kept by its process 1: a `sleep` that ends with the test. Returns its file. */
export async function makePid({ onCleanup }: Test, shell: Shell, place: string): Promise<string> {
  const file = join(place, 'pid');
  await shell.type(
    `touch $P/pid; ${findProgram('unshare')} --pid=$P/pid --fork --kill-child sleep 60 &`,
  );
  const holder = Number(await shell.type('echo $!'));
  onCleanup(() => process.kill(holder, 'SIGKILL'));
  await eventually('the PID namespace has its file', () =>
    mountsOf('self').some(({ point, type }) => type === 'nsfs' && point === file),
  );
  // Until then it is unshare's child, still named unshare.
  await eventually('its process 1 sleeps', () => {
    const [first] = firstsInside(holder);
    return first !== undefined && new Host(first).programs()[0]?.command === 'sleep 60';
  });
  return file;
}
