// A shell that a requirement holds, with the same process as the host sees it: a container's, or
// one on the host itself.
import { join } from 'node:path';
import type { Recorder } from '../evidence/recorder.ts';
import { type MountEntry, mountsOf } from '../observe/mounts.ts';
import { Host } from '../observe/process.ts';
import { Shell, type ShellRequest } from './shell.ts';

export interface BoxRequest extends ShellRequest {
  readonly name: string;
  readonly hostname: string;
  readonly rootfs: string;
  /** Host path of the directory with the harness's programs. Default: `rootfs`'s /usr/bin. */
  readonly programs?: string;
  /** What the subject keeps of it on the host, by kind. */
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
  readonly programs: string;
  readonly keeps: () => Readonly<Record<string, readonly string[]>>;
  /** The host's mounts before it was started. */
  readonly mountsBefore: readonly MountEntry[];
  readonly role: 'subject' | 'control';
  readonly description: string;
  /** What matchers record with. */
  readonly recorder: Recorder;
  #host: Host | undefined;

  constructor(request: BoxRequest) {
    const mountsBefore = mountsOf('self');
    super(request);
    this.mountsBefore = mountsBefore;
    this.name = request.name;
    this.hostname = request.hostname;
    this.rootfs = request.rootfs;
    this.programs = request.programs ?? join(request.rootfs, 'usr/bin');
    this.keeps = request.keeps ?? (() => ({}));
    this.role = request.role;
    this.description = request.description;
    this.recorder = request.recorder;
  }

  /** The shell's process as the host sees it. */
  get host(): Host {
    if (this.#host === undefined) throw new Error(`${this.description} has not been found yet`);
    return this.#host;
  }

  /** Host path of a program of the suite: a probe that is run outside. */
  program(name: string): string {
    return join(this.programs, name);
  }

  /** The host's number of the first process inside is known now. */
  found(pid: number): this {
    this.#host = new Host(pid);
    return this;
  }
}
