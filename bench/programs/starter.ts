// Talks to bench-starter, which starts programs and reports when each printed its first line,
// answered over TCP and ended.
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';

const SEPARATOR = '\x1f';
const SIGTERM = 15;
const SIGKILL = 9;
const KILL_TIMEOUT_MS = 5000;

/** What to start, and what to join before: paths as the starter sees them. */
export interface Launch {
  readonly argv: readonly string[];
  /** `tasks` or `cgroup.procs` files to enter. */
  readonly groups?: readonly string[];
  /** A namespace. */
  readonly network?: string | undefined;
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

/** One started program; each of its events is emitted. Times are nanoseconds of CLOCK_MONOTONIC. */
export class Started extends EventEmitter {
  readonly argv: readonly string[];
  readonly at = new Map<Moment, bigint>();
  /** What it printed after its first line, also to standard error, and when each line came. */
  readonly out: string[] = [];
  readonly outAt: bigint[] = [];
  pid = 0;
  code: number | undefined;
  readonly #signal: (signal: number) => void;

  constructor(argv: readonly string[], signal: (signal: number) => void) {
    super();
    this.argv = argv;
    this.#signal = signal;
  }

  /** From the request to the moment, in nanoseconds. */
  took(moment: Moment): number {
    return Number((this.at.get(moment) ?? 0n) - (this.at.get('start') ?? 0n));
  }

  /**
   * Resolves at the moment, or when it has printed these lines in this order. Rejects with what the
   * program printed when it ends before, or when `limitMs` is over: then it is killed.
   */
  async until(
    what: Moment | readonly string[],
    limitMs: number,
    signal = new AbortController().signal,
  ): Promise<void> {
    const name = typeof what === 'string' ? MOMENTS[what] : `line "${what.join(', ')}"`;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    while (typeof what === 'string' ? !this.at.has(what) : !this.#hasSaid(what)) {
      signal.throwIfAborted();
      if (this.at.has('exit'))
        throw new Error(`ended with ${this.code} before its ${name}: ${this.lastWords()}`);
      await once(this, 'event', { signal: limit }).catch(() => {});
      if (!limit.aborted || signal.aborted) continue;
      this.#signal(SIGKILL);
      throw new Error(`no ${name} within ${limitMs / 1000} s: ${this.lastWords()}`);
    }
  }

  #hasSaid(lines: readonly string[]): boolean {
    let from = 0;
    return lines.every((line) => {
      const at = this.out.findIndex((each, index) => index >= from && each.trimEnd() === line);
      from = at + 1;
      return at >= 0;
    });
  }

  /** Ends it: SIGTERM, and SIGKILL when that does not help. */
  async end(): Promise<void> {
    if (!this.at.has('exit')) this.#signal(SIGTERM);
    await this.until('exit', KILL_TIMEOUT_MS).catch(() => {});
    await this.until('exit', KILL_TIMEOUT_MS);
  }

  event(kind: string, ns: bigint, text: string): void {
    if (isMoment(kind)) this.at.set(kind, ns);
    if (kind === 'out') {
      this.out.push(text);
      this.outAt.push(ns);
    }
    if (kind === 'start') this.pid = Number(text);
    if (kind === 'exit') this.code = Number(text);
    this.emit('event');
  }

  /** The end of what it printed, for an error. */
  lastWords(): string {
    const said = this.out.map((line) => line.trim()).filter(Boolean);
    return said.slice(-3).join(' / ').slice(-300) || 'it printed nothing';
  }
}

/** The starter's process, for the length of a run. */
export class Starter {
  readonly #requests: Writable;
  readonly #started = new Map<string, Started>();

  /** What is started works in `directory`, and may leave files there as podman's monitor does. */
  constructor(program: string, directory: string) {
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    const { stdin, stdout } = spawn(program, [], { cwd: directory, stdio: [...stdio] });
    this.#requests = stdin;
    createInterface({ input: stdout }).on('line', (line) => {
      const [name = '', kind = '', ns = '0', text = ''] = line.split(SEPARATOR);
      this.#started.get(name)?.event(kind, BigInt(ns), text);
      if (kind === 'exit') this.#started.delete(name);
    });
  }

  /** Returns at once. `name` is unique among all that was started. */
  start(name: string, { argv, groups = [], network = '', ...more }: Launch): Started {
    const { root = '', tcp = '' } = more;
    const started = new Started(argv, (signal) => this.#request(['kill', name, `${signal}`]));
    this.#started.set(name, started);
    this.#request(['start', name, tcp, network, root, ...groups, '--', ...argv]);
    return started;
  }

  #request(fields: readonly string[]): void {
    if (fields.some((field) => field.includes(SEPARATOR) || field.includes('\n')))
      throw new Error(`${fields[1]}: an argument has a newline or a separator in it`);
    this.#requests.write(`${fields.join(SEPARATOR)}\n`);
  }

  /** Kills what it started and is alive, and ends it. */
  close(): void {
    this.#requests.end();
  }
}
