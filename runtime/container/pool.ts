// Containers prepared ahead: everything done but the execution of a command that is not known yet.
// Each is used once.
import { textOf } from '../bytes.ts';
import type { RunOptions as ContainerOptions } from '../config/options.ts';
import { ConfigError, StateError } from '../errors.ts';
import type { Command } from '../execute/execute.ts';
import { execve } from '../plan/process.ts';
import { checked, refuseUnknown, required, requireObject } from './check.ts';
import { type CreateOptions, type Made, make } from './create.ts';
import { configure } from './prepare.ts';
import { remove, withoutLinks } from './remove.ts';
import { endOf, type RunResult } from './run.ts';

/**
 * What all of its containers have in common: everything but the command. Options that only one
 * container can have are left out.
 */
export interface PoolOptions
  extends Omit<
    CreateOptions,
    'id' | 'command' | 'ip' | 'detach' | 'terminal' | 'windowSize' | 'start' | 'signal'
  > {
  /**
   * How many to keep ready, 1 to 1000. One takes about 0.6 MiB of kernel memory and counts as a
   * container: it is listed as `created`.
   */
  readonly size: number;
}

export interface PoolRunOptions
  extends Required<Pick<ContainerOptions, 'command'>>,
    Pick<ContainerOptions, 'env'> {
  /** Ends the container; `run` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const PREPARED = { batched: false, ending: true };
const MAXIMUM_SIZE = 1000;
/**
 * After the last start, longer than a short command takes: what is prepared meanwhile would be in
 * its way.
 */
const QUIET_MS = 5;

/** Prepared containers. It keeps the process alive until it is closed. */
export class Pool implements AsyncDisposable {
  readonly #size: number;
  readonly #options: Omit<PoolOptions, 'size'>;
  /** The next one first; the last may still be under way. */
  readonly #prepared: Promise<Made>[] = [];
  #refilling: NodeJS.Timeout | undefined;
  #closed = false;

  /** Use `createPool`. */
  constructor({ size, ...options }: PoolOptions) {
    this.#size = size;
    this.#options = options;
    this.#refill();
  }

  /** Resolves when all are prepared. @throws as `createContainer`. */
  async ready(): Promise<void> {
    await Promise.all(this.#prepared);
  }

  /**
   * Executes a command in a prepared container, waits for its end and takes the container away.
   * Others are prepared meanwhile; when none is ready one is made for it.
   *
   * @throws as `run` does. A command that cannot be executed costs a container, too.
   */
  async run(options: PoolRunOptions): Promise<RunResult> {
    requireObject(options, 'at least { command }');
    const { command, env, signal } = options;
    const { stdio: _, env: common, ...pooled } = this.#options;
    // Its own alone, so that what is wrong with it is named as the caller wrote it.
    const own = checked({ signal }, () => {
      refuseUnknown(options, ['command', 'env', 'signal']);
      return configure({ ...pooled, command: required(command, 'command'), env });
    });
    signal?.throwIfAborted();
    const config = {
      ...own,
      process: { ...own.process, env: withCommon(own.process.env, common, env) },
    };
    return endOf(await this.#start({ config, exec: execve(config.process, config.init) }), signal);
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

  /** In the next that is prepared; one that somebody has killed while it waited does not count. */
  async #start({ config, exec }: Command): Promise<Made> {
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
        if (made.birth.refused || killed === this.#size) throw error;
      }
    }
  }

  async #take(): Promise<Made> {
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
      // Whoever takes it is told; until then it is nobody's failure.
      one.catch(() => {});
      this.#prepared.push(one);
    }
  }
}

/**
 * Prepares `size` containers, each in namespaces and control groups of its own, and keeps as many:
 * a start is then an execve(2). The directory `rootfs` is the same for all, as for any containers
 * on it: what one writes there stays, unless `readOnly` is set.
 *
 * @throws ConfigError for a size that is none, and as `createContainer`; nothing is left then.
 */
export async function createPool(options: PoolOptions): Promise<Pool> {
  requireObject(options, 'at least { size, rootfs, hostname }');
  const { size } = options;
  if (!Number.isInteger(size) || size < 1 || size > MAXIMUM_SIZE) {
    const hint = `how many containers to keep ready, 1 to ${MAXIMUM_SIZE}`;
    throw new ConfigError([
      { path: 'size', value: size, problem: 'is not a number of containers', hint },
    ]);
  }
  const pool = new Pool(options);
  try {
    await pool.ready();
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

async function discard({ birth, prepared, undos, journal }: Made): Promise<void> {
  await birth.discard();
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
