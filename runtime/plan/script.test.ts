// The script is read by a real shell; where there are root and the tools, it is run, and what it
// made compared with the plan.

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBytes, visible } from '../base/bytes.ts';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import type { HostFacts, Placement } from '../host/facts.ts';
import { readHostFacts } from '../host/read.ts';
import { linkName } from '../network/addresses.ts';
import { configFrom } from '../options/config-from.ts';
import type { RunOptions } from '../options/index.ts';
import type { Plan } from './operations.ts';
import { plan } from './plan.ts';
import { hereDocument, quote, quoteAll, typable, writeTo } from './quote.ts';
import { script } from './script.ts';

const V2: HostFacts = {
  ...EXAMPLE_HOST,
  cgroup: {
    mode: 'v2',
    root: '/sys/fs/cgroup',
    controllers: ['cpu', 'memory', 'pids'],
    enabled: [],
    swapAccounting: true,
  },
};

/** Not dealt out soon: the last but some. */
const SLOT = 32_000 + randomInt(700);

function planOf(options: Partial<RunOptions>, host: HostFacts, stateRoot = '/run/terrarium'): Plan {
  const config = configFrom({ rootfs: '/srv/box', hostname: 'box', ...options }, host, {
    id: 'made-up',
  });
  return plan(config, host, {
    stateRoot,
    slot: () => SLOT,
    terminal: undefined,
    awaitStart: false,
    hostsOfHost: () => '127.0.0.1 localhost\n',
  }).plan;
}

function operations({ host, spawn, link, inside, exec }: Plan) {
  return [...host, spawn, ...link, ...inside, exec];
}

describe('words', () => {
  it('are read back by the shell as they were', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
          { maxLength: 5 },
        ),
        (words) => {
          const read = execFileSync('/bin/sh', [
            '-c',
            `for word in ${quoteAll(words)}; do printf '%s\\0' "$word"; done`,
          ]).toString('utf8');
          expect(read).toBe(words.map((word) => `${word}\0`).join(''));
        },
      ),
      {
        numRuns: 60,
        examples: [[["it's", '$(id)', '`id`', '-n', '\\', '\n', '*', '~', 'a=b', '']]],
      },
    );
  });

  it('of any bytes can be typed: a terminal shows them, and the shell reads them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ min: 1, maxLength: 12 }), { maxLength: 5 }), (words) => {
        // A command substitution takes line feeds off the end.
        const given = words.map((word) => Buffer.from([...word, 0x2e]));
        const typed = given.map((word) => typable(decodeBytes(word))).join(' ');
        expect(visible(typed)).toBe(typed);
        const read = execFileSync('/bin/sh', [
          '-c',
          `for word in ${typed}; do printf '%s\\0' "$word"; done`,
        ]);
        expect(read.toString('latin1')).toBe(
          given.map((word) => `${word.toString('latin1')}\0`).join(''),
        );
      }),
      { numRuns: 60, examples: [[[Buffer.from("-%s'\\\xe9$(id)", 'latin1')]]] },
    );
    expect(typable('web')).toBe('web');
    expect(typable('r\udce9')).toBe(`"$(printf -- 'r\\351')"`);
  });

  it('stay readable where they mean nothing to the shell', () => {
    expect(quote('/sys/fs/cgroup/cpu,cpuacct/terrarium-x')).toBe(
      '/sys/fs/cgroup/cpu,cpuacct/terrarium-x',
    );
    expect(quote('--pid=/proc/1/ns/pid')).toBe('--pid=/proc/1/ns/pid');
    // Before a command it would be an assignment, and a tilde a home directory.
    expect(quote('=x')).toBe("'=x'");
    expect(quote('~root')).toBe("'~root'");
  });

  it.each(['5', '-1', '-n', 'a\\tb', "c 1:3 rwm's"])('are written to a file whole: %s', (value) => {
    expect(
      execFileSync('/bin/sh', ['-c', `(${writeTo('/dev/stdout', value)}) | cat`]).toString(),
    ).toBe(`${value}\n`);
  });

  it('in a here-document end it only at its end', () => {
    const text = ['$HOME `id`', 'END', 'END_'];
    const read = execFileSync('/bin/sh', [
      '-c',
      hereDocument('cat', text, 'END').join('\n'),
    ]).toString();
    expect(read).toBe(`${text.join('\n')}\n`);
  });
});

const SCOPED: Placement = {
  ...{ kind: 'scope', slice: "it's.slice", directory: "/sys/fs/cgroup/it's.slice" },
  name: 'terrarium.7.scope',
};
const UNIT: Placement = { kind: 'unit', unit: 'a.service', group: '/g', leaf: '/g/terrarium' };

function withPlace(placement: Placement): HostFacts {
  return V2.cgroup.mode === 'v2' ? { ...V2, cgroup: { ...V2.cgroup, placement } } : V2;
}

