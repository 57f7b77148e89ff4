// The encoder and the decoder against native/wire/protocol.h itself: a C++ program that includes it
// reads one and writes for the other.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { decodeBytes } from '../base/bytes.ts';
import type { RlimitType } from '../config/config.ts';
import type { CloneFlag, ExecOp, InsideOp, MountAttribute, Target } from '../plan/operations.ts';
import { CALL, HOST_KIND, type HostKind, OP_KIND, type OpKind, TARGET_FLAGS } from './protocol.ts';
import { READ_BACK, Records } from './records.ts';
import { cloneFlags, encodeHost, encodePlan, type FileOp } from './wire.ts';

const PROTOCOL = join(import.meta.dirname, '../../native/wire/protocol.h');

/** Reads a message from standard input and prints it as JSON; `results`: writes records instead. */
const READER = `
#include "${PROTOCOL}"
#include <stdio.h>
#include <string.h>
#include <vector>
using namespace wire;
int main(int count, char** arguments) {
  if (count > 1 && !strcmp(arguments[1], "results")) {
    Result results[] = {{7, 13, CALL_OPENAT2, 0, 1234567890123456789u, 1234567890123456799u}, {RESULT_PID, 0, CALL_CLONE3, 4242, 1, 2},
                        {3, 22, CALL_READ_BACK, 0, 1, 2}, {RESULT_EXIT | 2, 16, CALL_RMDIR, 9, 1, 2},
                        {RESULT_INIT, 24, CALL_FCNTL, 0, 1, 2}};
    return fwrite(results, sizeof results, 1, stdout) != 1;
  }
  std::vector<uint8_t> message(1 << 20);
  message.resize(fread(message.data(), 1, message.size(), stdin));
  const Header* header = (const Header*)message.data();
  printf("{\\"magic\\":%d,\\"total\\":%d,\\"detached\\":%d,\\"clone\\":\\"%llx\\",\\"logBytes\\":\\"%llx\\",\\"log\\":\\"", header->magic == MAGIC, header->total_bytes == message.size(),
         header->flags == HEADER_DETACHED, (unsigned long long)header->clone_flags, (unsigned long long)header->log_bytes);
  for (uint32_t b = 0; b < header->log.length; b++) printf("%02x", message[header->log.offset + b]);
  printf("\\",\\"ops\\":[");
  const Op* ops = (const Op*)(header + 1);
  for (uint32_t i = 0; i < header->op_count; i++) {
    printf("%s{\\"kind\\":%u,\\"flags\\":%u,\\"n\\":[", i ? "," : "", ops[i].kind, ops[i].flags);
    for (int n = 0; n < 4; n++) printf("%s\\"%llx\\"", n ? "," : "", (unsigned long long)ops[i].n[n]);
    printf("],\\"s\\":[");
    for (int s = 0; s < 3; s++) {
      Text text = ops[i].s[s];
      if (text.offset == 0) break;
      // In bounds, aligned, and followed by a NUL.
      if (text.offset % 8 || text.offset + text.length >= message.size() || message[text.offset + text.length]) return 1;
      printf("%s\\"", s ? "," : "");
      for (uint32_t b = 0; b < text.length; b++) printf("%02x", message[text.offset + b]);
      printf("\\"");
    }
    printf("]}");
  }
  printf("]}\\n");
}`;

interface Read {
  readonly magic: number;
  readonly total: number;
  readonly detached: number;
  readonly clone: string;
  readonly log: string;
  readonly logBytes: string;
  readonly ops: readonly {
    readonly kind: number;
    readonly flags: number;
    readonly n: readonly string[];
    readonly s: readonly string[];
  }[];
}

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'terrarium-wire-'));
  compiled('reader', READER);
});

afterAll(() => rmSync(directory, { recursive: true }));

/** The program of a C++ text. */
function compiled(name: string, text: string): string {
  const program = join(directory, name);
  writeFileSync(`${program}.cc`, text);
  execFileSync(process.env.CXX ?? 'c++', ['-std=c++20', '-o', program, `${program}.cc`]);
  return program;
}

function read(message: Uint8Array): Read {
  return JSON.parse(
    execFileSync(join(directory, 'reader'), { input: message, maxBuffer: 2 ** 24 }).toString(),
  );
}

