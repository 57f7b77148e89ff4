import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  linesOnTheWay,
  type MountEntry,
  parseMountInfo,
  reachability,
  unescapeOctal,
} from './mountinfo.ts';

describe('parseMountInfo', () => {
  it('reads a line without optional fields', () => {
    expect(
      parseMountInfo('35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n'),
    ).toEqual([
      {
        id: 35,
        parentId: 31,
        root: '/',
        mountPoint: '/sys/fs/cgroup/memory',
        options: ['rw', 'relatime'],
        fstype: 'cgroup',
        source: 'cgroup',
        superOptions: ['rw', 'memory'],
      },
    ]);
  });

  it('skips any number of optional fields', () => {
    const [entry] = parseMountInfo(
      '26 25 0:26 / /mnt rw shared:4 master:1 propagate_from:2 - tmpfs tmpfs rw,size=1k',
    );
    expect(entry).toMatchObject({
      mountPoint: '/mnt',
      fstype: 'tmpfs',
      superOptions: ['rw', 'size=1k'],
    });
  });

  it('decodes spaces, tabs, newlines and backslashes in paths', () => {
    const [entry] = parseMountInfo(
      '40 27 8:1 /a\\040b /mnt/c\\011d\\012e\\134f rw - ext4 /dev/disk\\040one rw',
    );
    expect(entry).toMatchObject({
      root: '/a b',
      mountPoint: '/mnt/c\td\ne\\f',
      source: '/dev/disk one',
    });
  });

  it('keeps a dash that is part of a path', () => {
    const [entry] = parseMountInfo('40 27 8:1 / /mnt/a\\040-\\040b rw - ext4 /dev/sda rw');
    expect(entry).toMatchObject({ mountPoint: '/mnt/a - b', fstype: 'ext4' });
  });

  it.each(['', 'nonsense', '1 2 3 4', '40 27 8:1 / /mnt rw', ' - ext4 /dev/sda rw'])(
    'leaves out %j',
    (line) => {
      expect(parseMountInfo(line)).toEqual([]);
    },
  );

  it('unescapes three octal digits and nothing else', () => {
    expect(unescapeOctal('\\0401')).toBe(' 1');
    expect(unescapeOctal('\\04')).toBe('\\04');
    expect(unescapeOctal('\\999')).toBe('\\999');
  });
});

describe('reachability', () => {
  const reachable = (text: string) => {
    const all = parseMountInfo(text);
    return all.filter(reachability(all)).map((m) => m.id);
  };

  it('is true of a mount and of one below it', () => {
    expect(
      reachable(
        '27 1 0:1 / / rw - ext4 a rw\n31 27 0:2 / /sys rw - sysfs s rw\n32 31 0:3 / /sys/fs/cgroup rw - cgroup2 c rw',
      ),
    ).toEqual([27, 31, 32]);
  });

  it('is false of a mount that another is stacked on, whatever their ids', () => {
    expect(
      reachable(
        '27 1 0:1 / / rw - ext4 a rw\n31 27 0:2 / /mnt rw - tmpfs a rw\n29 31 0:3 / /mnt rw - tmpfs b rw',
      ),
    ).toEqual([27, 29]);
  });

  it('is false below a directory that was mounted over', () => {
    const text =
      '27 1 0:1 / / rw - ext4 a rw\n32 27 0:3 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu\n33 27 0:4 / /sys/fs rw - tmpfs t rw';
    expect(reachable(text)).toEqual([27, 33]);
  });

  it('is false below a mount that is itself hidden', () => {
    const text =
      '27 1 0:1 / / rw - ext4 a rw\n31 27 0:2 / /a rw - tmpfs a rw\n32 31 0:3 / /a/b rw - tmpfs b rw\n33 31 0:4 / /a rw - tmpfs c rw';
    expect(reachable(text)).toEqual([27, 33]);
  });

  it('does not take a name for its prefix', () => {
    expect(
      reachable(
        '27 1 0:1 / / rw - ext4 a rw\n31 27 0:2 / /ab rw - tmpfs a rw\n32 27 0:3 / /a rw - tmpfs b rw',
      ),
    ).toEqual([27, 31, 32]);
  });
});