const CASES: readonly (readonly [name: string, options: Partial<RunOptions>, host: HostFacts])[] = [
  ['plain', {}, EXAMPLE_HOST],
  ['limits on v2', { memory: '64m', cpus: 0.5, pidsLimit: 20 }, V2],
  ['limits in a scope', { memory: '64m', detach: true }, withPlace(SCOPED)],
  ['limits in a delegated unit', { memory: '64m' }, withPlace(UNIT)],
  ['its own network only', { network: 'none', init: true, detach: true }, EXAMPLE_HOST],
  [
    'everything joined',
    {
      network: 'ns:/run/netns/a b',
      pid: 'ns:/proc/7/ns/pid',
      uts: 'ns:/u',
      ipc: 'ns:/i',
      mountNs: 'ns:/m',
      cgroupNs: 'ns:/c',
    },
    EXAMPLE_HOST,
  ],
  [
    'hostile words',
    {
      rootfs: "/srv/it's $(touch /tmp/never)",
      command: ['/bin/sh', '-c', 'echo \'a\' "$1"\nINSIDE\n'],
      env: { 'A.B': "'; exit 1; '", C: '$(id)' },
      volumes: [{ source: '/a b', destination: "/c'd", readonly: true }],
      user: '1000:1000',
      workdir: '/with space',
      readOnly: true,
    },
    EXAMPLE_HOST,
  ],
];

