// Performs the operations before birth: files and directories, plain and synchronous.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { HostError, StateError } from '../errors.ts';
import { attachDeviceProgram } from '../native/addon.ts';
import type { HostOp } from '../plan/operations.ts';
import { stateUnwritable } from './unwritable.ts';

/** Consecutive writes to one file (device rules) share a descriptor. */
export class HostPhase implements Disposable {
  #path = '';
  #fd = -1;

  /** @throws Node's error with `errno`; StateError when a claim is taken; HostError when the kernel keeps another limit than it was given. */
  perform(op: HostOp): void {
    switch (op.kind) {
      case 'claim':
        claim(op);
        return;
      case 'mkcgroup':
        mkdirSync(op.path);
        return;
      case 'write':
        this.#write(op);
        return;
      case 'bpf_devices':
        attachTo(op);
    }
  }

  #write({ path, value, readBack }: Extract<HostOp, { kind: 'write' }>): void {
    if (path !== this.#path) {
      this[Symbol.dispose]();
      this.#fd = openSync(path, 'w');
      this.#path = path;
    }
    writeSync(this.#fd, value);
    if (readBack === undefined) return;
    const kept = readFileSync(path, 'utf8').trim();
    if (kept !== readBack) {
      throw new HostError('limit', `the kernel keeps ${kept} in ${path} where ${readBack} was asked for`, {
        hint: 'a limit of a parent group may be lower, or the kernel does not support this one',
      });
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#path = '';
  }
}

/** A group of v2 is named by a descriptor of its directory. */
function attachTo({ path, program }: Extract<HostOp, { kind: 'bpf_devices' }>): void {
  const directory = openSync(path, 'r');
  try {
    attachDeviceProgram(program, directory);
  } finally {
    closeSync(directory);
  }
}

/** Whoever creates the file has it: two starts at once cannot both. */
function claim({ path, what, holder }: Extract<HostOp, { kind: 'claim' }>): void {
  try {
    sign(createExclusively(path), path, holder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new ClaimTaken(what);
    throw stateUnwritable(dirname(dirname(path)), error);
  }
}

function createExclusively(path: string): number {
  const create = () => openSync(path, 'wx', 0o600);
  try {
    return create();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return create();
  }
}

function sign(fd: number, path: string, holder: string): void {
  try {
    writeFileSync(fd, `${holder}\n`);
  } catch (error) {
    // A disk may have room for the name and none for the words, and unsigned it would be nobody's.
    rmSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Somebody else has what was to be claimed. */
export class ClaimTaken extends StateError {
  override name = 'ClaimTaken';

  constructor(what: string) {
    super(`${what} is in use`, { hint: '`terrarium list` shows who has it; `terrarium gc` gives back what a killed runtime held' });
  }
}
