// The host, as a requirement observes and uses it: never through the subject.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Recorder, roleNow } from '../evidence/recorder.ts';
import { linkNamesOf, type Pair, pairOf } from '../observe/links.ts';
import type { Probes } from '../observe/probes.ts';
import { type NamespaceFile, namespaceOf } from '../observe/process.ts';
import { Box } from '../shell/box.ts';
import { hangUp } from '../shell/hang-up.ts';
import type { ShellRequest } from '../shell/shell.ts';

const PROMPT = 'host# ';

export interface PreparedShell extends Pick<ShellRequest, 'env' | 'cwd' | 'columns'> {
  readonly name?: string;
}

interface Surroundings {
  readonly rootfs: string;
  readonly probes: Probes;
  readonly recorder: Recorder;
  onCleanup(end: () => unknown): void;
}

interface HostShell {
  readonly title: string;
  readonly role: 'subject' | 'control';
  readonly description: string;
  /** Runs before the shell. */
  readonly enter: readonly string[];
  readonly prepared: PreparedShell;
}

export class HostSide {
  readonly #rootfs: string;
  readonly #probes: Probes;
  readonly #recorder: Recorder;
  readonly #onCleanup: Surroundings['onCleanup'];

  constructor({ rootfs, probes, recorder, onCleanup }: Surroundings) {
    this.#rootfs = rootfs;
    this.#probes = probes;
    this.#recorder = recorder;
    this.#onCleanup = onCleanup;
  }

  /** Its name, by the kernel. */
  hostname(): string {
    return readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  }

  /** `net:[4026531840]` */
  namespace(kind: NamespaceFile): string {
    return namespaceOf('self', kind);
  }

  /** Names of the links of its network namespace. */
  links(): string[] {
    return linkNamesOf(process.pid);
  }

  /** Both ends of the veth pair that connects a container to this network namespace. */
  pair({ host }: Box): Promise<Pair> {
    return pairOf(host.pid, this.#probes.path('link-list'));
  }

  /**
   * A shell on the host itself, without any isolation. The programs of the suite's root file system
   * are in its PATH, and $ROOTFS is that root.
   *
   * @param prepared Further variables, a working directory, a width in columns; a name that
   *   distinguishes it from other such shells.
   */
  shell(
    title = 'the host, without a container',
    role: 'subject' | 'control' = roleNow(),
    prepared: PreparedShell = {},
  ): Promise<Box> {
    return this.#open({ title, role, description: 'a shell on the host', enter: [], prepared });
  }

  /** A shell on the host in one namespace of `box`, by the host's nsenter(1). */
  shellIn(box: Box, kind: 'net' | 'uts' | 'ipc' | 'cgroup', role = roleNow()): Promise<Box> {
    const description = `a shell on the host, in the ${kind} namespace of ${box.hostname}`;
    const enter = ['nsenter', `--${kind}=/proc/${box.host.pid}/ns/${kind}`];
    return this.#open({ title: description, role, description, enter, prepared: {} });
  }

  async #open({ title, role, description, enter, prepared }: HostShell): Promise<Box> {
    const { env = {}, name = 'host', ...further } = prepared;
    const programs = join(this.#rootfs, 'usr/bin');
    const box = new Box({
      title,
      commandLine: [...enter, join(this.#rootfs, 'bin/busybox'), 'sh'],
      prompt: /(^|\n)host# $/,
      env: { PS1: PROMPT, PATH: `${process.env.PATH}:${programs}`, ROOTFS: this.#rootfs, ...env },
      name,
      ...further,
      hostname: this.hostname(),
      rootfs: '/',
      probes: this.#probes,
      role,
      description,
      recorder: this.#recorder,
    });
    this.#onCleanup(async () => {
      await box.close();
      hangUp(box.pid);
      const command = [...enter, 'sh'].join(' ');
      this.#recorder.transcript({ title, role, command, cast: box.recording.cast() });
    });
    await box.ready();
    return box.found(box.pid);
  }

  /** Runs a program of the suite's root file system on the host, without any isolation. */
  run(name: string, args: readonly string[] = [], options: { readonly input?: string } = {}) {
    return execa(this.#probes.path(name), args, { reject: false, ...options });
  }
}