const target: Target = { path: '/dev/ü', nofollow: true, create: 'file', optional: true };
const NOFOLLOW_FILE_OPTIONAL =
  TARGET_FLAGS.nofollow | TARGET_FLAGS.create_file | TARGET_FLAGS.optional;
const message = new Uint8Array([1, 0, 255]);

/** One operation of each kind, and its record: flags, numbers, texts. */
const EXAMPLES: readonly (readonly [
  op: InsideOp | ExecOp,
  flags: number,
  n: readonly (number | bigint)[],
  s: readonly (string | Uint8Array)[],
])[] = [
  [{ kind: 'join_cgroup', tasks: '/c/tasks' }, 0, [], ['/c/tasks']],
  [{ kind: 'setns', types: ['newnet', 'newuts'], path: '/n' }, 0, [0x44000000], ['/n']],
  [{ kind: 'setns_process', types: ['newns', 'newpid', 'newipc'] }, 0, [0x28020000], []],
  [{ kind: 'await', what: 'link' }, 0, [2], []],
  [{ kind: 'unshare', flags: ['newcgroup', 'newuser', 'newtime'] }, 0, [0x12000080], []],
  [{ kind: 'setsid' }, 0, [], []],
  [{ kind: 'propagation', to: 'slave' }, 0, [1 << 19], []],
  [
    { kind: 'root', source: '/r', attributes: ['rdonly', 'nosuid', 'nodev', 'noexec'] },
    0,
    [15],
    ['/r'],
  ],
  [
    {
      kind: 'mount',
      fstype: 'tmpfs',
      target,
      attributes: ['noatime', 'nosymfollow'],
      options: ['a=1', 'b'],
    },
    NOFOLLOW_FILE_OPTIONAL,
    [0x200010, 2],
    [target.path, 'tmpfs', 'a=1\0b\0'],
  ],
  [
    {
      kind: 'bind',
      source: '/s',
      target: { path: '/t', create: 'like-source' },
      recursive: true,
      attributes: ['strictatime', 'nodiratime'],
    },
    8,
    [0xa0, 1],
    ['/t', '/s'],
  ],
  [{ kind: 'mkdir', target: { path: '/t', create: 'directory' }, mode: 0o755 }, 2, [0o755], ['/t']],
  [
    { kind: 'mknod', target: { path: '/t' }, type: 'b', major: 8, minor: 1, mode: 0o600 },
    0,
    [0o060600, 8, 1],
    ['/t'],
  ],
  [
    { kind: 'symlink', target: { path: '/t', nofollow: true }, to: 'pts/ptmx' },
    1,
    [],
    ['/t', 'pts/ptmx'],
  ],
  [{ kind: 'mask', target: { path: '/t', optional: true } }, 16, [], ['/t']],
  [{ kind: 'readonly', target: { path: '/t' } }, 0, [], ['/t']],
  [
    { kind: 'pty', columns: 80, rows: 24, uid: 0x7fffffff, console: true },
    0,
    [80, 24, 0x7fffffff, 1],
    [],
  ],
  [{ kind: 'pivot_root' }, 0, [], []],
  [{ kind: 'mount_namespace' }, 0, [], []],
  [{ kind: 'sethostname', name: 'box' }, 0, [], ['box']],
  [{ kind: 'netlink', text: 'ip link set lo up', message }, 0, [], [message]],
  [
    { kind: 'sysctl', name: 'net.ipv4.ip_forward', value: '1' },
    0,
    [],
    ['sys/net/ipv4/ip_forward', '1'],
  ],
  [{ kind: 'bounding', keep: 0xa80425fbn, last: 40 }, 0, [0xa80425fb, 40], []],
  [
    { kind: 'user', uid: 12, gid: 34, groups: [34, 1000], umask: 0o022 },
    0,
    [12, 34, 0o022, 2],
    [new Uint8Array([34, 0, 0, 0, 232, 3, 0, 0])],
  ],
  [{ kind: 'rlimit', type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096 }, 0, [7, 1024, 4096], []],
  [
    { kind: 'capset', effective: 2n ** 64n - 1n, permitted: 2n ** 40n, inheritable: 0n },
    0,
    [2n ** 64n - 1n, 2n ** 40n, 0],
    [],
  ],
  [{ kind: 'no_new_privs' }, 0, [], []],
  [{ kind: 'seccomp', profile: 'default', capabilities: [] }, 0, [0], [message]],
  [{ kind: 'pdeathsig' }, 0, [9], []],
  [{ kind: 'chdir', path: '/' }, 0, [], ['/']],
  [
    { kind: 'execve', candidates: ['/a', '/b'], args: ['x', ''], env: [], stayAsInit: true },
    0,
    [1, 2, 2, 0],
    ['/a\0/b\0', 'x\0\0', ''],
  ],
];

