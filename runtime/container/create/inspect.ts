// What a configuration names on this host, looked at before anything is made.
import { readdirSync, type Stats, statSync } from 'node:fs';
import { pathOf } from '../../base/bytes.ts';
import { ConfigError, messageOf } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { placeOf } from '../../host/process/world.ts';
import { exhaustedResource } from '../../native/exhausted.ts';
import { fromSources } from '../../native/parts.ts';

const HOW_TO_HAVE_ONE = fromSources
  ? 'npm run rootfs builds one in fixtures/rootfs/out/default'
  : 'debootstrap makes one, and `docker export` unpacks one';

/** @throws ConfigError when it is no directory with something in it. */
export function requireRootfs(path: string): void {
  const wrong = (problem: string, hint: string) =>
    new ConfigError([{ path: 'rootfs', value: path, problem, hint }]);
  let found: Stats | undefined;
  try {
    found = statSync(pathOf(path), { throwIfNoEntry: false });
  } catch (error) {
    throw (
      exhaustedResource(error) ??
      wrong(messageOf(error), 'give the directory of a root file system')
    );
  }
  if (!found) throw wrong('does not exist', HOW_TO_HAVE_ONE);
  if (!found.isDirectory())
    throw wrong('is not a directory', 'unpack it first: give the directory that holds bin, etc, …');
  // Each subdirectory is a link to it, except where the file system does not count.
  if (found.nlink <= 2 && readdirSync(pathOf(path)).length === 0)
    throw wrong('is empty', `it needs at least the program to run: ${HOW_TO_HAVE_ONE}`);
}

/**
 * Joining a mount namespace exchanges its root, joining a UTS namespace renames it: neither may be
 * the one that this host's programs live in.
 *
 * @throws ConfigError
 */
export function refuseHostsOwn({ namespaces, hostname }: Config, hostsName: string): void {
  const joinsOwn = (type: 'mount' | 'uts', file: 'mnt' | 'uts') => {
    const path = namespaces.find((namespace) => namespace.type === type)?.path;
    if (path === undefined) return undefined;
    const place = placeOf(path);
    const own = ['self', '1'].map((pid) => placeOf(`/proc/${pid}/ns/${file}`));
    // What cannot be looked at: joining it will say why.
    return place !== '' && own.includes(place) ? path : undefined;
  };
  const mount = joinsOwn('mount', 'mnt');
  const uts = hostname === hostsName ? undefined : joinsOwn('uts', 'uts');
  const wrong = (path: string, value: string, problem: string, option: string) => ({
    ...{ path, value: `ns:${value}`, problem },
    hint: `make one beforehand with \`unshare ${option}=FILE\`, on a private mount point; or leave the option out`,
  });
  const problems = [
    ...(mount === undefined
      ? []
      : [
          wrong(
            'mountNs',
            mount,
            "is the host's own mount namespace, whose root would be exchanged",
            '--mount',
          ),
        ]),
    ...(uts === undefined
      ? []
      : [wrong('uts', uts, "is the host's own UTS namespace: the host would be renamed", '--uts')]),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
}
