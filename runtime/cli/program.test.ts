import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import { configFrom } from '../options/config-from.ts';
import { containerCommand, runOptionsFrom } from './commands/container-arguments.ts';
import { exitCodeOf, parseSignal } from './process/exit-status.ts';
import type { Io } from './process/io.ts';
import { buildProgram, COMMANDS, run } from './program.ts';
import { duration, fields, table } from './text/columns.ts';
import { isUsageError } from './text/print-error.ts';

interface Recording extends Io {
  text(stream: 'stdout' | 'stderr'): string;
  status(): number | undefined;
}

function recording(terminal = false): Recording {
  const written = { stdout: '', stderr: '' };
  let code: number | undefined;
  const output = (stream: 'stdout' | 'stderr') => ({
    isTTY: terminal,
    write: (text: string) => (written[stream] += text),
  });
  return {
    stdin: { isTTY: terminal },
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: { HOME: '/home/ann', EMPTY: '', NO_COLOR: '1' },
    cwd: '/work/dir',
    finish: (status) => (code = status),
    text: (stream) => written[stream],
    status: () => code,
  };
}

async function typed(...argv: string[]) {
  const io = recording();
  await run(argv, io);
  return { out: io.text('stdout'), err: io.text('stderr'), status: io.status() };
}

describe('help', () => {
  test.each(Object.keys(COMMANDS))(
    '%s --help has a usage, every option explained, and examples that parse',
    async (name) => {
      const { out, err, status } = await typed(name, '--help');
      expect([err, status]).toEqual(['', undefined]);
      expect(out).toMatch(new RegExp(`^Usage: terrarium ${name} `));
      expect((await typed('help', name)).out).toBe(out);
      expect(out).not.toMatch(/default: (\[\]|undefined)/);
      const lines = [...out.matchAll(/^ {2}\$ (?:.*\| )?terrarium ([^>\n]*)/gm)].map((match) =>
        (match[1] ?? '').trim(),
      );
      expect(lines.length).toBeGreaterThan(0);
      const names = await Promise.all(
        lines.map((line) => parseOnly(line.replace(/\$\(.*\)/, 'web').split(' '))),
      );
      expect(names).toContain(name);
      expect(names).not.toContain(undefined);
    },
  );

  test('nothing to do is answered by the list, and is a mistake', async () => {
    const { out, err, status } = await typed('--');
    expect([out, err, status]).toEqual([(await typed()).out, '', 125]);
  });

  test('the list shows each command as it describes itself', async () => {
    const io = recording();
    const all = await buildProgram(io, '1', Object.keys(COMMANDS));
    for (const command of all.commands)
      expect(COMMANDS[command.name()]?.summary).toBe(command.summary());
    const { out, status } = await typed();
    expect(status).toBeUndefined();
    for (const [name, { summary }] of Object.entries(COMMANDS))
      expect(out).toMatch(new RegExp(`${name} +${summary}`));
    expect((await typed('--help')).out).toBe(out);
    expect((await typed('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('mistakes end with 125, a fact and a hint', () => {
  test.each([
    [['shel'], "unknown command 'shel'", 'did you mean shell?'],
    [['frobnicate'], "unknown command 'frobnicate'", '--help'],
    [['shell', 'r', 'h', '--memroy', '1m'], "unknown option '--memroy'", 'did you mean --memory?'],
    [['shell', 'r'], "missing required argument 'hostname'", '--help'],
    [['shell', 'r', 'h', '--memory'], "option '-m, --memory <size>' argument missing", '--help'],
    [['shell', 'r', 'h', '--network', 'hots'], "'hots' is invalid", 'did you mean host?'],
    [
      ['shell', 'r', 'h', '--network', '/run/netns/x'],
      "'/run/netns/x' is invalid",
      'did you mean ns:/run/netns/x?',
    ],
    [['shell', 'r', 'h', '--mount-ns', 'host'], "'host' is invalid", 'ns:PATH'],
    [['list', '--format', 'yaml'], "'yaml' is invalid", 'table, json'],
    [['list', 'more'], 'too many arguments', '--help'],
    [['kill', 'web', 'KIL'], "invalid signal 'KIL'", 'did you mean KILL?'],
    [['kill', 'web', 'FOO'], "invalid signal 'FOO'", 'a name such as TERM'],
    [['exec', 'web'], "missing required argument 'command'", '--help'],
    [['delete'], "missing required argument 'id'", '--help'],
    [['update', 'web'], 'no limit was given', '--help'],
    [['--verison'], "unknown option '--verison'", 'did you mean --version?'],
    [['help', 'shel'], "unknown command 'shel'", 'did you mean shell?'],
    [['help', 'nothing'], "unknown command 'nothing'", '--help'],
  ])('%j', async (argv, fact, hint) => {
    const { out, err, status } = await typed(...argv);
    const [first, second, ...rest] = err.split('\n');
    expect([out, status]).toEqual(['', 125]);
    expect(first).toMatch(/^terrarium: /);
    expect(first).toContain(fact);
    expect(second).toMatch(/^ {2}hint: /);
    expect(second).toContain(hint);
    expect(rest).toEqual(['']);
  });
});

describe('the container’s options', () => {
  const io = recording();

  function optionsOf(argv: string[], from: Io = io) {
    const command = containerCommand('shell', 'x', from);
    command.parse(argv, { from: 'user' });
    const [rootfs, hostname, words] = command.processedArgs;
    return runOptionsFrom(rootfs, hostname, words, command.opts(), from);
  }

  test('every one of them arrives', () => {
    const limits =
      '--memory 64m --memory-swap -1 --cpus .5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit -1';
    const places =
      '--network veth --ip 198.18.0.2/30 --pid ns:/p --uts ns:/u --ipc host --mount-ns ns:/m --cgroup-ns host';
    const rest =
      '-v src:/dst:ro --volume /a:/b --tmpfs /t --read-only -e A=1 -e HOME -e NOT_SET -e EMPTY -w /w -u 1:2 --init --detach --name n';
    const security =
      '--cap-add KILL --cap-drop ALL --cap-drop CHOWN --security-opt seccomp=unconfined --no-tty';
    const argv = `rootfs box ${limits} ${places} ${rest} ${security} -- ls -l --memory`.split(' ');
    expect(optionsOf(argv)).toEqual({
      ...{
        rootfs: '/work/dir/rootfs',
        hostname: 'box',
        command: ['ls', '-l', '--memory'],
        id: 'n',
        terminal: false,
        detach: true,
        init: true,
      },
      ...{
        memory: '64m',
        memorySwap: '-1',
        cpus: '.5',
        cpuShares: '512',
        cpusetCpus: '0',
        pidsLimit: '-1',
      },
      ...{
        network: 'veth',
        ip: '198.18.0.2/30',
        pid: 'ns:/p',
        uts: 'ns:/u',
        ipc: 'host',
        mountNs: 'ns:/m',
        cgroupNs: 'host',
      },
      ...{
        volumes: ['/work/dir/src:/dst:ro', '/a:/b'],
        tmpfs: ['/t'],
        readOnly: true,
        env: ['A=1', 'HOME=/home/ann', 'EMPTY='],
        workdir: '/w',
        user: '1:2',
      },
      ...{ capAdd: ['KILL'], capDrop: ['ALL', 'CHOWN'], securityOpt: ['seccomp=unconfined'] },
    });
  });

  test('the least of them is a Config', () => {
    const options = optionsOf(['/srv/rootfs', 'box']);
    expect(configFrom(options, EXAMPLE_HOST, { id: 'x' })).toMatchObject({
      root: { path: '/srv/rootfs' },
      hostname: 'box',
      process: { args: ['/bin/sh'], terminal: false },
    });
  });

  test('a terminal inside when there is one outside, unless said otherwise', () => {
    const outside = recording(true);
    expect(optionsOf(['r', 'h'], outside).terminal).toBe(true);
    expect(optionsOf(['r', 'h', '-T'], outside).terminal).toBe(false);
    expect(optionsOf(['r', 'h', '--detach'], outside).terminal).toBe(false);
    expect(optionsOf(['r', 'h']).terminal).toBe(false);
    expect(optionsOf(['r', 'h', '--tty']).terminal).toBe(true);
  });

  test('an empty path does not become the working directory', () => {
    expect(optionsOf(['', 'h']).rootfs).toBe('');
    expect(optionsOf(['r', 'h', '-v', ':/x']).volumes).toEqual([':/x']);
    const mount = (words: string) => optionsOf(['r', 'h', '--mount', words]).mounts;
    expect(mount('type=bind,src=./a:b,dst=/x')).toEqual(['type=bind,src=/work/dir/a:b,dst=/x']);
    expect(mount('"src=a,b",dst=/x')).toEqual(['"src=/work/dir/a,b",dst=/x']);
  });
});

test.each([
  [[]],
  [['--']],
  [['--version']],
  [['shell', '--help']],
  [['help', 'list']],
  [['help', 'nonsense']],
  [['shel', 'r', 'h']],
  [['shell', '--memry', '1g']],
  [['exec', 'nobody', '--', 'true']],
  [['__complete', 'shell', '--mem']],
])('all commands, made beforehand, answer %j as the one that is asked for', async (argv) => {
  const version = (await typed('--version')).out.trim();
  const io = recording();
  await run(argv, io, await buildProgram(io, version, Object.keys(COMMANDS)));
  const { out, err, status } = await typed(...argv);
  expect(out + err).not.toBe('');
  expect([io.text('stdout'), io.text('stderr'), io.status()]).toEqual([out, err, status]);
});

/** Parses with every action replaced: answers the command's name, throws what the parser throws. */
async function parseOnly(argv: string[]): Promise<string | undefined> {
  const program = await buildProgram(recording(), '1', Object.keys(COMMANDS));
  let name: string | undefined;
  for (const command of program.commands) {
    command.action(() => {
      name = command.name();
    });
  }
  await program.parseAsync(argv, { from: 'user' });
  return name;
}

test('fuzz: whatever is typed, it parses or is a usage error', async () => {
  const io = recording();
  const all = await buildProgram(io, '1', Object.keys(COMMANDS));
  const flags = all.commands.flatMap((command) =>
    command.options.flatMap(({ long, short }) => [long ?? '--', short ?? '-']),
  );
  const word = fc.oneof(
    fc.constantFrom(
      ...Object.keys(COMMANDS),
      ...flags,
      '--',
      '-',
      '',
      'help',
      'ns:/x',
      'host',
      '-1',
      '64m',
      '__proto__',
      'constructor',
    ),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...flags).map((flag) => `${flag}=`),
  );
  const argv = fc.oneof(
    fc.array(word, { maxLength: 8 }),
    fc
      .tuple(fc.constantFrom(...Object.keys(COMMANDS)), fc.array(word, { maxLength: 8 }))
      .map(([name, rest]) => [name, ...rest]),
  );
  await fc.assert(
    fc.asyncProperty(argv, async (words) => {
      try {
        await parseOnly(words);
      } catch (error) {
        if (!isUsageError(error)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

describe('ends', () => {
  test('a status, a signal by name or number', () => {
    expect(exitCodeOf({ exitCode: 3, signal: undefined })).toBe(3);
    expect(exitCodeOf({ exitCode: null, signal: 'SIGKILL' })).toBe(137);
    expect(exitCodeOf({ exitCode: undefined, signal: 2 })).toBe(130);
  });

  test('every signal has a name, and only those', () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      for (const text of [name, name.slice(3), name.toLowerCase()])
        expect(parseSignal(text)).toEqual({ value: number });
    }
    expect(parseSignal('64')).toEqual({ value: 64 });
    for (const bad of ['0', '65', '-9', '9 ', '', 'SIG', 'SIGSIGKILL', 'TREM', '1.5', '09'])
      expect(parseSignal(bad)).toHaveProperty('problem');
    expect(parseSignal('SIGTREM')).toMatchObject({ hint: 'did you mean TERM?' });
  });
});

describe('columns', () => {
  test('are as wide as what is in them', () => {
    const rows = [
      { id: 'a', pid: 7 },
      { id: 'longer', pid: undefined },
    ];
    const text = table(rows, [
      { heading: 'ID', cell: (row) => row.id },
      { heading: 'PID', right: true, cell: (row) => row.pid },
    ]);
    expect(text).toBe('ID      PID\na         7\nlonger    -\n');
    expect(
      fields([
        ['a', 1],
        ['long', undefined],
      ]),
    ).toBe('a     1\nlong  -\n');
  });

  test('are not moved by what a container calls itself', () => {
    const hostile = `${String.fromCharCode(27)}[2J\n\u202e\u009b1m`;
    expect(table([hostile], [{ heading: 'X', cell: (row) => row }])).toBe(
      'X\n\\x1b[2J\\x0a\\u202e\\x9b1m\n',
    );
  });

  test.each([
    [1_500, '1.5 µs'],
    [1_500_000, '1.50 ms'],
    [2_000_000_000, '2.00 s'],
  ])('%d ns is %s', (ns, text) => expect(duration(ns)).toBe(text));
});
