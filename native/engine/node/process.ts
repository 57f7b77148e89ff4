// The used part of node:process, and the hooks that the host calls.
import { decodeBytes } from '../../../runtime/base/bytes.ts';
import { nodeError } from './errors.ts';
import { EventEmitter, type Listener } from './events.ts';
import { failure } from './failure.ts';
import { writeSync } from './fs.ts';
import { type Hooks, host } from './host.ts';
import { inspect } from './inspect.ts';
import { signalNames, signalNumber } from './signals.ts';
import * as tty from './tty.ts';

/** Node's statuses: an uncaught exception; a handler of these that throws. */
const UNCAUGHT = 1;
const HANDLER_FAILED = 7;

class Process extends EventEmitter {
  readonly platform = 'linux';
  readonly arch = host.process.arch;
  /** Both are filled at the start. */
  readonly argv: string[] = [];
  readonly env: Record<string, string | undefined> = Object.create(null);
  exitCode: number | undefined;
  #exiting = false;
  #capture: ((error: unknown) => void) | null = null;
  #streams: (tty.WriteStream | undefined)[] = [];

  get pid(): number {
    return host.process.pid();
  }

  get stdout(): tty.WriteStream {
    this.#streams[1] ??= new tty.WriteStream(1);
    return this.#streams[1];
  }

  get stderr(): tty.WriteStream {
    this.#streams[2] ??= new tty.WriteStream(2);
    return this.#streams[2];
  }

  cwd(): string {
    return decodeBytes(host.process.cwd());
  }

  geteuid(): number {
    return host.process.geteuid();
  }

  kill(pid: number, signal: string | number = 'SIGTERM'): true {
    const number = typeof signal === 'number' ? signal : signalNumber(signal);
    if (number === undefined)
      throw nodeError(TypeError, 'ERR_UNKNOWN_SIGNAL', `Unknown signal: ${signal}`);
    host.process.kill(pid, number);
    return true;
  }

  /** Emits `exit`, and ends the process even if something is still awaited. */
  exit(code?: number): never {
    if (code !== undefined) this.exitCode = code;
    return host.process.exit(this.emitExit());
  }

  /** @internal Emits `exit` once; returns the status. */
  emitExit(): number {
    if (!this.#exiting) {
      this.#exiting = true;
      this.emit('exit', this.exitCode ?? 0);
    }
    return this.exitCode ?? 0;
  }

  /** Undefined for a name that the command does not need, as in Node for an unknown one. */
  getBuiltinModule(name: 'node:tty'): typeof tty;
  getBuiltinModule(name: string): undefined;
  getBuiltinModule(name: string): object | undefined {
    return name === 'node:tty' ? tty : undefined;
  }

  setUncaughtExceptionCaptureCallback(capture: ((error: unknown) => void) | null): void {
    this.#capture = capture;
  }

  /** @internal */
  uncaught(error: unknown): void {
    try {
      if (this.#capture) this.#capture(error);
      else if (!this.emit('uncaughtException', error, 'uncaughtException')) this.#end(error);
    } catch (second) {
      this.#report(second);
      host.process.exit(HANDLER_FAILED);
    }
  }

  #end(error: unknown): void {
    this.#report(error);
    this.exit(UNCAUGHT);
  }

  #report(error: unknown): void {
    try {
      writeSync(2, `Uncaught ${inspect(error)}\n`);
    } catch {
      // A failed write cannot be reported.
    }
  }

  /** A signal's name is an event; without listeners the signal has its earlier action again. */
  override on(event: string, listener: Listener): this {
    const number = signalNumber(event);
    if (number !== undefined && this.listenerCount(event) === 0)
      host.process.onSignal(number, true);
    return super.on(event, listener);
  }

  override removeListener(event: string, listener: Listener): this {
    const before = this.listenerCount(event);
    super.removeListener(event, listener);
    const number = signalNumber(event);
    if (number !== undefined && before > 0 && this.listenerCount(event) === 0)
      host.process.onSignal(number, false);
    return this;
  }
}

const process = new Process();
// biome-ignore lint/style/noDefaultExport: commander imports it
export default process;

let beganNs = 0n;

/** Milliseconds since this process began: performance.now(). */
export function sinceBegin(): number {
  return Number(host.verbs.monotonicNs() - beganNs) / 1e6;
}

/** Decodes argv or the environment without loss: see decodeBytes. */
function begin(): void {
  beganNs = host.verbs.monotonicNs();
  // Under Node the second one is the script.
  const [program = '', ...words] = entries(host.process.argv());
  process.argv.push(program, program, ...words);
  for (const entry of entries(host.process.environment())) {
    const end = entry.indexOf('=');
    const name = entry.slice(0, end);
    // getenv(3) returns the first of two.
    if (end > 0 && process.env[name] === undefined) process.env[name] = entry.slice(end + 1);
  }
}

function entries(block: Uint8Array): string[] {
  return decodeBytes(block).split('\0').slice(0, -1);
}

/** `main`: runs the command. */
export function processHooks(main: () => unknown): Hooks {
  return {
    main() {
      begin();
      return main();
    },
    signal(number) {
      for (const name of signalNames(number)) process.emit(name, name, number);
    },
    failed: (error) => process.uncaught(error),
    exit: () => process.emitExit(),
    failure,
  };
}
