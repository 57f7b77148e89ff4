// The shell behind a terminal is found independent of its output, and a lying program is detected.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Shell } from '../shell/shell.ts';
import { carriersOf, findShell, type Terminal } from './find.ts';
import { identityOf } from './identity.ts';
import { eventually, statusOf } from './process.ts';

async function opened(commandLine: readonly string[], env = {}): Promise<Shell> {
  const shell = new Shell({ title: 'examined', commandLine, env });
  onTestFinished(() => shell.close());
  return shell.ready();
}

/** A program in sh, removed after the test. */
function program(text: string): readonly string[] {
  const place = mkdtempSync(join(tmpdir(), 'find-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, 'program'), text);
  return ['sh', join(place, 'program')];
}

test('a shell that is the program itself', async () => {
  const shell = await opened(['sh']);
  const pid = await findShell(shell);
  expect(String(pid)).toBe(await shell.type('echo $$'));
  expect(identityOf(pid).root).toBe(identityOf(process.pid).root);
  expect(statusOf(pid, 'Uid')).toMatch(/^0\t0\t/);
});

test.for([
  ['a two-line prompt', { PS1: 'user\n> ' }],
  ['no prompt', { PS1: '' }],
] as const)('a shell with %s', async ([, env]) => {
  const shell = await opened(['sh', '-i'], env);
  expect(await shell.type('echo one; echo two')).toBe('one\ntwo');
  expect(await shell.type('false')).toBe('');
  expect(await shell.type('echo $?')).toBe('1');
  expect(String(await findShell(shell))).toBe(await shell.type('echo $$'));
});

test('a shell that reads commands as a pipe gives them, without prompt or terminal', async () => {
  const shell = await opened(program('cat | sh 2>&1 | cat\n'));
  expect(await shell.type('echo one; echo two')).toBe('one\ntwo');
  expect(await shell.type('(exit 7)')).toBe('');
  expect(await shell.type('echo $?')).toBe('7');
  expect(await shell.start('echo a; echo b', /b\n/)).toContain('a\nb\n');
  expect(String(await findShell(shell))).toBe(await shell.type('echo $$'));
});

test('a shell in its own namespaces, below a program that starts late', async () => {
  const shell = await opened(
    program('sleep 1.3; unshare --pid --fork --mount-proc --uts --net bash\n'),
  );
  const pid = await findShell(shell);
  expect(statusOf(pid, 'NSpid').split(/\s+/)).toEqual([String(pid), '1']);
  const [inside, here] = [identityOf(pid).namespaces, identityOf(process.pid).namespaces];
  for (const kind of ['pid', 'uts', 'net', 'mnt']) {
    expect(inside[kind]).not.toBe(here[kind]);
    expect(await shell.type(`readlink /proc/self/ns/${kind}`)).toBe(inside[kind]);
  }
});

test('a program that only says that it is a shell', async () => {
  const shell = await opened(
    program(`
      while read -r line; do
        case $line in
          *DY-*) echo "RDY-\${line##*-}" ;;
          *ET-*) echo "SET-\${line##*-}" ;;
          *LOOK_FOR*) echo looking ;;
          *PS1*) p=\${line##*ox-} p="box-\${p%?}" ;;
        esac
        printf '%s' "$p"
      done
    `),
  );
  await expect(findShell(shell)).rejects.toThrow(/no process on this machine carries the token/);
});

/** Starts a second carrier of `shell`'s token by `decoy`; waits until it runs. */
async function copied(shell: Shell): Promise<void> {
  const token = /LOOK_FOR=(\w+)/.exec(shell.screen)?.[1] ?? '';
  const decoy = spawn('unshare', ['--net', '--uts', 'sleep', '60'], {
    env: { LOOK_FOR: token },
    stdio: 'ignore',
  });
  onTestFinished(() => void decoy.kill('SIGKILL'));
  await eventually('the decoy carries the token', () =>
    carriersOf(token).includes(decoy.pid ?? -1),
  );
}

/** The same terminal, with an action before Enter or after a line. */
function watched(shell: Shell, on: { line?: () => Promise<void>; enter?: () => Promise<void> }) {
  const terminal: Terminal = {
    pid: shell.pid,
    type: (line) => shell.type(line),
    prompt: () => shell.prompt(),
    async start(line, pattern, options) {
      const printed = await shell.start(line, pattern, options);
      if (line.includes('LOOK_FOR')) await on.line?.();
      return printed;
    },
    async press(key) {
      await on.enter?.();
      await shell.press(key);
    },
  };
  return terminal;
}

test('a decoy with the token: both are named', async () => {
  const shell = await opened(['sh']);
  const terminal = watched(shell, { line: () => copied(shell) });
  await expect(findShell(terminal)).rejects.toThrow(
    /2 processes carry the token that was typed once: \d+ \(.+\) and \d+ \(.+\)$/,
  );
});

test('a decoy that has the token later: it is named', async () => {
  const shell = await opened(['sh']);
  const terminal = watched(shell, { enter: () => copied(shell) });
  await expect(findShell(terminal)).rejects.toThrow(
    /after its end, others carry the token: \d+ \(sleep 60\)$/,
  );
});

/** Passes lines with a token to a shell in its own namespaces, and runs all others itself. */
const FORWARDER = `
  mkfifo $0.in $0.keys; trap 'rm -f $0.in $0.keys' EXIT
  unshare --net --uts --pid --fork --kill-child sh <$0.in & exec 7>$0.in 8<>$0.keys
  while IFS= read -r line; do
    case $line in
      *LOOK_FOR*)
        echo "$line <$0.keys; echo >$0.out" >&7
        IFS= read -r enter; echo "$enter" >&8
        until [ -e $0.out ]; do sleep .01; done ;;
      *) eval "$line" ;;
    esac
    printf '%s' "$PS1"
  done
`;

test('an isolated shell beside the one that answers', async () => {
  const shell = await opened(program(FORWARDER));
  await expect(findShell(shell)).rejects.toThrow(
    /^another process answers than \d+ \(sh\): that one was stopped$/,
  );
});

test('a shell that another program started', async () => {
  const shell = await opened(['sh']);
  const other = Object.assign(watched(shell, {}), { pid: process.pid });
  expect(await findShell(other)).toBe(shell.pid);
  const sleeper = spawn('sleep', ['60']);
  onTestFinished(() => void sleeper.kill('SIGKILL'));
  const foreign = Object.assign(watched(shell, {}), { pid: sleeper.pid ?? -1 });
  await expect(findShell(foreign)).rejects.toThrow(/was not started by the program under exam/);
  expect(await findShell(foreign, { daemon: true })).toBe(shell.pid);
});
