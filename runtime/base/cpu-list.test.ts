import { describe, expect, it } from 'vitest';
import { formatCpuList, parseCpuList } from './cpu-list.ts';

describe('lists of processors', () => {
  it.each([
    ['0', [0]],
    ['0-3,6\n', [0, 1, 2, 3, 6]],
    ['6,0-1,1', [0, 1, 6]],
  ])('reads %j', (list, cpus) => {
    expect(parseCpuList(list)).toEqual(cpus);
  });

  it.each(['', 'a', '1-', '3-1', '0,,1', '-1', '0-99999', '0 1', ' 0', '0x1'])(
    'refuses %j',
    (list) => {
      expect(parseCpuList(list)).toBeUndefined();
    },
  );

  it('writes them as the kernel does', () => {
    expect(formatCpuList([0, 1, 2, 6])).toBe('0-2,6');
    expect(formatCpuList([5])).toBe('5');
    expect(formatCpuList([])).toBe('');
  });
});
