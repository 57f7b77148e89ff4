// A shell of a requirement, with the host's view of its process: a container's, or one on the host
// itself.
import { join } from 'node:path';
import type { Recorder } from '../evidence/recorder.ts';
import { type MountEntry, mountsOf } from '../observe/mounts.ts';
import { Probes } from '../observe/probes.ts';
import { Host } from '../observe/process.ts';
import { standIn } from '../observe/stand-in.ts';
import { Shell, type ShellRequest } from './shell.ts';

export interface BoxRequest extends ShellRequest {
  readonly name: string;
  readonly hostname: string;
  readonly rootfs: string;
  /** The harness's programs. Default: of `rootfs`'s /usr/bin. */
  readonly probes?: Probes;
  /** The subject's own objects for it on the host, by kind. */
  readonly keeps?: () => Readonly<Record<string, readonly string[]>>;
  readonly role: 'subject' | 'control';
  /** In words: `a container with memory 64m`. */
  readonly description: string;
  readonly recorder: Recorder;
}

export class Box extends Shell {
  readonly name: string;
  readonly hostname: string;
  /** Host path of its root file system; for a shell on the host, of the suite's. */
  readonly rootfs: string;
  readonly probes: Probes;
  readonly keeps: () => Readonly<Record<string, readonly string[]>>;
  /** The host's mounts before it was started. */
  readonly mountsBefore: readonly MountEntry[];
  readonly role: 'subject' | 'control';
  readonly description: string;
  /** The recorder of matchers. */
  readonly recorder: Recorder;
  #host: Host | undefined;

  constructor(request: BoxRequest) {
    const mountsBefore = mountsOf('self');
    super(request);
    this.mountsBefore = mountsBefore;
    this.name = request.name;
    this.hostname = request.hostname;
    this.rootfs = request.rootfs;
    this.probes = request.probes ?? new Probes({ directory: join(request.rootfs, 'usr/bin') });
    this.keeps = request.keeps ?? (() => ({}));
    this.role = request.role;
    this.description = request.description;
    this.recorder = request.recorder;
  }

  /** The shell's process, observed on the host. */
  get host(): Host {
    if (this.#host === undefined) throw new Error(`${this.description} has not been found yet`);
    return this.#host;
  }

  /** Host path of a program of the suite: a probe to run outside. */
  program(name: string): string {
    return this.probes.path(name);
  }

  /**
   * The output of a probe that is confined like the shell, but is not a program of the container:
   * the host's answer to the same program typed in the shell.
   * @throws FiltersUnreadable if the kernel does not expose seccomp filters.
   */
  beside(...line: readonly [name: string, ...args: string[]]): Promise<string> {
    return standIn(this.host.pid, this.probes, line);
  }

  /** The same with all capabilities: then only a filter of the shell refuses a call. */
  besidePrivileged(...line: readonly [name: string, ...args: string[]]): Promise<string> {
    return standIn(this.host.pid, this.probes, line, { privileged: true });
  }

  /** The output of the same program from both sides: typed in the shell, and beside it. */
  async ask(
    ...line: readonly [name: string, ...args: string[]]
  ): Promise<{ readonly inside: string; readonly host: string }> {
    return { inside: await this.type(line.join(' ')), host: await this.beside(...line) };
  }

  /** Sets the host's PID of the first process inside. */
  found(pid: number): this {
    this.#host = new Host(pid);
    return this;
  }
}
