// Facts about a container from the kernel, read from outside: the probe enters its namespaces by
// setns(2), and neither runs programs nor reads files of the container.
import { statSync } from 'node:fs';
import { execa } from 'execa';

export interface Within {
  /** Of the UTS namespace. */
  readonly hostname: string;
  /**
   * Device and inode of the root of the mount namespace, which differs from the root of a process
   * behind chroot(2).
   */
  readonly root: string;
  /** Paths of the cgroups of `pid` in its cgroup namespace; each once. */
  readonly cgroups: readonly string[];
}

/**
 * @param probe Host path of the program `look-in`.
 * @throws Error with the probe's message: no such process, or not root.
 */
export async function lookIn(pid: number, probe: string): Promise<Within> {
  const { stdout } = await execa(probe, [String(pid)]);
  const said = (word: string) =>
    stdout
      .split('\n')
      .flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const [hostname, root] = [said('hostname')[0], said('root')[0]];
  if (hostname === undefined || root === undefined) throw new Error(`not from look-in: ${stdout}`);
  const cgroups = said('cgroup').map((line) => line.replace(/^\d+:[^:]*:/, ''));
  return { hostname, root, cgroups: [...new Set(cgroups)] };
}

/** Device and inode of a directory: `65024:2`. */
export function fileIdentity(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}
