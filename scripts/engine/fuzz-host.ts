// Starts the executable's host, built with AddressSanitizer and UBSan, on damaged input: arguments,
// environment, a root's /etc/passwd and /etc/group, journals. Only commands that change nothing.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalsOfContainer, ROOTFS } from './journals.ts';
import { PROJECT } from './paths.ts';

const HOST = join(PROJECT, 'build/checks/terrarium-asan');
const LONGEST_MS = 20_000;

/** What is damaged; each is whole in one start of eight. */
const WORDS = [
  ...['--memory=64m', '--cpus=0.5', '--user=student', '--volume=/tmp:/t:ro', '--tmpfs=/t:size=1m'],
  ...[
    '--env=A=b',
    '--workdir=/tmp',
    '--cap-add=SYS_ADMIN',
    '--network=none',
    '--init',
    '--pid=host',
  ],
  ...['--security-opt=seccomp=unconfined', '--mount=type=tmpfs,dst=/x', '--format=json', '--help'],
];
const VARIABLES = [
  'TERM=xterm',
  'NO_COLOR=1',
  'TERRARIUM_DEBUG=ops',
  'A=b',
  'TERRARIUM_IGNORED=12',
];
const FILES: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nstudent:x:1000:1000::/home/student:/bin/sh\n',
  group: 'root:x:0:\nstudent:x:1000:root,student\n',
};

interface Start {
  /** Words of env(1): variables, the program, its arguments. */
  readonly words: readonly Buffer[];
  readonly directory: string;
}

function any(below: number): number {
  return Math.floor(Math.random() * below);
}

/** Some bytes changed, removed, repeated or added; none is NUL. */
function damaged(text: string | Buffer): Buffer {
  let bytes = Buffer.from(text);
  if (any(8) === 0) return bytes;
  for (let turn = any(6); turn >= 0; turn--) {
    const at = any(bytes.length + 1);
    const some = Buffer.from(Array.from({ length: any(12) }, () => 1 + any(255)));
    const piece = bytes.subarray(at, at + any(40));
    const kept = [
      Buffer.alloc(0),
      some,
      Buffer.concat([piece, piece]),
      Buffer.alloc(any(3000), 1 + any(255)),
    ];
    const instead = kept[any(kept.length)] ?? some;
    bytes = Buffer.concat([bytes.subarray(0, at), instead, bytes.subarray(at + piece.length)]);
  }
  return Buffer.from(bytes.filter((byte) => byte !== 0));
}

function someOf(list: readonly string[]): Buffer[] {
  return Array.from({ length: any(5) }, () => damaged(list[any(list.length)] ?? ''));
}

function startIn(directory: string, kept: string): Start {
  const rootfs = join(directory, 'rootfs');
  const state = join(directory, 'state');
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { mode: 0o700 });
  mkdirSync(join(rootfs, 'etc'), { recursive: true });
  for (const [name, text] of Object.entries(FILES))
    writeFileSync(join(rootfs, 'etc', name), damaged(text));
  const names = globSync('*', { cwd: kept });
  for (const name of names)
    writeFileSync(join(state, name), damaged(readFileSync(join(kept, name))), { mode: 0o600 });
  const id = names[0]?.replace(/\..*$/, '') ?? 'x';
  const commands = [
    ['explain', rootfs, 'box'],
    ['explain', '--format=json', rootfs, 'box', '--user=student'],
    ['list', '--all'],
    ['state', id],
    ['ps', id],
    ['__complete', 'shell', '--'],
  ];
  const command = commands[any(commands.length)] ?? [];
  const variables = [...someOf(VARIABLES).filter(isVariable), `TERRARIUM_STATE=${state}`];
  const words = [...variables, HOST, ...command, ...someOf(WORDS)].map((word) => Buffer.from(word));
  return { words, directory };
}

/** Else env(1) would take it for the program, or an option. */
function isVariable(word: Buffer): boolean {
  return word.indexOf('=') > 0 && word[0] !== 0x2d;
}

/** What went wrong; undefined: it ended as it should, whatever it said. */
function faultOf({ words, directory }: Start): string | undefined {
  const file = join(directory, 'words');
  writeFileSync(file, Buffer.concat(words.flatMap((word) => [word, Buffer.of(0)])));
  // Node passes text only.
  const { signal, stderr } = spawnSync(
    'sh',
    [
      '-c',
      'xargs -0 -x -a "$1" env -i ASAN_OPTIONS="$2" </dev/null 2>"$3"; ended=$?; cat "$3" >&2; exit $ended',
      'sh',
      file,
      'detect_leaks=0',
      join(directory, 'said'),
    ],
    { encoding: 'latin1', timeout: LONGEST_MS, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (signal !== null) return `no end within ${LONGEST_MS / 1000} s`;
  if (/Sanitizer|runtime error:|killed by signal|terminated by signal/.test(stderr)) return stderr;
  return undefined;
}

/** Returns whether it ran without a fault. Needs the executable, and checks.mk's of it. */
export function fuzzHost(seconds: number, out: string): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-fuzz-'));
  try {
    const kept = existsSync(ROOTFS) ? journalsOfContainer(directory).kept : '';
    const end = performance.now() + seconds * 1000;
    let runs = 0;
    for (; performance.now() < end; runs++) {
      const start = startIn(directory, kept);
      const fault = faultOf(start);
      if (fault === undefined) continue;
      const artifact = join(out, `host-${Date.now()}`);
      cpSync(directory, artifact, { recursive: true });
      console.error(`${fault}\nhost: xargs -0 -a ${artifact}/words env -i`);
      return false;
    }
    const journalled = globSync('*', { cwd: kept }).length;
    console.log(`host: ${runs} starts in ${seconds} s, ${journalled} files of journals, no fault`);
    return true;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
