// The executable answers as the sources on Node do, byte for byte: plans of random options, errors,
// arguments that are no UTF-8.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { quoteAll } from '../../runtime/plan/quote.ts';

const root = join(import.meta.dirname, '../..');
const executable = join(root, 'build/release/terrarium');
const rootfs = 'fixtures/rootfs/out/default';
const env = { ...process.env, NO_COLOR: '1', TERM: 'xterm', KEY: 'välue', EMPTY: '' };

const of = (flag: string, ...values: string[]) =>
  fc.constantFrom(...values).map((value) => [flag, value]);
const anyText = (flag: string) =>
  fc
    .string({ unit: 'grapheme', maxLength: 12 })
    // exec(3) takes no NUL.
    .filter((text) => !text.includes('\0'))
    .map((text) => [`${flag}=${text}`]);

/** Values that are right, wrong, at the edge; and any text. */
const option = fc.oneof(
  of('--memory', '64m', '1.5g', '4096', '4095', '-1', '9007199254740993', '1e3', '64mb', ''),
  of('--memory-swap', '128m', '-1', '1m', '0'),
  of('--memory-reservation', '32m', '1g', 'x'),
  of('--memory-high', '48m', '2t'),
  of('--cpus', '0.5', '1', '1.005', '0.001', '0', '1e99', 'NaN', '.1'),
  of('--cpu-shares', '2', '1', '262144', '262145', '1024'),
  of('--cpuset-cpus', '0', '0-1', '1,0', '0-4095', '3-1', ''),
  of('--pids-limit', '1', '-1', '0', '64', '4194305'),
  of('--blkio-weight', '10', '1000', '9'),
  of('-v', '/tmp:/data', '/tmp:/data:ro', 'docs:/docs:ro', '/nowhere:/x', ':/x', '/tmp:tmp'),
  of('--mount', 'type=tmpfs,dst=/t,tmpfs-size=1m', 'type=bind,src=/tmp,dst=/b,ro', 'type=x'),
  of('--tmpfs', '/t', '/tmp:size=64m', '/t:mode=1777,size=1k', '/t:wrong', '/ü'),
  of('--network', 'none', 'host', 'ns:/proc/1/ns/net', 'bridge', 'ns:/nowhere'),
  of('--pid', 'host', 'ns:/proc/1/ns/pid', 'ns:'),
  of('--ipc', 'host', 'ns:/proc/1/ns/ipc'),
  of('--uts', 'host', 'private'),
  of('-e', 'A=b', 'KEY', 'EMPTY', 'NOT_SET', '=x', 'A=b=c\nd', 'PATH=/x', 'TÖRM=😀'),
  of('-w', '/tmp', 'tmp', '/a/../b', '/\u{1f433}'),
  of('-u', 'root', '1000:1000', 'nobody', '0:nogroup', '-5', '4294967296', 'no such'),
  of('--cap-add', 'SYS_ADMIN', 'CAP_NET_ADMIN', 'all', 'NONE', 'perfmon'),
  of('--cap-drop', 'ALL', 'mknod', 'CAP_KILL'),
  of('--security-opt', 'seccomp=unconfined', 'no-new-privileges=false', 'apparmor=x'),
  fc.constantFrom(['--read-only'], ['--init'], ['-t'], ['-T'], ['-d'], ['-i'], ['--rm'], ['--wat']),
  anyText('--memory'),
  anyText('--cpus'),
  anyText('--env'),
  anyText('--volume'),
  anyText('--user'),
  anyText('--tmpfs'),
  anyText('--name'),
);
const hostname = fc.oneof(
  { weight: 8, arbitrary: fc.constant('box') },
  fc.constantFrom('', 'a.b', '-x', 'b\u00fcx', 'x'.repeat(65)),
);
const command = fc.oneof(
  fc.constant([]),
  fc.constant(['--', 'echo', '', 'ä', '\u{1f433}']),
  fc.constant(['--', 'no such']),
);
const line = fc
  .tuple(hostname, fc.array(option, { maxLength: 5 }), command)
  .map(([name, options, words]) => [
    ...['explain', '--format', 'json', rootfs, name, '--network', 'none'],
    ...options.flat(),
    ...words,
  ]);

