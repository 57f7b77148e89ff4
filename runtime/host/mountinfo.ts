// /proc/self/mountinfo as data: proc_pid_mountinfo(5).
import { decodeBytes, encodeBytes } from '../base/bytes.ts';

export interface MountEntry {
  readonly id: number;
  readonly parentId: number;
  /**
   * The directory of the file system that is mounted: `/` unless it is a bind of something below.
   */
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
  // `-` ends a variable number of optional fields; a mount point cannot hold it because its spaces
  // are escaped.
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
 * The kernel writes space, tab, newline, backslash and `#` of a path as `\040` and the like
 * (mangle_path in fs/seq_file.c). Each stands for a byte: two may be one character.
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
 * The lines of the mounts whose type begins with `fstype`, and of every mount that a path walk to
 * them could meet: those on their mount points and on the directories above. In a table of
 * hundreds these are a few. Pure; `text` is /proc/<pid>/mountinfo, and so is the answer.
 */
export function linesOnTheWay(text: string, fstype: string): string {
  const directories = new Set<string>();
  // The separator: no path can hold it, as spaces are escaped.
  const separator = ` - ${fstype}`;
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + 1)) {
    const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
    for (const directory of upwards(line.split(' ')[4] ?? '/')) directories.add(directory);
  }
  if (directories.size === 0) return '';
  const points = [...directories].map((path) => path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  // Paths may hold what `.`, `\s` and `^` take for ends of lines: only \n and spaces are escaped.
  const fields = `\\d+ \\d+ [^ \\n]+ [^ \\n]+ (?:${points.join('|')}) [^\\n]*`;
  const lines = `\n${text}`.match(new RegExp(`\\n${fields}`, 'g'));
  return lines?.join('').slice(1) ?? '';
}

/** `/a/b`, `/a`, `/` */
function upwards(path: string): string[] {
  const found = ['/'];
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    found.push(path.slice(0, end));
  return found;
}

/**
 * Answers whether a path walk to the mount point of an entry ends at this mount: nothing is
 * stacked on it, and nothing is mounted over a directory on the way. Ids are reused, so the order
 * of lines says nothing about which mount came last. Indexes the table once for all questions.
 */
export function reachability(all: readonly MountEntry[]): (entry: MountEntry) => boolean {
  const byId = new Map(all.map((mount) => [mount.id, mount]));
  const childrenOf = new Map<number, MountEntry[]>();
  for (const mount of all) {
    const siblings = childrenOf.get(mount.parentId);
    if (siblings) siblings.push(mount);
    else childrenOf.set(mount.parentId, [mount]);
  }
  const covered = ({ id, parentId, mountPoint }: MountEntry, cameFrom: number | undefined) => {
    const other = (mount: MountEntry) => mount.id !== id && mount.id !== cameFrom;
    return (
      childrenOf.get(id)?.some((mount) => other(mount) && mount.mountPoint === mountPoint) ||
      (parentId !== id &&
        childrenOf
          .get(parentId)
          ?.some((mount) => other(mount) && mountPoint.startsWith(`${mount.mountPoint}/`)))
    );
  };
  return (entry) => {
    let cameFrom: number | undefined;
    let mount: MountEntry | undefined = entry;
    while (mount) {
      if (covered(mount, cameFrom)) return false;
      const { id, parentId }: MountEntry = mount;
      cameFrom = id;
      mount = parentId === id ? undefined : byId.get(parentId);
    }
    return true;
  };
}
