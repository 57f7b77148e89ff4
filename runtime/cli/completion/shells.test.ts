// Real shells on real terminals: a line is begun, Tab is pressed, and what the shell makes of it is
// run by printf, which shows the words.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import stripAnsi from 'strip-ansi';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Container, createContainer } from '../../container/container.ts';
import { example } from '../../container/example-container.ts';
import { openPty, setWindowSize } from '../../native/pump.ts';

const launcher = join(import.meta.dirname, '../../../bin/terrarium');
const START_OF_LINE = '\x01';
const END_OF_LINE = '\x05';
const READY = 'READY';
const WAIT_MS = 20_000;

interface ShellKind {
  readonly argv: readonly string[];
  /** Makes completion known; with `completion`, of this command. */
  readonly setUp: (completion: boolean) => string;
  readonly describes: boolean;
}

const SHELLS: Readonly<Record<string, ShellKind>> = {
  bash: {
    argv: ['bash', '--norc', '--noprofile', '-i'],
    setUp: (completion) => (completion ? 'eval "$(terrarium completion bash)"' : ':'),
    describes: false,
  },
  zsh: {
    argv: ['zsh', '-f', '-i'],
    setUp: (completion) =>
      `autoload -Uz compinit; compinit -D -u; ${completion ? 'eval "$(terrarium completion zsh)"' : ':'}`,
    describes: true,
  },
  fish: {
    argv: ['fish', '--no-config', '-i'],
    setUp: (completion) => (completion ? 'terrarium completion fish | source' : ':'),
    describes: true,
  },
};

/** A shell with `terrarium` in its PATH, in a directory with one directory and one file. */
class Interactive {
  readonly #master: number;
  #shown = '';
  #arrived = Promise.withResolvers<void>();

  constructor(argv: readonly string[]) {
    const home = mkdtempSync(join(tmpdir(), 'terrarium-completion-'));
    mkdirSync(join(home, 'bin'));
    mkdirSync(join(home, 'rootfs-directory'));
    symlinkSync(launcher, join(home, 'bin/terrarium'));
    const { master, slave } = openPty();
    this.#master = master;
    setWindowSize(master, 120, 40);
    const shell = spawn('setsid', ['--ctty', '--wait', ...argv], {
      stdio: [slave, slave, slave],
      cwd: home,
      env: {
        ...process.env,
        ...{ HOME: home, PATH: `${home}/bin:${process.env.PATH}`, TERM: 'xterm', EDITOR: 'ed' },
      },
    });
    closeSync(slave);
    const stream = new ReadStream(master);
    stream.on('data', (bytes: Buffer) => {
      this.#shown += bytes.toString();
      this.#arrived.resolve();
    });
    stream.on('error', () => this.#arrived.resolve());
    onTestFinished(async () => {
      const exited = once(shell, 'exit');
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
      await exited;
      stream.destroy();
      rmSync(home, { recursive: true });
    });
  }

  /** Keys, as a person presses them. */
  press(keys: string): void {
    writeSync(this.#master, keys);
  }

  /** Resolves when the text has appeared since the last call. */
  async until(text: string): Promise<string> {
    const late = AbortSignal.timeout(WAIT_MS);
    const stop = () => this.#arrived.resolve();
    late.addEventListener('abort', stop, { once: true });
    for (;;) {
      const shown = stripAnsi(this.#shown);
      if (shown.includes(text)) {
        this.#shown = '';
        return shown;
      }
      if (late.aborted) throw new Error(`no ${text} in: ${JSON.stringify(this.#shown)}`);
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }

  /** Runs a line to its end. */
  async run(line: string): Promise<string> {
    // Split, so that the line itself does not show what it will print.
    this.press(`${line}; printf '%s%s\\n' REA DY\r`);
    return this.until(READY);
  }

  /** The words that a line with Tab at its end becomes. */
  async completed(line: string): Promise<readonly string[]> {
    this.press(`${line}\t`);
    const shown = await this.run(`${START_OF_LINE}printf '<%s>\\n' ${END_OF_LINE}`);
    return [...shown.matchAll(/^<(.*)>\r?$/gm)].map(([, word = '']) => word);
  }
}

const installed = (name: string) => spawnSync(name, ['--version']).error === undefined;
const kinds = Object.entries(SHELLS).map(([name, kind]) => ({
  name: installed(name) ? name : `${name} (not installed: apt-get install ${name})`,
  kind,
  there: installed(name),
}));

let container: Container;

beforeAll(async () => {
  container = await createContainer({ ...example('sleep', '300'), detach: true });
});

afterAll(() => container.delete({ force: true }));

describe.each(kinds)('$name', ({ kind, there }) => {
  async function opened(completion = true): Promise<Interactive> {
    const shell = new Interactive(kind.argv);
    await shell.run(kind.setUp(completion));
    return shell;
  }

  test.runIf(there)('completes commands, options, values and paths', async () => {
    const shell = await opened();
    expect(await shell.completed('terrarium upd')).toEqual(['terrarium', 'update']);
    expect(await shell.completed('terrarium shell --netw')).toEqual([
      ...['terrarium', 'shell', '--network'],
    ]);
    expect(await shell.completed('terrarium shell --network no')).toEqual([
      ...['terrarium', 'shell', '--network', 'none'],
    ]);
    expect(await shell.completed('terrarium shell --network=no')).toEqual([
      ...['terrarium', 'shell', '--network=none'],
    ]);
    expect(await shell.completed('terrarium shell --network=ns:/proc/self/ns/ne')).toContain(
      '--network=ns:/proc/self/ns/net',
    );
    // zsh takes the slash away again when the line goes on.
    expect((await shell.completed('terrarium shell roo')).at(-1)).toMatch(/^rootfs-directory\/?$/);
    expect(await shell.completed('terrarium list --format j')).toEqual([
      ...['terrarium', 'list', '--format', 'json'],
    ]);
  });

  test.runIf(there)('completes the id of a container', async () => {
    const begun = container.id.slice(0, -2);
    const shell = await opened();
    const line = `terrarium exec ${begun}`;
    expect(await shell.completed(line)).toEqual(['terrarium', 'exec', container.id]);
    // It is not offered twice.
    const twice = `terrarium delete ${container.id} ${begun}`;
    expect((await shell.completed(twice)).at(-1)).toBe(begun);
    // The control: the same keys in a shell that has not been taught.
    const untaught = await opened(false);
    expect(await untaught.completed(line)).toEqual(['terrarium', 'exec', begun]);
  });

  if (!kind.describes) return;

  test.runIf(there)('shows what a command does, and how a container is', async () => {
    const shell = await opened();
    shell.press('terrarium st\t\t');
    await shell.until('show the state of a container');
    shell.press('\x15');
    await using second = await createContainer({
      ...{ ...example('sleep', '300'), id: `${container.id}x`, detach: true },
    });
    shell.press(`terrarium kill ${container.id}\t\t`);
    await shell.until('running, box');
    expect(second.state().status).toBe('running');
  });
});
