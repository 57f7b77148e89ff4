// Talks to bench-starter, which starts programs and reports when each printed its first line,
// answered over TCP and ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const SEPARATOR = '\x1f';
const SIGTERM = 15;
const SIGKILL = 9;
const KILL_TIMEOUT_MS = 5000;

/** What to start, and what to join before: paths as the starter sees them. */
export interface Launch {
  readonly argv: readonly string[];
  /** `tasks` or `cgroup.procs` files to enter. */
  readonly groups?: readonly string[];
  /** Namespaces. */
  readonly network?: string | undefined;
  readonly mounts?: string | undefined;
  readonly root?: string | undefined;
  /** `IPV4:PORT` to ask once the first line is there. */
  readonly tcp?: string | undefined;
}

const MOMENTS = {
  start: 'start',
  line: 'first line',
  tcp: 'answer over TCP',
  exit: 'end',
} as const;
type Moment = keyof typeof MOMENTS;
const isMoment = (kind: string): kind is Moment => Object.hasOwn(MOMENTS, kind);

/** One started program. Times are nanoseconds of CLOCK_MONOTONIC. */
export class Started {
  readonly name: string;
  readonly argv: readonly string[];
  readonly at = new Map<Moment, bigint>();
  readonly out: string[] = [];
  /** When each line of `out` came. */
  readonly outAt: bigint[] = [];
  readonly err: string[] = [];
  code: number | undefined;
  readonly #send: (line: string) => void;
  #waiting: (() => void)[] = [];

  constructor(name: string, argv: readonly string[], send: (line: string) => void) {
    this.name = name;
    this.argv = argv;
    this.#send = send;
  }

  /** From the request to the moment, in nanoseconds. */
  took(moment: Moment): number {
    return Number((this.at.get(moment) ?? 0n) - (this.at.get('start') ?? 0n));
  }

  /**
   * Resolves at the moment. Rejects with what the program printed when it ends before, or when
   * `limitMs` is over: then it is killed.
   */
  async until(moment: Moment, limitMs: number, signal: AbortSignal): Promise<void> {
    await this.#until(() => this.at.has(moment), MOMENTS[moment], limitMs, signal);
  }

  /** Resolves when it has printed these lines in this order. Rejects as `until` does. */
  async untilSaid(lines: readonly string[], limitMs: number, signal: AbortSignal): Promise<void> {
    const done = () => {
      let from = 0;
      return lines.every((line) => {
        const at = this.out.findIndex((each, index) => index >= from && each.trimEnd() === line);
        from = at + 1;
        return at >= 0;
      });
    };
    await this.#until(done, `line "${lines.join(', ')}"`, limitMs, signal);
  }

  async #until(done: () => boolean, what: string, limitMs: number, signal: AbortSignal) {
    const deadline = performance.now() + limitMs;
    while (!done()) {
      signal.throwIfAborted();
      if (this.at.has('exit'))
        throw new Error(`ended with ${this.code} before its ${what}: ${this.lastWords()}`);
      const left = deadline - performance.now();
      if (left <= 0) {
        this.kill(SIGKILL);
        throw new Error(`no ${what} within ${limitMs / 1000} s: ${this.lastWords()}`);
      }
      await this.#change(left, signal);
    }
  }

  kill(signal: number = SIGTERM): void {
    if (!this.at.has('exit')) this.#send(['kill', this.name, signal].join(SEPARATOR));
  }

  /** Ends it: SIGTERM, and SIGKILL when that does not help. */
  async end(): Promise<void> {
    const never = new AbortController().signal;
    this.kill();
    await this.until('exit', KILL_TIMEOUT_MS, never).catch(() => {});
    this.kill(SIGKILL);
    await this.until('exit', KILL_TIMEOUT_MS, never);
  }

  event(kind: string, ns: bigint, text: string): void {
    if (isMoment(kind)) this.at.set(kind, ns);
    if (kind === 'out') {
      this.out.push(text);
      this.outAt.push(ns);
    }
    if (kind === 'err') this.err.push(text);
    if (kind === 'exit') this.code = Number(text);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #change(limitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      signal.addEventListener('abort', done, { once: true });
      this.#waiting.push(done);
    });
  }

  /** The end of what it printed, for an error. */
  lastWords(): string {
    const said = [...this.out, ...this.err].map((line) => line.trim()).filter(Boolean);
    return said.slice(-3).join(' / ').slice(-300) || 'it printed nothing';
  }
}

/** The starter's process, for the length of a run. */
export class Starter {
  readonly #process: ChildProcess;
  readonly #started = new Map<string, Started>();

  /** What is started works in `directory`, and may leave files there as podman's monitor does. */
  constructor(program: string, directory: string) {
    this.#process = spawn(program, [], { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (stdout === null) return;
    createInterface({ input: stdout }).on('line', (line) => {
      const [name = '', kind = '', ns = '0', text = ''] = line.split(SEPARATOR);
      this.#started.get(name)?.event(kind, BigInt(ns), text);
      if (kind === 'exit') this.#started.delete(name);
    });
  }

  /** Returns at once. `name` is unique among all that was started. */
  start(name: string, { argv, groups = [], network, mounts, root, tcp }: Launch): Started {
    const started = new Started(name, argv, (line) => this.#process.stdin?.write(`${line}\n`));
    this.#started.set(name, started);
    const joined = Object.entries({ net: network, mnt: mounts, root, tcp }).flatMap(
      ([key, value]) => (value === undefined ? [] : [`${key}=${value}`]),
    );
    const entered = groups.map((path) => `group=${path}`);
    const fields = ['start', name, ...entered, ...joined, '--', ...argv];
    if (fields.some((field) => field.includes(SEPARATOR) || field.includes('\n')))
      throw new Error(`${name}: an argument has a newline or a separator in it`);
    this.#process.stdin?.write(`${fields.join(SEPARATOR)}\n`);
    return started;
  }

  /** Kills what it started and is alive, and ends it. */
  close(): void {
    this.#process.stdin?.end();
  }
}