interface Answer {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Ids and names of scopes are random; Node raises its own limit of open files. */
function steady({ status, out, err }: Answer): Answer {
  const id = /^ {2}"id": "([0-9a-f]{12})"/m.exec(out)?.[1];
  const text = out
    .replace(/terrarium\.\d+\.[0-9a-f]{8}\.scope/g, 'SCOPE')
    .replace(/("RLIMIT_NOFILE",\s+"soft": )\d+/, '$1N');
  return { status, out: id === undefined ? text : text.replaceAll(id, 'ID'), err };
}

/** One shell starts them all: a fork of this process is slower than the executable. */
function executableSays(lines: readonly (readonly string[])[]): Answer[] {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-answers-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const at = (name: string, index: number) => join(directory, `${name}-${index}`);
  const script = lines.map(
    (argv, index) =>
      `${quoteAll([executable, ...argv])} >${at('out', index)} 2>${at('err', index)}\necho $?\n`,
  );
  const { stdout } = spawnSync('sh', [], {
    cwd: root,
    env,
    input: script.join(''),
    encoding: 'utf8',
  });
  const statuses = stdout.trim().split('\n').map(Number);
  return lines.map((_, index) =>
    steady({
      status: statuses[index] ?? null,
      out: readFileSync(at('out', index), 'utf8'),
      err: readFileSync(at('err', index), 'utf8'),
    }),
  );
}

/** In a process of their own: nothing that other tests left behind counts. */
function sourcesSay(lines: readonly (readonly string[])[]): Answer[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'answers.fixture.ts')],
    { cwd: root, env, input: JSON.stringify(lines), encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (stdout === '') throw new Error(stderr);
  const answers: Answer[] = JSON.parse(stdout);
  return answers.map(steady);
}

function needsBuild({ skip }: TestContext): void {
  if (!existsSync(executable)) skip('not built: sudo npm run build');
  if (!existsSync(join(root, rootfs))) skip('needs the default root file system');
}

const SETS = 500;

test(`${SETS} random option sets have the same plan, or the same error`, (context) => {
  needsBuild(context);
  const lines = fc.sample(line, SETS);
  const answers = executableSays(lines);
  const expected = sourcesSay(lines);
  for (const [index, argv] of lines.entries())
    expect(answers[index], quoteAll(argv)).toEqual(expected[index]);
  // Neither only plans nor only errors were compared.
  for (const end of [0, 125])
    expect(answers.filter(({ status }) => status === end).length).toBeGreaterThan(SETS / 10);
}, 120_000);

/** Words as printf(1) makes them, with octal bytes. */
const BYTES = [
  [
    ...['-e', 'A\\351=\\377', '-w', '/r\\351', '--tmpfs', '/t\\200:size=1k'],
    ...['--', 'caf\\351', '\\303\\050', '\\360\\237'],
  ],
  ['-u', 'r\\351mi', '-v', '/tmp:/v\\350', '--', '\\377\\376', ''],
  ['-e', 'A=\\355\\240\\200', '-e', '\\303\\251=\\357\\277\\275', '--', '\\357\\277\\275\\377'],
  ['--memory', '\\377'],
  ['--cap-add', '\\300\\200'],
  ['--w\\377t'],
  ['-v', '/tmp:v\\350', '--name', '\\377'],
];

test.for(BYTES)('bytes that are no UTF-8 in arguments: %s %s …', (words, context) => {
  needsBuild(context);
  const list = words.map((word) => `"$(printf -- '${word}')"`).join(' ');
  const script = `exec "$@" explain --format json ${rootfs} box --network none ${list}`;
  const said = (program: string) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', join(root, program)], {
      cwd: root,
      env: { ...env, TERRARIUM_START: 'sources' },
      encoding: 'latin1',
    });
    return steady({ status, out: stdout, err: stderr });
  };
  const answer = said('build/release/terrarium');
  expect(answer).toEqual(said('bin/terrarium'));
  expect(answer.out + answer.err).toMatch(/[\x80-\xff]|\\udc|\\x[89a-f]/);
});
