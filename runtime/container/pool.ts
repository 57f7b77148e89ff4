// Containers prepared ahead: everything done but the execution of a command that is not known yet.
// Each is used once.
import { textOf } from '../base/bytes.ts';
import { ConfigError, StateError } from '../base/errors.ts';
import type { Command } from '../execute/execute.ts';
import type { RunOptions as ContainerOptions } from '../options/index.ts';
import { execve } from '../plan/process.ts';
import { unlessAborted } from './call/aborted.ts';
import { CALL_OPTIONS, Call, type CallOptions, type Encoding, isCall } from './call/call.ts';
import { checked, refuseUnknown, required, requireObject, requireSignal } from './call/check.ts';
import { type CreatedContainer, type CreateOptions, make } from './create/create.ts';
import { configure } from './create/prepare.ts';
import { remove, withoutLinks } from './end/remove.ts';
import { endOf, finish, type RunResult } from './run.ts';
import { closeEnds, type StdioOption } from './streams/stdio.ts';

/**
 * What all of its containers have in common: everything but the command. Options that only one
 * container can have are left out.
 */
export interface PoolOptions<S extends StdioOption = StdioOption>
  extends Omit<
    CreateOptions<S>,
    'id' | 'command' | 'ip' | 'detach' | 'terminal' | 'windowSize' | 'start' | 'signal'
  > {
  /**
   * How many to keep ready, 1 to 1000. One takes about 0.6 MiB of kernel memory and counts as a
   * container: it is listed as `created`.
   */
  readonly size: number;
  /** Ends the making of the pool, which rejects with the signal's reason. No effect later. */
  readonly signal?: AbortSignal | undefined;
}

/** `input` needs a pool whose `stdio` has a pipe for it. */
export interface PoolRunOptions<E extends Encoding = Encoding>
  extends Required<Pick<ContainerOptions, 'command'>>,
    Pick<ContainerOptions, 'env'>,
    CallOptions<E> {}

const RUN_OPTIONS: readonly string[] = ['command', 'env', 'signal', ...CALL_OPTIONS];

const PREPARED = { batched: false, exitActions: true };
const MAXIMUM_SIZE = 1000;
/**
 * After the last start, longer than a short command takes: to prepare others while it runs would
 * slow it down.
 */
const QUIET_MS = 5;

/** Prepared containers. It keeps the process alive until it is closed. */
export class Pool<S extends StdioOption = StdioOption> implements AsyncDisposable {
  readonly #size: number;
  readonly #options: Omit<PoolOptions<S>, 'size' | 'signal'>;
  /** The next one first; the last may still be under way. */
  readonly #prepared: Promise<CreatedContainer>[] = [];
  #refilling: NodeJS.Timeout | undefined;
  #closed = false;

  /** Use `createPool`. */
  constructor({ size, signal: _, ...options }: PoolOptions<S>) {
    this.#size = size;
    this.#options = options;
    this.#refill();
  }

