// Talks to bench-starter: starts programs and tells when each spoke its first line, answered over
// TCP and ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const SEPARATOR = '\x1f';
const SIGTERM = 15;
const SIGKILL = 9;
const KILL_PATIENCE_MS = 5000;

/**
 * What to start, and what to join before: all paths are of the surroundings that the starter runs
 * in.
 */
export interface Launch {
  readonly argv: readonly string[];
  /** `tasks` or `cgroup.procs` files to enter. */
  readonly groups?: readonly string[];
  /** Network namespace. */
  readonly network?: string | undefined;
  /** Mount namespace. */
  readonly mounts?: string | undefined;
  readonly root?: string | undefined;
  /** `IPV4:PORT` to ask once the first line is there. */
  readonly tcp?: string | undefined;
}

type Moment = 'start' | 'line' | 'tcp' | 'exit';

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
   * Resolves at the moment. Rejects with what the program said when it ends before, or when
   * `limitMs` is over: then it is killed.
   */
  async until(moment: Moment, limitMs: number, signal: AbortSignal): Promise<void> {
    await this.#until(() => this.at.has(moment), wordFor[moment], limitMs, signal);
  }

  /**
   * Resolves when it has printed these lines in this order, others between them or not. Rejects as
   * `until` does.
   */
  async untilSaid(lines: readonly string[], limitMs: number, signal: AbortSignal): Promise<void> {
    const said = () =>
      lines.reduce(
        (from, line) =>
          from < 0
            ? from
            : this.out.findIndex((each, at) => at >= from && each.trimEnd() === line) + 1 || -1,
        0,
      ) >= 0;
    await this.#until(said, `line "${lines.join(', ')}"`, limitMs, signal);
  }

  async #until(
    done: () => boolean,
    word: string,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!done()) {
      signal.throwIfAborted();
      if (this.at.has('exit'))
        throw new Error(`ended with ${this.code} before its ${word}: ${this.#lastWords()}`);
      const left = deadline - performance.now();
      if (left <= 0) {
        this.kill(SIGKILL);
        throw new Error(`no ${word} within ${limitMs / 1000} s: ${this.#lastWords()}`);
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
    await this.until('exit', KILL_PATIENCE_MS, never).catch(() => {});
    this.kill(SIGKILL);
    await this.until('exit', KILL_PATIENCE_MS, never);
  }

  event(kind: string, ns: bigint, text: string): void {
    if (kind === 'start' || kind === 'line' || kind === 'tcp' || kind === 'exit')
      this.at.set(kind, ns);
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

  #lastWords(): string {
    const said = [...this.out, ...this.err]
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return said.slice(-3).join(' / ').slice(-300) || 'it said nothing';
  }
}

const wordFor: Readonly<Record<Moment, string>> = {
  start: 'start',
  line: 'first line',
  tcp: 'answer over TCP',
  exit: 'end',
};

/** The starter's process, for the length of a run. */
export class Starter {
  readonly #process: ChildProcess;
  readonly #started = new Map<string, Started>();

  /**
   * `directory`: where what is started works, and may leave what it likes (podman's monitor leaves
   * a file).
   */
  constructor(program: string, directory: string) {
    this.#process = spawn(program, [], { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#hear(line));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Returns at once. `name` is unique among all that was started. */
  start(name: string, { argv, groups = [], network, mounts, root, tcp }: Launch): Started {
    const started = new Started(name, argv, (line) => this.#process.stdin?.write(`${line}\n`));
    this.#started.set(name, started);
    const places = [
      ...groups.map((path) => `group=${path}`),
      ...(network === undefined ? [] : [`net=${network}`]),
      ...(mounts === undefined ? [] : [`mnt=${mounts}`]),
      ...(root === undefined ? [] : [`root=${root}`]),
      ...(tcp === undefined ? [] : [`tcp=${tcp}`]),
    ];
    const words = ['start', name, ...places, '--', ...argv];
    if (words.some((word) => word.includes(SEPARATOR) || word.includes('\n')))
      throw new Error(`${name}: an argument has a newline or a separator in it`);
    this.#process.stdin?.write(`${words.join(SEPARATOR)}\n`);
    return started;
  }

  /** Kills what it started and is alive, and ends it. */
  close(): void {
    this.#process.stdin?.end();
  }

  #hear(line: string): void {
    const [name = '', kind = '', ns = '0', text = ''] = line.split(SEPARATOR);
    this.#started.get(name)?.event(kind, BigInt(ns), text);
    if (kind === 'exit') this.#started.delete(name);
  }
}
