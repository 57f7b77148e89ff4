// The types of the native part's verbs: what the addon exports (native/binding), and what the
// executable's host gives (native/engine/verbs).
import type { SeccompProgram } from '../plan/seccomp.ts';

export type OnEvent<Bytes extends Uint8Array> = (
  kind: number,
  id: number,
  a: number,
  b: number,
  c: number,
  d: number,
  bytes: Bytes | undefined,
  fds: number[] | undefined,
  errno: number,
  syscall: string,
) => void;

/** Their errors have `errno` (positive) and `syscall`. `Bytes`: what they answer bytes as. */
export interface Verbs<Bytes extends Uint8Array> {
  listen(onEvent: OnEvent<Bytes>): void;
  ref(): void;
  unref(): void;
  /** Ignored by the executable's host, which carries its init. */
  setInit(image: Uint8Array): void;
  spawn(id: number, flags: bigint, descriptors: readonly number[], batched: boolean): void;
  send(id: number, bytes: Uint8Array): void;
  onExit(id: number, operations: Uint8Array): void;
  perform(operations: Uint8Array, from: number, to: number): Bytes;
  watch(id: number, fd: number): void;
  pidfdOpen(pid: number): number;
  pidfdSendSignal(pidfd: number, signal: number): void;
  eventfd(): number;
  pipe(): [reading: number, writing: number];
  monotonicNs(): bigint;
  close(fd: number): void;
  mountHierarchy(type: string, controllers: readonly string[]): number;
  hasAttribute(path: string, name: string): boolean;
  kernelFeatures(): number;
  netlink(id: number, messages: Uint8Array): void;
  makeRaw(fd: number, outputOnly: boolean): Bytes;
  restoreTerminal(fd: number, saved: Uint8Array): void;
  inForeground(fd: number): boolean;
  setWindowSize(fd: number, columns: number, rows: number): void;
  openPty(): [master: number, slave: number];
  pump(id: number, master: number, input: number, output: number): void;
  pumpSay(id: number, text: Uint8Array): void;
  pumpFinish(id: number): void;
  pumpStop(id: number): void;
  pumpForget(id: number): void;
  compileSeccomp(program: SeccompProgram): Bytes;
}
