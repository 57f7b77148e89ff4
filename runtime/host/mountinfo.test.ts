import { describe, expect, it } from 'vitest';
import { isReachable, parseMountInfo, unescapeOctal } from './mountinfo.ts';

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

describe('isReachable', () => {
  const reachable = (text: string) => {
    const all = parseMountInfo(text);
    return all.filter((m) => isReachable(m, all)).map((m) => m.id);
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
