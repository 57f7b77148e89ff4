// Whatever stands in a journal's place is distinguished from a journal; nothing else is ever read
// of it.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownWorld } from '../../host/process/world.ts';
import {
  appendTo,
  checksumOf,
  JOURNAL_VERSION,
  Journal,
  type JournalHead,
  type JournalRecord,
} from './journal.ts';
import { readJournal } from './journal-reader.ts';

const scratch = mkdtempSync(join(tmpdir(), 'terrarium-journal-'));
const base = join(scratch, 'web');
const file = `${base}.journal`;
let bytes: Buffer;
/** What the journal said after each of its lines. */
const stages: JournalRecord[] = [];

const HEAD: JournalHead = {
  version: JOURNAL_VERSION,
  world: ownWorld(['/sys']),
  id: 'web',
  createdAt: '2026-11-26T12:00:00.000Z',
  runtime: { pid: 12, startTime: '345' },
  hostname: 'box',
  rootfs: '/srv/r\udce9sum\udce9',
  command: ['/bin/sh', '-c', 'echo "ü"'],
  env: ['A=1'],
  user: { uid: 0, gid: 0, additionalGids: [5] },
  cwd: '/',
  umask: 0o22,
  rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024 }],
  address: '198.18.0.2',
  namespaces: ['mount', 'pid'],
  capabilities: ['CAP_CHOWN'],
  noNewPrivileges: true,
  seccomp: 'default',
  cgroups: {
    mode: 'v1',
    cpuset: false,
    directories: [{ controllers: ['memory'], root: '/m', path: '/m/terrarium-web' }],
  },
  ownPids: true,
  detach: false,
  undo: [
    { kind: 'unclaim', path: '/run/terrarium/.net/1.2', holder: 'web' },
    { kind: 'rmcgroup', path: '/m/terrarium-web', killFile: '/m/terrarium-web/cgroup.kill' },
    { kind: 'rmlink', name: 'tr0' },
  ],
};

beforeAll(() => {
  const journal = Journal.create(scratch, HEAD);
  stages.push(journal.record);
  journal.intend(2);
  stages.push(journal.record);
  journal.spawned({ pid: 99, startTime: '400' });
  stages.push(journal.record);
  journal.started(['/bin/ls']);
  stages.push(journal.record);
  journal.close();
  bytes = readFileSync(file);
});
afterAll(() => rmSync(scratch, { recursive: true }));

function readingOf(content: Uint8Array | string) {
  writeFileSync(file, content);
  return readJournal(base);
}

