// The comparison of seccomp profiles, offline: the comparer by examples, and the committed list
// with our profile.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { changes, expectedDifferences, ownAnswer, ownAnswers } from './compared.ts';
import { COMPARED, DIFFERENCES } from './differences.ts';
import { answersOf, type ContainersProfile, containersProfile, differences } from './model.ts';

/** Rules of all kinds of the real profile. */
const EXTRACT: ContainersProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrno: 'ENOSYS',
  syscalls: [
    { names: ['swapon', 'vmsplice'], action: 'SCMP_ACT_ERRNO', errno: 'EPERM' },
    { names: ['read', 'clone'], action: 'SCMP_ACT_ALLOW', args: [] },
    { names: ['arch_prctl'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['amd64', 'x32'] } },
    { names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    {
      names: ['bpf'],
      action: 'SCMP_ACT_ERRNO',
      errno: 'EPERM',
      excludes: { caps: ['CAP_SYS_ADMIN', 'CAP_BPF'] },
    },
    {
      names: ['socket'],
      action: 'SCMP_ACT_ERRNO',
      errno: 'EINVAL',
      args: [
        { index: 0, value: 16, valueTwo: 0, op: 'SCMP_CMP_EQ' },
        { index: 2, value: 9, valueTwo: 0, op: 'SCMP_CMP_NE' },
      ],
      excludes: { caps: ['CAP_AUDIT_WRITE'] },
    },
    {
      names: ['socket'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: 255, valueTwo: 2, op: 'SCMP_CMP_MASKED_EQ' }],
    },
  ],
};

describe('the comparer', () => {
  it('computes the answer of each call, by capability, architecture and argument', () => {
    expect(Object.fromEntries(answersOf(containersProfile(EXTRACT, 'amd64')))).toEqual({
      swapon: 'EPERM',
      vmsplice: 'EPERM',
      read: 'allow',
      clone: 'allow',
      arch_prctl: 'allow',
      bpf: 'EPERM; CAP_SYS_ADMIN: allow; CAP_BPF: ENOSYS',
      socket:
        'EINVAL if arg0 == 0x10 and arg2 != 0x9, allow if arg0 & 0xff == 0x2, else ENOSYS; ' +
        'CAP_AUDIT_WRITE: allow if arg0 & 0xff == 0x2, else ENOSYS',
    });
    expect(answersOf(containersProfile(EXTRACT, 'arm64')).has('arch_prctl')).toBe(false);
  });

  it('finds a call that is missing on either side, and a comparison that is another', () => {
    const all = containersProfile(EXTRACT, 'amd64');
    const [, second, ...others] = EXTRACT.syscalls;
    const changed = others.map((rule) =>
      rule.args?.[0]?.op === 'SCMP_CMP_MASKED_EQ'
        ? { ...rule, args: [{ ...rule.args[0], value: 0xffff }] }
        : rule,
    );
    const less = containersProfile(
      { ...EXTRACT, syscalls: [...(second ? [second] : []), ...changed] },
      'amd64',
    );
    expect(differences(all, all)).toEqual([]);
    expect(differences(all, less).map(({ call }) => call)).toEqual([
      'socket',
      'swapon',
      'vmsplice',
    ]);
    expect(differences(less, all)).toContainEqual({
      call: 'swapon',
      theirs: 'ENOSYS',
      ours: 'EPERM',
    });
  });

  it('reports unexplained and outdated differences', () => {
    const one = { arch: 'x64', call: 'mseal', theirs: 'ENOSYS', ours: 'allow' } as const;
    expect(changes([one], [one])).toEqual([]);
    expect(changes([one], [{ ...one, theirs: 'allow' }])).toEqual([
      'not explained: x64 mseal: theirs allow | ours allow',
      'no longer true: x64 mseal: theirs ENOSYS | ours allow',
    ]);
  });
});

describe('the committed differences', () => {
  it('have the answers of our profile', () => {
    for (const { arch, call, ours } of expectedDifferences(DIFFERENCES))
      expect([arch, call, ownAnswer(arch, call)]).toEqual([arch, call, ours]);
  });

  it('name each call once, with a reason', () => {
    const named = expectedDifferences(DIFFERENCES).map(({ arch, call }) => `${arch} ${call}`);
    expect(new Set(named).size).toBe(named.length);
    for (const { reason, theirs, ours } of DIFFERENCES) {
      expect(reason).toMatch(/^[A-Z].{15,}\.$/);
      expect(theirs).not.toBe(ours);
    }
  });

  it('were compared with the profile that we have now: else run `npm run seccomp-diff`', () => {
    expect(createHash('sha256').update(ownAnswers()).digest('hex')).toBe(COMPARED.ownSha256);
  });
});
