import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, suggest } from '../config/suggest.ts';
import { parseHostname, parseId } from './identity.ts';
import { parseUser } from './users.ts';

describe('hostname', () => {
  test.each([
    'a',
    'box',
    'web-1.example.org',
    'my_box',
    'B0X',
    '0',
    `${'a'.repeat(63)}`,
    `${'a'.repeat(31)}.${'b'.repeat(32)}`,
  ])('%s', (name) => expect(parseHostname(name)).toEqual({ value: name }));

  test.each([
    '',
    'a'.repeat(64),
    'a'.repeat(65),
    'a/b',
    'a\nb',
    'a\n',
    'a b',
    '-a',
    'a-',
    'a..b',
    '.a',
    'a.',
    '$(id)',
    'b\u00f6x',
    '\0',
    'a\u001b[31m',
  ])('not %j', (name) => expect(parseHostname(name)).toHaveProperty('problem'));

  test('says how many bytes are too many', () => {
    expect(parseHostname('a'.repeat(65))).toMatchObject({
      problem: 'is 65 bytes long',
      hint: expect.stringMatching('64'),
    });
    expect(parseHostname('\u00f6'.repeat(40))).toMatchObject({ problem: 'is 80 bytes long' });
  });
});

describe('id', () => {
  test.each(['a', '0', 'web_1.old-2', 'a'.repeat(64)])('%s', (id) =>
    expect(parseId(id)).toEqual({ value: id }),
  );
  test.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a..b',
    '-a',
    '_a',
    '.a',
    'a'.repeat(65),
    'a b',
    'a\n',
    '\u00e9',
  ])('not %j', (id) => expect(parseId(id)).toHaveProperty('problem'));

  test('never leaves its directory', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        if ('value' in parseId(id))
          expect(new URL(id, 'file:///state/').pathname).toBe(`/state/${id}`);
      }),
    );
  });
});

describe('user', () => {
  const database = {
    passwd:
      'root:x:0:0:root:/root:/bin/sh\n#old:x:9:9::/:\nann:x:1000:100:Ann:/home/ann:/bin/sh\nbob:x:1001:1001::relative:/bin/sh\nbad:x:zz:0::/:\nbroken\n',
    group: 'root:x:0:\nusers:x:100:\nwheel:x:10:ann,bob\naudio:x:63:ann\nhuge:x:4294967296:ann\n',
  };

  test.each([
    ['0', 0, 0, [0], '/root'],
    ['root', 0, 0, [0], '/root'],
    ['1', 1, 0, [0], '/'],
    ['1:2', 1, 2, [2], '/'],
    ['ann', 1000, 100, [100, 10, 63], '/home/ann'],
    ['1000', 1000, 100, [100, 10, 63], '/home/ann'],
    ['ann:wheel', 1000, 10, [10], '/home/ann'],
    ['ann:7', 1000, 7, [7], '/home/ann'],
    ['bob', 1001, 1001, [1001, 10], '/'],
    ['2147483647:2147483647', 2147483647, 2147483647, [2147483647], '/'],
  ])('%s is %d:%d', (text, uid, gid, additionalGids, home) =>
    expect(parseUser(text, database)).toMatchObject({
      value: { user: { uid, gid, additionalGids }, home },
    }),
  );

  test.each([
    ...[
      '',
      ':',
      '1:',
      ':1',
      '1:2:3',
      '+1',
      '-1',
      '1x',
      '01',
      ' 1',
      '1 ',
      '1\n',
      '0x0',
      '1.0',
      '\u0661',
      'nobody',
      'ann:nogroup',
      'old',
      'bad',
      'broken',
      'ann:huge',
    ],
    ...[
      '2147483648',
      '4294967295',
      '4294967296',
      '18446744073709551616',
      '0:2147483648',
      '0:4294967296',
      '__proto__',
      'constructor',
    ],
  ])('%j is refused', (text) => expect(parseUser(text, database)).toHaveProperty('problem'));

  test('a name without files is refused, a number is not', () => {
    expect(parseUser('ann', {})).toMatchObject({
      problem: expect.stringMatching(/not known/),
      hint: expect.stringMatching(/passwd/),
    });
    expect(parseUser('0', {})).toMatchObject({ value: { name: 'root', home: '/root' } });
  });

  test('a row without a usable number is named, and what was typed is not suggested', () => {
    const { problem, hint } = { problem: '', hint: '', ...parseUser('bad', database) };
    expect(problem).toBe('has no number that an id can be in /etc/passwd: zz');
    expect(hint).not.toContain('bad');
  });

  test('rows that were not read are not taken for rows that are not there', () => {
    const cut = (...lines: string[]) => Object.assign(lines, { cutAtMiB: 64 });
    const passwd = 'ann:x:1000:100::/:';
    expect(parseUser('eve', { passwd: cut(passwd) })).toMatchObject({
      hint: expect.stringContaining('only the first 64 MiB of its /etc/passwd'),
    });
    expect(parseUser('ann', { passwd: [passwd], group: cut() })).toMatchObject({
      problem: expect.stringContaining('groups'),
      hint: expect.stringContaining('/etc/group'),
    });
    expect(parseUser('ann:7', { passwd: [passwd], group: cut() })).toHaveProperty('value');
  });

  test('only digits ever become a number', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, passwd) => {
        const parsed = parseUser(text, { passwd });
        if (!('value' in parsed)) return;
        expect(parsed.value.user.uid).toBeLessThanOrEqual(2 ** 31 - 1);
        if (/^\d+$/.test(text)) expect(String(parsed.value.user.uid)).toBe(text);
        else
          expect(text.split(':').every((part) => /^\d+$/.test(part) || passwd.includes(part))).toBe(
            true,
          );
      }),
    );
  });
});

describe('did you mean', () => {
  test.each([
    ['memroy', 'memory'],
    ['netwrok', 'network'],
    ['VETH', 'veth'],
    ['net_adm', 'NET_ADMIN'],
    ['veth', undefined],
    ['x', undefined],
    ['completely-else', undefined],
    ['', undefined],
  ])('%s: %s', (typed, word) =>
    expect(suggest(typed, ['memory', 'network', 'veth', 'NET_ADMIN'])).toBe(word),
  );

  test('is a distance: zero for equals only, the same both ways, at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
