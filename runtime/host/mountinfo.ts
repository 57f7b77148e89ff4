// /proc/self/mountinfo as data: proc_pid_mountinfo(5).
import { decodeBytes, encodeBytes } from '../bytes.ts';

export interface MountEntry {
  readonly id: number;
  readonly parentId: number;
  /** The directory of the file system that is mounted: `/` unless it is a bind of something below. */
  readonly root: string;
  readonly mountPoint: string;
  readonly options: readonly string[];
  readonly fstype: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Parses the text of /proc/<pid>/mountinfo; lines that are not of its form are left out. Pure. */
export function parseMountInfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): MountEntry | undefined {
  // `-` ends a variable number of optional fields; a mount point cannot hold it because its spaces are escaped.
  const separator = line.indexOf(' - ');
  if (separator < 0) return undefined;
  const [id, parentId, , root, mountPoint, options] = line.slice(0, separator).split(' ');
  const [fstype, source, superOptions] = line.slice(separator + 3).split(' ');
  if (
    !id ||
    !parentId ||
    !root ||
    !mountPoint ||
    options === undefined ||
    !fstype ||
    source === undefined
  )
    return undefined;
  return {
    id: Number(id),
    parentId: Number(parentId),
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options: options.split(','),
    fstype,
    source: unescapeOctal(source),
    superOptions: (superOptions ?? '').split(','),
  };
}

/**
 * The kernel writes space, tab, newline, backslash and `#` of a path as `\040` and the like (mangle_path in fs/seq_file.c). Each stands for
 * a byte: two may be one character.
 */
export function unescapeOctal(field: string): string {
  if (!field.includes('\\')) return field;
  const text = field.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => {
    const byte = Number.parseInt(digits, 8);
    return String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
  });
  return text.isWellFormed() ? text : decodeBytes(encodeBytes(text));
}

/**
 * Whether a path walk to the mount point of `entry` ends at this mount: nothing is stacked on it, and nothing is mounted
 * over a directory on the way. Ids are reused, so the order of lines says nothing about which mount came last.
 */
export function isReachable(entry: MountEntry, all: readonly MountEntry[]): boolean {
  const byId = new Map(all.map((m) => [m.id, m]));
  let above: MountEntry | undefined;
  let mount: MountEntry | undefined = entry;
  while (mount) {
    const { id, parentId, mountPoint }: MountEntry = mount;
    const cameFrom = above?.id;
    const hidden = all.some((other) => {
      if (other.id === id || other.id === cameFrom) return false;
      if (other.parentId === id) return other.mountPoint === mountPoint;
      return other.parentId === parentId && mountPoint.startsWith(`${other.mountPoint}/`);
    });
    if (hidden) return false;
    above = mount;
    mount = parentId === id ? undefined : byId.get(parentId);
  }
  return true;
}
