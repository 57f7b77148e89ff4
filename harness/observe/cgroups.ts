// Control groups by name, wherever in the trees they stand: cgroups(7).
import { type Dirent, readdirSync } from 'node:fs';
import { mountsOf } from './mounts.ts';

/** Paths of the groups of every mounted hierarchy whose last part is one of these names. */
export function cgroupsNamed(...names: readonly string[]): string[] {
  const mounts = mountsOf('self').filter(({ type }) => /^cgroup2?$/.test(type));
  return mounts.flatMap(({ point }) => below(point, names));
}

function below(group: string, names: readonly string[]): string[] {
  return subdirectories(group).flatMap((name) => {
    const path = `${group}/${name}`;
    return [...(names.includes(name) ? [path] : []), ...below(path, names)];
  });
}

/** None of a group that goes while it is looked at. */
function subdirectories(group: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(group, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}