describe('a journal', () => {
  it('says what was written into it', () => {
    expect(readingOf(bytes)).toEqual({ kind: 'record', record: stages.at(-1) });
    expect(stages.at(-1)).toMatchObject({
      head: { rootfs: HEAD.rootfs, command: ['/bin/ls'] },
      intended: 2,
      process: { pid: 99, startTime: '400' },
      started: true,
    });
    expect(readJournal(join(scratch, 'nobody'))).toEqual({ kind: 'absent' });
  });

  it('that is cut off says what its whole lines say, wherever that is', () => {
    for (let length = 0; length <= bytes.length; length++) {
      const lines = bytes.subarray(0, length).toString('latin1').split('\n').length - 1;
      const expected =
        lines === 0 ? { kind: 'damaged' } : { kind: 'record', record: stages[lines - 1] };
      expect(readingOf(bytes.subarray(0, length)), `cut at ${length}`).toMatchObject(expected);
    }
  });

  it('of version 1, in which a process was born, says the same', () => {
    const older = (line: string) => {
      const text = line
        .replace(/^\{"kind":"head","version":2,/, '{"kind":"head","version":1,')
        .replace('"kind":"spawned"', '"kind":"born"')
        .replace(/,"sum":"\w+"\}$/, '');
      return `${text},"sum":"${checksumOf(text)}"}\n`;
    };
    const lines = bytes.toString().trimEnd().split('\n').map(older);
    expect(lines[2]).toMatch(/^\{"kind":"born","pid":99,/);
    const record = stages.at(-1);
    const head = { ...record?.head, version: 1 };
    expect(readingOf(lines.join(''))).toEqual({ kind: 'record', record: { ...record, head } });
  });

  it('with a byte that flipped never says anything else', () => {
    const flipped = (at: number, mask: number) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ mask;
      return readingOf(copy);
    };
    for (let at = 0; at < bytes.length; at++) {
      // The end of the last line is all that can go without being missed: the line then counts as
      // cut off.
      const kind = at === bytes.length - 1 ? 'record' : 'damaged';
      expect(flipped(at, 1 << (at % 8)), `flipped at ${at}`).toMatchObject({ kind });
    }
    const places = fc.tuple(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }));
    fc.assert(fc.property(places, ([at, mask]) => flipped(at, mask).kind === 'damaged'));
  });

  it('is not read out of anything at all', () => {
    const rubbish = fc.uint8Array({ maxLength: 2000 });
    fc.assert(fc.property(rubbish, (content) => readingOf(content).kind === 'damaged'));
    const json = fc.json().map((text) => `${text}\n`);
    fc.assert(fc.property(json, (content) => readingOf(content).kind === 'damaged'));
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['empty', '', /^is empty$/],
    ['NULs', Buffer.alloc(4096), /first line/],
    ['null', 'null\n', /damaged in line 1/],
    ['text', 'nonsense\n', /damaged in line 1/],
    ['another encoding', Buffer.from('{"kind":"h\xe9ad"}\n', 'latin1'), /not UTF-8/],
    ['another version', '{"kind":"head","version":3,"id":"web"}\n', /another version/],
    ['no version', '{"kind":"head","id":"web"}\n', /another version/],
  ])('is distinguished from %s', (_, content, reason) => {
    expect(readingOf(content)).toMatchObject({
      kind: 'damaged',
      file,
      reason: expect.stringMatching(reason),
    });
  });

  it('has what another process appends between the lines of its maker', () => {
    const both = join(scratch, 'both');
    const journal = Journal.create(scratch, { ...HEAD, id: 'both', given: { 'pids.max': '20' } });
    journal.intend(1);
    expect(journal.hasGrown).toBe(false);
    appendTo(both, { kind: 'updated', given: { 'pids.max': '30', 'memory.max': '4096' } });
    expect(journal.hasGrown).toBe(true);
    journal.started(['/bin/ls']);
    appendTo(both, { kind: 'updated', given: { 'memory.max': '8192' } });
    journal.close();
    expect(readJournal(both)).toMatchObject({
      record: {
        head: { command: ['/bin/ls'], given: { 'pids.max': '30', 'memory.max': '8192' } },
        ...{ intended: 1, started: true },
      },
    });
    expect(() => appendTo(join(scratch, 'gone'), { kind: 'intend', count: 1 })).toThrow('ENOENT');
  });

  it('belongs to one name', () => {
    writeFileSync(join(scratch, 'other.journal'), bytes);
    expect(readJournal(join(scratch, 'other'))).toMatchObject({
      reason: 'is the journal of "web"',
    });
  });
});

describe('what is no file', () => {
  const place = join(scratch, 'odd');
  const path = `${place}.journal`;
  it.each<[string, RegExp, () => void]>([
    ['a directory', /not a file/, () => mkdirSync(path)],
    ['a fifo', /not a file/, () => execFileSync('mkfifo', [path])],
    ['a link', /symbolic link/, () => symlinkSync(file, path)],
    [
      'a huge file',
      /bytes long/,
      () => {
        writeFileSync(path, '');
        truncateSync(path, 2 ** 33);
      },
    ],
  ])('is damaged: %s', (_, reason, make) => {
    make();
    try {
      expect(readJournal(place)).toMatchObject({
        kind: 'damaged',
        reason: expect.stringMatching(reason),
      });
    } finally {
      rmSync(path, { recursive: true });
    }
  });
});