/** The definition, one mount at a time, each against the whole table. */
function walks(entry: MountEntry, all: readonly MountEntry[]): boolean {
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
    mount = parentId === id ? undefined : all.find((m) => m.id === parentId);
  }
  return true;
}

/**
 * Tables as mount(2) makes them: each mount on a directory of one before it, which may be its own
 * mount point.
 */
const table = fc
  .array(
    fc.record({
      on: fc.nat(),
      below: fc.array(fc.constantFrom('a', 'a\\040b', 'ab', 'r', '\r27', '\u00a0', '\u2028x'), {
        maxLength: 2,
      }),
      fstype: fc.constantFrom('ext4', 'tmpfs', 'cgroup', 'cgroup2'),
      options: fc.constantFrom('rw', 'ro,nosuid'),
      source: fc.constantFrom('none', '/a', '/a/b', 'r'),
      root: fc.constantFrom('/', '/a', '/\u00a0', '/\r1'),
    }),
    { maxLength: 40 },
  )
  .chain((mounts) =>
    fc.tuple(
      fc.constant(mounts),
      fc.shuffledSubarray(
        Array.from({ length: mounts.length + 1 }, (_, index) => 20 + index),
        { minLength: mounts.length + 1 },
      ),
      fc.boolean(),
    ),
  )
  .map(([mounts, ids, ownRoot]) => {
    const made: { readonly id: number; readonly point: string }[] = [];
    const [rootId = 1] = ids;
    const lines = [`${rootId} ${ownRoot ? rootId : 1} 0:1 / / rw - ext4 /dev/vda rw`];
    made.push({ id: rootId, point: '/' });
    for (const [index, { on, below, fstype, options, source, root }] of mounts.entries()) {
      const parent = made[on % made.length] ?? { id: 1, point: '/' };
      const point = [parent.point, ...below].join('/').replace(/^\/\/?/, '/');
      const id = ids[index + 1] ?? 0;
      lines.push(
        `${id} ${parent.id} 0:${id} ${root} ${point} ${options} shared:1 - ${fstype} ${source} ${options}`,
      );
      made.push({ id, point });
    }
    return lines;
  });

describe('with any table', () => {
  it('the index answers as the definition does', () => {
    fc.assert(
      fc.property(table, (lines) => {
        const all = parseMountInfo(lines.join('\n'));
        const isReachable = reachability(all);
        expect(all.filter(isReachable)).toEqual(all.filter((entry) => walks(entry, all)));
      }),
      { numRuns: 500 },
    );
  });

  it('the lines on the way lead to the same cgroups as the whole table', () => {
    fc.assert(
      fc.property(table, fc.boolean(), (lines, newline) => {
        const text = lines.join('\n') + (newline ? '\n' : '');
        const found = (part: string) => {
          const all = parseMountInfo(part);
          return all.filter((entry) => entry.fstype.startsWith('cgroup') && walks(entry, all));
        };
        expect(found(linesOnTheWay(text, 'cgroup'))).toEqual(found(text));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out what is mounted elsewhere', () => {
    const lines = [
      '27 1 0:1 / / rw - ext4 a rw',
      '31 27 0:2 / /sys rw - sysfs s rw',
      '40 27 0:9 / /sysx rw - tmpfs t rw',
      '32 31 0:3 / /sys/fs/cgroup rw - cgroup2 c rw',
      '41 27 0:9 / /mnt rw - tmpfs t rw',
    ];
    expect(linesOnTheWay(lines.join('\n'), 'cgroup').split('\n')).toEqual(
      [0, 1, 3].map((index) => lines[index]),
    );
    expect(linesOnTheWay('27 1 0:1 / / rw - ext4 a rw\n', 'cgroup')).toBe('');
  });
});
