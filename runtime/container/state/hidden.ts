// Cgroup hierarchies that no mount of this process shows: mounted for it alone, when
// they are needed.
import { existsSync } from 'node:fs';
import { CONTROLLERS } from '../../cgroups/controllers/index.ts';
import { cgroupLayout, NOT_MOUNTED } from '../../host/cgroup-layout.ts';
import type { HostFacts } from '../../host/facts.ts';
import { textIfReadable } from '../../host/files.ts';
import type { MountEntry } from '../../host/mountinfo.ts';
import { mountHierarchy } from '../../native/addon.ts';

/** What is limited, counted or ended by; a v1 hierarchy with none of them is of no use here. */
const USED: readonly string[] = CONTROLLERS.flatMap(({ hierarchies }) => hierarchies);

interface Hidden {
  readonly controllers: readonly string[];
  /** Good for this process and for those that it makes, as long as it lives. */
  readonly root: string;
}

let known: readonly Hidden[] | undefined;

/** Their roots; none where the kernel refuses (CAP_SYS_ADMIN is needed). */
export function hiddenRoots(): readonly string[] {
  return hidden().map(({ root }) => root);
}

/** Facts of a host whose cgroups are only hidden. */
export function withHidden(facts: HostFacts): HostFacts {
  const { cgroup } = facts;
  if (cgroup.mode !== 'none' || cgroup.reason !== NOT_MOUNTED || facts.euid !== 0) return facts;
  const found = cgroupLayout(hidden().map(asMount), { read: textIfReadable, exists: existsSync });
  return found.mode === 'none' ? facts : { ...facts, cgroup: found };
}

/**
 * /proc/self/cgroup has a line for each hierarchy: cgroups(7). One with other controllers than
 * asked for is never made.
 */
function hidden(): readonly Hidden[] {
  known ??= (textIfReadable('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [number, list = ''] = line.split(':');
    const controllers = list.split(',').filter(Boolean);
    const useful = number === '0' || controllers.some((name) => USED.includes(name));
    return useful && number !== '' ? mounted(controllers) : [];
  });
  return known;
}

function mounted(controllers: readonly string[]): Hidden[] {
  try {
    const fd = mountHierarchy(controllers.length === 0 ? 'cgroup2' : 'cgroup', controllers);
    return [{ controllers, root: `/proc/${process.pid}/fd/${fd}` }];
  } catch (error) {
    // Not ours to mount, or not there any more.
    if (error instanceof Error && 'errno' in error) return [];
    throw error;
  }
}

function asMount({ controllers, root }: Hidden, index: number): MountEntry {
  return {
    id: index + 1,
    parentId: 0,
    root: '/',
    mountPoint: root,
    options: ['rw'],
    fstype: controllers.length === 0 ? 'cgroup2' : 'cgroup',
    source: 'none',
    superOptions: ['rw', ...controllers],
  };
}
