// Traces of a container found by its name, after its processes have exited.
import { cgroupsNamed } from '../../harness/observe/cgroups.ts';
import { mountsOf } from '../../harness/observe/mounts.ts';
import { terrariumSubject } from './subject.ts';

/** Everything that Terrarium keeps, by kind; its cgroups; mounts with its name. */
export function keptOf(name: string): Record<string, readonly string[]> {
  return {
    ...terrariumSubject.keeps?.(name),
    cgroup: cgroupsNamed(`terrarium-${name}`, `terrarium-${name}.scope`),
    mount: mountsOf('self')
      .filter((mount) =>
        [mount.point, mount.root, mount.source].some((text) => text.includes(name)),
      )
      .map(({ point }) => point),
  };
}

/** Kind and thing of each. */
export function tracesOf(name: string): string[] {
  return Object.entries(keptOf(name)).flatMap(([kind, things]) =>
    things.map((thing) => `${kind} ${thing}`),
  );
}