/** The same of each kind of host operation. */
const FILE_EXAMPLES: readonly (readonly [
  op: FileOp,
  n: readonly number[],
  s: readonly (string | Uint8Array)[],
])[] = [
  [
    { kind: 'mkcgroup', controller: 'memory', path: '/c', undo: { kind: 'rmcgroup', path: '/c' } },
    [],
    ['/c'],
  ],
  [{ kind: 'write', path: '/c/f', value: '-1', readBack: 'max' }, [1], ['/c/f', '-1', 'max']],
  [{ kind: 'bpf_devices', path: '/c', rules: [], program: message }, [], ['/c', message]],
  [{ kind: 'rmcgroup', path: '/c' }, [], ['/c']],
  [{ kind: 'count', path: '/c/f', name: 'oom_kill' }, [], ['/c/f', 'oom_kill']],
];

const hex = (text: string | Uint8Array) => Buffer.from(text).toString('hex');

describe('the plan as the init reads it', () => {
  it('has a record for each kind of operation, in the order of the header', () => {
    const { ops, ...rest } = read(
      encodePlan(
        EXAMPLES.map(([op]) => op),
        { filter: message },
      ),
    );
    expect(rest).toMatchObject({ magic: 1, total: 1, detached: 0, clone: '0' });
    expect(ops.map(({ kind }) => kind)).toEqual(Object.values(OP_KIND));
    expect(EXAMPLES.map(([op]) => op.kind)).toEqual(Object.keys(OP_KIND));
    expectTypeOf<(InsideOp | ExecOp)['kind']>().toEqualTypeOf<OpKind>();
  });

  it.each(EXAMPLES.map(([op, flags, n, s]) => ({ kind: op.kind, op, flags, n, s })))(
    'says in numbers and texts what $kind is',
    ({ op, flags, n, s }) => {
      const [record] = read(encodePlan([op], { filter: message })).ops;
      const numbers = [0, 1, 2, 3].map((index) => BigInt(n[index] ?? 0).toString(16));
      expect(record).toMatchObject({ flags, n: numbers, s: s.map(hex) });
    },
  );

  it('tells the watcher of a detached container which namespaces to make, and its log', () => {
    const detached = { flags: 0x26c020000n, log: { path: '/s/é.log', maxBytes: 2 ** 40 } };
    expect(read(encodePlan([{ kind: 'setsid' }], { detached }))).toMatchObject({
      detached: 1,
      clone: '26c020000',
      log: hex('/s/é.log'),
      logBytes: '10000000000',
    });
    expect(read(encodePlan([{ kind: 'setsid' }]))).toMatchObject({ detached: 0, log: '' });
  });

  it('carries any text, however many and long', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 3000 })
      .filter((candidate) => candidate.isWellFormed());
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (paths) => {
        const { ops, total } = read(encodePlan(paths.map((path) => ({ kind: 'chdir', path }))));
        expect(total).toBe(1);
        expect(ops.map(({ s }) => s)).toEqual(paths.map((path) => [hex(path)]));
      }),
      { numRuns: 30 },
    );
  });

  it('carries any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (paths) => {
        const { ops } = read(
          encodePlan(paths.map((path) => ({ kind: 'chdir', path: decodeBytes(path) }))),
        );
        expect(ops.map(({ s }) => s)).toEqual(paths.map((path) => [hex(path)]));
        const execve: ExecOp = {
          kind: 'execve',
          candidates: ['/bin/x'],
          args: paths.map(decodeBytes),
          env: ['A=\udce9'],
          stayAsInit: false,
        };
        const list = paths.map((path) => `${hex(path)}00`).join('');
        expect(read(encodePlan([execve])).ops[0]?.s).toEqual([
          hex('/bin/x\0'),
          list,
          hex(Buffer.from('A=\xe9\0', 'latin1')),
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it('carries any number of 64 bits', () => {
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(bits, fc.nat({ max: 0xffffffff })), { minLength: 1, maxLength: 30 }),
        (pairs) => {
          const { ops } = read(
            encodePlan(pairs.map(([keep, last]) => ({ kind: 'bounding', keep, last }))),
          );
          expect(ops.map(({ n }) => n)).toEqual(
            pairs.map(([keep, last]) => [keep.toString(16), last.toString(16), '0', '0']),
          );
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('numbers of the kernel', () => {
  const clone: readonly CloneFlag[] = [
    ...(['newns', 'newpid', 'newnet', 'newuts', 'newipc', 'newcgroup', 'newuser'] as const),
    'newtime',
  ];
  const mount: readonly MountAttribute[] = [
    ...(['rdonly', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'strictatime'] as const),
    'nosymfollow',
  ];
  const limits: readonly RlimitType[] = [
    ...(['RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_DATA', 'RLIMIT_STACK', 'RLIMIT_CORE'] as const),
    ...(['RLIMIT_RSS', 'RLIMIT_NPROC', 'RLIMIT_NOFILE', 'RLIMIT_MEMLOCK', 'RLIMIT_AS'] as const),
    ...(['RLIMIT_LOCKS', 'RLIMIT_SIGPENDING', 'RLIMIT_MSGQUEUE', 'RLIMIT_NICE'] as const),
    ...(['RLIMIT_RTPRIO', 'RLIMIT_RTTIME'] as const),
  ];
  const device = { target, major: 1, minor: 3, mode: 0 } as const;
  const ops: readonly (readonly [name: string, op: InsideOp])[] = [
    ...clone.map(
      (flag) => [`CLONE_${flag.toUpperCase()}`, { kind: 'unshare', flags: [flag] }] as const,
    ),
    ...mount.map(
      (name) =>
        [
          `MOUNT_ATTR_${name.toUpperCase()}`,
          { kind: 'root', source: '/r', attributes: [name] },
        ] as const,
    ),
    ...limits.map((type) => [type, { kind: 'rlimit', type, soft: 0 }] as const),
    ['S_IFCHR', { kind: 'mknod', type: 'c', ...device }],
    ['S_IFBLK', { kind: 'mknod', type: 'b', ...device }],
    ['MS_PRIVATE', { kind: 'propagation', to: 'private' }],
    ['MS_SLAVE', { kind: 'propagation', to: 'slave' }],
    ['SIGKILL', { kind: 'pdeathsig' }],
  ];

  it('are those of linux/sched.h since 7.1, which older headers lack', () => {
    expect(cloneFlags(['autoreap', 'nnp', 'pidfd_autokill'])).toBe(0b111n << 34n);
    expect(cloneFlags(['nnp'])).toBe(1n << 35n);
    expect(cloneFlags(['pidfd_autokill'])).toBe(1n << 36n);
  });

  it('are those of its headers', () => {
    const headers = ['linux/sched.h', 'linux/mount.h', 'sys/resource.h'];
    const includes = [...headers, 'sys/stat.h', 'signal.h', 'stdio.h'];
    const prints = ops.map(([name]) => `printf("%s %llx\\n", "${name}", (long long)${name});`);
    const text = `${includes.map((file) => `#include <${file}>\n`).join('')}int main() {\n${prints.join('\n')}\n}\n`;
    const printed = execFileSync(compiled('numbers', text), { encoding: 'utf8' });
    const records = read(encodePlan(ops.map(([, op]) => op))).ops;
    expect(ops.map(([name], index) => `${name} ${records[index]?.n[0]}`)).toEqual(
      printed.trim().split('\n'),
    );
  });
});

describe('host operations as the addon reads them', () => {
  it('have a record for each kind, in the order of the header', () => {
    const { ops, magic, total } = read(encodeHost(FILE_EXAMPLES.map(([op]) => op)));
    expect([magic, total]).toEqual([1, 1]);
    expect(ops.map(({ kind }) => kind)).toEqual(Object.values(HOST_KIND));
    expect(FILE_EXAMPLES.map(([op]) => op.kind)).toEqual(Object.keys(HOST_KIND));
    expectTypeOf<FileOp['kind']>().toEqualTypeOf<HostKind>();
    const numbers = (n: readonly number[]) =>
      [0, 1, 2, 3].map((index) => (n[index] ?? 0).toString(16));
    expect(ops.map(({ n, s }) => ({ n, s }))).toEqual(
      FILE_EXAMPLES.map(([, n, s]) => ({ n: numbers(n), s: s.map(hex) })),
    );
  });

  it('say by a number whether a value is read back, also as an empty one', () => {
    const write = { kind: 'write', path: '/f', value: '' } as const;
    const [never, empty] = read(encodeHost([write, { ...write, readBack: '' }])).ops;
    expect([never?.n[0], empty?.n[0]]).toEqual(['0', '1']);
    expect([never?.s, empty?.s]).toEqual([
      [hex('/f'), ''],
      [hex('/f'), '', ''],
    ]);
  });
});

describe('what the init answers', () => {
  const decoded = [
    {
      place: 'operation',
      index: 7,
      errno: 13,
      syscall: 'openat2',
      extra: 0,
      startNs: 1234567890123456789n,
      endNs: 1234567890123456799n,
    },
    { place: 'pid', index: 0, errno: 0, syscall: 'clone3', extra: 4242, startNs: 1n, endNs: 2n },
    {
      place: 'operation',
      index: 3,
      errno: 22,
      syscall: 'read back',
      extra: 0,
      startNs: 1n,
      endNs: 2n,
    },
    { place: 'exit', index: 2, errno: 16, syscall: 'rmdir', extra: 9, startNs: 1n, endNs: 2n },
    { place: 'init', index: 0, errno: 24, syscall: 'fcntl', extra: 0, startNs: 1n, endNs: 2n },
  ];

  it('is read as the header lays it out', () => {
    const records = recordsOf(results());
    expect(records.all()).toEqual(decoded);
    expect(records.of('exit')).toEqual(decoded.slice(3, 4));
  });

  it('is read in whatever pieces it arrives', () => {
    const bytes = results();
    for (let cut = 0; cut <= bytes.length; cut++) {
      const records = new Records();
      // To be acted on are what failed while the container was made, and a pid. What its end could
      // not do others try again.
      expect([...records.add(bytes.subarray(0, cut)), ...records.add(bytes.subarray(cut))]).toEqual(
        decoded.filter(({ place }) => place !== 'exit'),
      );
      expect(records.all()).toEqual(decoded);
    }
  });

  it('names the system call of every number in the header', () => {
    const record = (call: number) => {
      const bytes = Buffer.alloc(32);
      bytes.writeUInt32LE(call, 8);
      return recordsOf(bytes).all()[0]?.syscall;
    };
    const spelled: Readonly<Record<string, string>> = {
      none: '',
      bpf_prog_load: 'bpf BPF_PROG_LOAD',
      bpf_prog_attach: 'bpf BPF_PROG_ATTACH',
      read_back: READ_BACK,
    };
    const names = Object.keys(CALL);
    const expected = names.map((name) => spelled[name] ?? name);
    expect(Object.values(CALL).map(record)).toEqual(expected);
    expect(record(Math.max(...Object.values(CALL)) + 1)).toBe('');
  });
});

describe('what need not be acted on', () => {
  it('is only counted, until it is asked for', () => {
    const bytes = Buffer.alloc(96);
    for (const index of [0, 1, 2]) bytes.writeUInt32LE(index, index * 32);
    const records = new Records();
    expect([records.last, records.add(bytes.subarray(0, 40)), records.last]).toEqual([-1, [], 0]);
    expect([records.add(bytes.subarray(40)), records.last]).toEqual([[], 2]);
    expect(records.all().map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it('is counted also when other records arrive late', () => {
    const others = Buffer.concat([results().subarray(32, 64), results().subarray(96)]);
    const records = new Records();
    records.add(Buffer.alloc(32));
    const notable = records.add(others).map(({ place, extra }) => [place, extra]);
    expect([notable, records.last]).toEqual([
      [
        ['pid', 4242],
        ['init', 0],
      ],
      0,
    ]);
  });
});

/**
 * Records as the header lays them out: a failure, a pid, a limit that is kept otherwise, and a
 * group that is busy after the end.
 */
function results(): Buffer {
  return execFileSync(join(directory, 'reader'), ['results']);
}

function recordsOf(bytes: Buffer): Records {
  const records = new Records();
  records.add(bytes);
  return records;
}
