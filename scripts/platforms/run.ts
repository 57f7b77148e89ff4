// Programs started like a user's, without variables of npm, the test runner or ours.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly seconds: number;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Kills it with all its children. */
  readonly limitS?: number;
  /** By number. */
  readonly user?: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Keeps the certificates of this machine's network. */
function environment(more: RunOptions['env'] = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|NODE(?!_EXTRA_CA_CERTS$)|VITEST|TERRARIUM|SUDO_|INIT_CWD|TEST|CI$)/i.test(name),
  );
  return { ...Object.fromEntries(own), ...more };
}

/** In its own process group. `output` has both of its outputs. */
export function start(command: readonly string[], options: RunOptions): Running {
  const { cwd, env, input = '', limitS = 900, user } = options;
  const began = performance.now();
  // One pipe for both, which keeps their order.
  const child = spawn('/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', ...command], {
    cwd,
    env: environment(env),
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  child.stdin?.on('error', () => {}).end(input);
  const end = () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(end, limitS * 1000);
  onTestFinished(end);
  const ended = Promise.all([child.stdout ? text(child.stdout) : '', once(child, 'exit')]).then(
    ([output, [status]]) => {
      clearTimeout(timer);
      return { status, output, seconds: (performance.now() - began) / 1000 };
    },
  );
  return { child, ended };
}

export function run(command: readonly string[], options: RunOptions): Promise<Ended> {
  return start(command, options).ended;
}

/** In its own mount namespace: runs `mounts`, a script for sh, first. */
export function behind(mounts: string, ...command: readonly string[]): string[] {
  const script = `set -e; ${mounts}\nset +e; exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...command];
}