  /**
   * Resolves when all are prepared. @throws as `createContainer`, and the reason of an aborted
   * `signal`: the preparing goes on.
   */
  async ready({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await unlessAborted(Promise.all(this.#prepared), requireSignal(signal));
  }

  /**
   * Executes a command in a prepared container, waits for its end and takes the container away.
   * Others are prepared in its place; when none is ready one is made for it.
   *
   * @throws as `run` does. A command that cannot be executed costs a container, too.
   */
  run<const E extends Encoding = 'utf8'>(options: PoolRunOptions<E>): Promise<RunResult<S, E>>;
  async run(options: PoolRunOptions): Promise<RunResult> {
    requireObject(options, 'at least { command }');
    const { command: words, env } = options;
    const { stdio = 'inherit', env: common, ...pooled } = this.#options;
    const each: StdioOption = typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio;
    // Its own alone, so that what is wrong with it is named as the caller wrote it.
    const own = checked({ ...options, stdio: each }, () => {
      refuseUnknown(options, RUN_OPTIONS);
      return configure({ ...pooled, command: required(words, 'command'), env });
    });
    const config = {
      ...own,
      process: { ...own.process, env: withCommon(own.process.env, common, env) },
    };
    const command = { config, exec: execve(config.process, config.init) };
    if (!isCall({ ...options, stdio })) return finish(await this.#start(command));
    using call = new Call(options, stdio);
    try {
      call.signal.throwIfAborted();
    } catch (error) {
      throw call.explained(error, () => config.process.args);
    }
    return await endOf(await this.#start(command), call);
  }

  /** Takes away what was prepared and not used. Those that are running go on to their end. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#refilling);
    const left = await Promise.allSettled(this.#prepared.splice(0));
    const discards = left.map((one) =>
      one.status === 'fulfilled' ? discard(one.value) : undefined,
    );
    for (const done of await Promise.allSettled(discards))
      if (done.status === 'rejected') throw done.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** In the next that is prepared; one that was killed while it waited does not count. */
  async #start({ config, exec }: Command): Promise<CreatedContainer> {
    for (let killed = 0; ; killed++) {
      const made = await this.#take();
      const { prepared } = made;
      const own = { ...config, id: prepared.config.id };
      try {
        await made.start({ config: own, exec });
        return {
          ...made,
          prepared: { ...prepared, config: own, plan: { ...prepared.plan, exec } },
        };
      } catch (error) {
        await discard(made);
        if (made.child.failedStep || killed === this.#size) throw error;
      }
    }
  }

  async #take(): Promise<CreatedContainer> {
    if (this.#closed) throw new StateError('the pool is closed');
    const next = this.#prepared.shift() ?? make({ ...this.#options, start: false }, PREPARED);
    this.#refillSoon();
    return next;
  }

  /** When no start has come for a moment; at once when half of them are used up. */
  #refillSoon(): void {
    clearTimeout(this.#refilling);
    this.#refilling = setTimeout(
      () => this.#refill(),
      this.#prepared.length * 2 < this.#size ? 0 : QUIET_MS,
    );
  }

  #refill(): void {
    while (!this.#closed && this.#prepared.length < this.#size) {
      const one = make({ ...this.#options, start: false }, PREPARED);
      // The start that takes it gets the error; until then it is not an unhandled one.
      one.catch(() => {});
      this.#prepared.push(one);
    }
  }
}

/**
 * Prepares `size` containers, each in namespaces and cgroups of its own, and keeps as many:
 * a start is then an execve(2). The directory `rootfs` is the same for all, as for any containers
 * on it: what one writes there stays, unless `readOnly` is set.
 *
 * @throws ConfigError for a size that is none, the reason of an aborted `signal`, and as
 * `createContainer`; nothing is left then.
 */
export function createPool<const S extends StdioOption = 'inherit'>(
  options: PoolOptions<S>,
): Promise<Pool<S>>;
export async function createPool(options: PoolOptions): Promise<Pool> {
  requireObject(options, 'at least { size, rootfs, hostname }');
  const { size, signal } = options;
  requireSignal(signal)?.throwIfAborted();
  if (!Number.isInteger(size) || size < 1 || size > MAXIMUM_SIZE) {
    const hint = `how many containers to keep ready, 1 to ${MAXIMUM_SIZE}`;
    throw new ConfigError([
      { path: 'size', value: size, problem: 'is not a number of containers', hint },
    ]);
  }
  const pool = new Pool(options);
  try {
    await pool.ready({ signal });
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

async function discard({ child, prepared, undos, journal, ends }: CreatedContainer): Promise<void> {
  closeEnds(ends);
  await child.discard();
  await remove(prepared.config.id, withoutLinks(undos), journal);
}

type Environment = ContainerOptions['env'];

/** What all containers have, below what one was given: both are well-formed by now. */
function withCommon(
  environment: readonly string[],
  common: Environment,
  own: Environment,
): string[] {
  const given = new Set(entriesOf(own).map(nameOf));
  const shared = entriesOf(common).filter((entry) => !given.has(nameOf(entry)));
  return [...new Map([...environment, ...shared].map((entry) => [nameOf(entry), entry])).values()];
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf('='));
}

function entriesOf(env: Environment = []): string[] {
  return Array.isArray(env)
    ? env.map(textOf)
    : Object.entries(env).map(([name, value]) => `${name}=${textOf(value)}`);
}