describe.each(CASES)('a script for a container: %s', (_name, options, host) => {
  const planned = planOf(options, host);
  const text = script(planned);

  it('is one that a POSIX shell can read', () => {
    const read = spawnSync('/bin/sh', ['-n'], { input: text, encoding: 'utf8' });
    expect(read).toMatchObject({ status: 0, stderr: '' });
  });

  it('names every step of the plan by its number', () => {
    const comments = text.split('\n').filter((line) => /^\s*# /.test(line));
    for (const [index, { kind }] of operations(planned).entries()) {
      const named = new RegExp(`[ ,]${index + 1} ${kind}\\b`);
      expect(
        comments.some((line) => named.test(line)),
        `${index + 1} ${kind}`,
      ).toBe(true);
    }
  });
});

describe('what the script says', () => {
  it('enters namespaces that are there, and makes the others', () => {
    const text = script(
      planOf({ network: 'ns:/run/netns/a b', pid: 'ns:/proc/7/ns/pid' }, EXAMPLE_HOST),
    );
    expect(text).toContain('nsenter --pid=/proc/7/ns/pid');
    expect(text).toContain('--net=/run/netns/a b');
    expect(text).toContain('unshare --mount --propagation private --uts --ipc \\\n');
    expect(text).not.toContain('--fork');
    expect(text).not.toContain('ip link add');
  });

  it('lets go of exactly the capabilities that the plan does not keep', () => {
    const text = script(planOf({ capDrop: ['ALL'], capAdd: ['NET_RAW'] }, EXAMPLE_HOST));
    expect(text).toContain(
      '--bounding-set=-all,+net_raw --inh-caps=-all --ambient-caps=-all --no-new-privs',
    );
    expect(
      script(planOf({ securityOpt: ['no-new-privileges=false'] }, EXAMPLE_HOST)),
    ).not.toContain('--no-new-privs');
  });

  it('admits what no command can do', () => {
    expect(script(planOf({ init: true }, EXAMPLE_HOST))).toMatch(
      /seccomp is missing[\s\S]*init that stays as PID 1 is missing/,
    );
    expect(script(planOf({ securityOpt: ['seccomp=unconfined'] }, EXAMPLE_HOST))).not.toContain(
      'is missing',
    );
  });
});

const facts = readHostFacts();
const ROOTFS = join(import.meta.dirname, '../../fixtures/rootfs/out/default');
const tools = ['unshare', 'nsenter', 'setpriv', 'pivot_root', 'ip'].filter(
  (name) =>
    !['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((directory) =>
      existsSync(join(directory, name)),
    ),
);
const lacking =
  facts.euid !== 0
    ? 'root'
    : facts.cgroup.mode === 'none'
      ? 'cgroups'
      : tools.length
        ? tools.join()
        : '';
const why =
  lacking || (existsSync(join(ROOTFS, 'bin/busybox')) ? '' : 'the default root file system');

describe.skipIf(why !== '')(`the script on this machine${why ? ` (needs ${why})` : ''}`, () => {
  const id = `by-hand-${randomBytes(3).toString('hex')}`;
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'terrarium-by-hand-'));
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });

  function run(options: Partial<RunOptions>, input = '') {
    const planned = planOf({ rootfs: ROOTFS, id, ...options }, facts, scratch);
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script(planned)], {
      input,
      encoding: 'utf8',
      timeout: 30_000,
    });
    return {
      status,
      stderr,
      answer: (line: number) => stdout.split('\n---\n')[line]?.trim() ?? '',
      plan: planned,
    };
  }

  /** Groups, the link, the claim: nothing of them may be there. */
  function leftovers(): string[] {
    const layout = facts.cgroup;
    const mounts =
      layout.mode === 'none'
        ? []
        : layout.mode === 'v2'
          ? [layout.root]
          : Object.values(layout.hierarchies);
    const groups = [...new Set(mounts)].map((mount) => join(mount, `terrarium-${id}`));
    const claims = existsSync(join(scratch, '.net')) ? readdirSync(join(scratch, '.net')) : [];
    return [...groups, `/sys/class/net/${linkName(id)}`]
      .filter((path) => existsSync(path))
      .concat(claims);
  }

  it('builds the container that the plan describes, and takes it back', () => {
    const asked = [
      'hostname',
      'echo $$',
      'cat /proc/self/mountinfo',
      'cat /proc/self/status',
      'ip -4 address show dev eth0',
      'ip route',
    ];
    const more = [
      'ls /proc | grep -c "^[0-9]"',
      'pwd',
      'echo $MARK',
      'umask',
      'cat /proc/mounts | grep -c /work',
    ];
    const made = run(
      { memory: '64m', pidsLimit: 20, env: ["MARK=it's $(id)"], workdir: '/tmp' },
      `${[...asked, ...more].join('\necho ---\n')}\nexit 7\n`,
    );
    expect(made.stderr).toBe('');
    expect(made.status).toBe(7);
    expect([made.answer(0), made.answer(1)]).toEqual(['box', '1']);
    const mounted = made
      .answer(2)
      .split('\n')
      .map((line) => line.split(' '));
    for (const op of made.plan.inside) {
      if (op.kind !== 'mount') continue;
      const mount = mounted.find((fields) => fields[4] === op.target.path);
      expect(mount?.join(' '), op.target.path).toContain(` - ${op.fstype} `);
      for (const flag of op.attributes.filter(
        (name) => name === 'nosuid' || name === 'nodev' || name === 'noexec',
      ))
        expect(mount?.[5]?.split(','), op.target.path).toContain(flag);
    }
    expect(mounted[0]?.[4]).toBe('/');
    const kept = made.plan.inside
      .find((op) => op.kind === 'bounding')
      ?.keep.toString(16)
      .padStart(16, '0');
    for (const set of ['CapBnd', 'CapPrm', 'CapEff'])
      expect(made.answer(3)).toContain(`${set}:\t${kept}`);
    expect(made.answer(3)).toContain('NoNewPrivs:\t1');
    const [link] = made.plan.link;
    expect(made.answer(4)).toContain(`inet ${link?.peerAddress}/30`);
    expect(made.answer(5)).toContain(`default via ${link?.hostAddress}`);
    // The shell, and the ls and grep of the pipe.
    expect(Number(made.answer(6))).toBeLessThanOrEqual(3);
    expect([made.answer(7), made.answer(8), made.answer(9)]).toEqual([
      '/tmp',
      "it's $(id)",
      '0022',
    ]);
    expect(leftovers()).toEqual([]);
  });

  it('enforces the limits: the hog dies, the shell lives', () => {
    const { answer, status } = run(
      { memory: '24m', network: 'none' },
      'memory-hog 64 >/dev/null 2>&1\necho $?\n',
    );
    expect([answer(0), status]).toEqual(['137', 0]);
  });

  it.each([
    ['a command that is not there', { command: ['no-such-command'] }, 127],
    [
      'one that ends by a signal',
      { command: ['/bin/sh', '-c', 'kill -9 $$'], pid: 'host' as const, network: 'none' as const },
      137,
    ],
  ])('ends as the command does: %s', (_name, options, status) => {
    expect(run(options).status).toBe(status);
    expect(leftovers()).toEqual([]);
  });

  it('leaves what another container has', () => {
    const planned = planOf({ rootfs: ROOTFS, id }, facts, scratch);
    const claim = planned.host.find((op) => op.kind === 'claim')?.path ?? '';
    mkdirSync(join(scratch, '.net'), { recursive: true });
    symlinkSync('another', claim);
    expect(run({})).toMatchObject({ status: 125, stderr: expect.stringContaining('is in use') });
    expect(readlinkSync(claim)).toBe('another');
    rmSync(claim);
    expect(leftovers()).toEqual([]);
  });

  it('mounts nothing over what a link of the root file system points to', () => {
    const rootfs = join(scratch, 'hostile');
    const target = join(scratch, 'target');
    for (const directory of [rootfs, target]) mkdirSync(directory);
    symlinkSync(target, join(rootfs, 'proc'));
    const refused = run({ rootfs, network: 'none' });
    expect(refused).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('/proc is a symbolic link'),
    });
    expect(readdirSync(target)).toEqual([]);
    expect(leftovers()).toEqual([]);
  });
});
