// Why a command could not be executed: execve(2) says ENOENT for a missing loader as for a missing
// file, and never which.
import { byteLength, quoted } from '../../base/bytes.ts';
import type { ExecOp } from '../../plan/operations.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import { missingCommand, missingFile } from './absent.ts';
import { ERRNO } from './errno.ts';
import { type HostPath, toHostPath } from './host-path.ts';
import { deniedElsewhere, permission } from './permission.ts';
import { EXECUTABLE_TYPES, PROGRAM_BYTES, type Program, readProgram } from './program.ts';

/** The kernel follows five interpreters (fs/exec.c), then says ELOOP. */
const DEEPEST = 5;
/** execve(2), "Limits on size of arguments and environment": all strings with their pointers. */
const POINTER = 8;
const MOST_BYTES = 6 * 1024 * 1024;

export function execHint(error: StepError, op: ExecOp, probe: RootfsProbe): string | undefined {
  const [command = ''] = op.args;
  const paths = op.candidates.map((candidate) =>
    candidate.startsWith('/') ? candidate : `${error.config.process.cwd}/${candidate}`,
  );
  switch (error.errno) {
    case ERRNO.E2BIG:
      return tooBig(op);
    case ERRNO.ETXTBSY:
      return `${command} is open for writing: the writer has to close it first`;
    case ERRNO.ENOMEM:
      return 'the memory limit may be too low for the program: raise --memory';
    case ERRNO.EPERM:
      return 'a security module forbids it, or the file has capabilities or set-user-ID that cannot be given';
  }
  const hostPaths = paths.map((path) => ({
    shown: path,
    hostPath: toHostPath(path, error, probe),
  }));
  const there = hostPaths.flatMap(({ shown, hostPath }) => {
    return hostPath.probe.resolve(hostPath.path).kind === 'there' ? [{ shown, hostPath }] : [];
  });
  for (const { shown, hostPath } of there) {
    const hint = ofFile(shown, hostPath, error, probe, DEEPEST);
    if (hint !== undefined) return hint;
  }
  if (
    error.errno === ERRNO.ENOENT ||
    error.errno === ERRNO.ENOTDIR ||
    error.errno === ERRNO.ELOOP
  ) {
    const way = hostPaths.map(({ shown, hostPath }) => ({
      shown,
      hostPath,
      found: hostPath.probe.resolve(hostPath.path),
    }));
    return command.includes('/')
      ? missingFile(command, way, error)
      : missingCommand(command, op, way, error, probe);
  }
  return error.errno === ERRNO.EACCES ? deniedElsewhere(probe) : undefined;
}

/** What is wrong with a file that is there. */
function ofFile(
  shown: string,
  hostPath: HostPath,
  error: StepError,
  probe: RootfsProbe,
  depth: number,
): string | undefined {
  const denied = error.errno === ERRNO.EACCES ? permission(shown, hostPath, error) : undefined;
  if (denied !== undefined) return denied;
  const start = hostPath.probe.read(hostPath.path, PROGRAM_BYTES);
  if (start === undefined) return undefined;
  const program = readProgram(start);
  if (program.kind === 'unknown')
    return error.errno === ERRNO.ENOEXEC ? unknown(shown, program.what) : undefined;
  if (program.kind === 'elf' && error.errno === ERRNO.ENOEXEC)
    return foreign(shown, program, error);
  const next = program.kind === 'elf' ? program.loader : program.interpreter;
  if (next === undefined) return undefined;
  if (next === '')
    return `${shown} begins with #! and names no interpreter: let it begin with #!/bin/sh`;
  if (depth === 0)
    return `${shown} is a script whose interpreter is a script, more than ${DEEPEST} deep: let it name a program`;
  if (next.includes('\r'))
    return `the first line of ${shown} ends in CRLF, so the kernel looks for ${quoted(next)}: sed -i 's/\\r$//' makes the line ends those of Linux`;
  const nextHostPath = toHostPath(
    next.startsWith('/') ? next : `${error.config.process.cwd}/${next}`,
    error,
    probe,
  );
  const found = nextHostPath.probe.resolve(nextHostPath.path);
  if (found.kind === 'there') return ofFile(next, nextHostPath, error, probe, depth - 1);
  if (error.errno === ERRNO.EACCES || error.errno === ERRNO.ENOEXEC) return undefined;
  return program.kind === 'elf'
    ? withoutLoader(shown, next, error)
    : withoutInterpreter(shown, next, error, probe);
}

function withoutLoader(shown: string, loader: string, { rootfs }: StepError): string {
  const libc = /ld-musl/.test(loader) ? 'musl' : /\/linker/.test(loader) ? 'Android' : 'glibc';
  return `${shown} is there, but its loader ${loader} is not: it is a dynamic program for ${libc}. Copy the loader and the libraries that ldd lists into ${rootfs}, or take a static program`;
}

function withoutInterpreter(
  shown: string,
  interpreter: string,
  { rootfs }: StepError,
  probe: RootfsProbe,
): string {
  const shell =
    probe.resolve('/bin/sh').kind === 'there' && interpreter !== '/bin/sh'
      ? '; there is a /bin/sh'
      : '';
  return `${shown} is a script for ${interpreter}, which ${rootfs} does not have${shell}`;
}

function unknown(shown: string, what: string): string {
  const remedy = what.startsWith('a text') ? `: begin it with #!/bin/sh, or run sh ${shown}` : '';
  return `${shown} is ${what}${remedy}`;
}

function foreign(
  shown: string,
  program: Extract<Program, { kind: 'elf' }>,
  { facts, rootfs }: StepError,
): string {
  if (program.machine === facts.arch) {
    return EXECUTABLE_TYPES.includes(program.type)
      ? `${shown} is an ELF file for this machine, but a damaged or incomplete one: copy it again`
      : `${shown} is an ELF file, but no program (an object file or a core dump): link it first`;
  }
  return `${shown} is a program for ${program.machine}, and this machine is ${facts.arch}: is ${rootfs} a root file system for another one? qemu-user and binfmt_misc can run it`;
}

/** A single string that is too long was refused before: it is an error in the options. */
function tooBig({ args, env }: ExecOp): string {
  let total = 0;
  for (const list of [args, env]) for (const text of list) total += byteLength(text) + 1 + POINTER;
  const most = 'the kernel takes a quarter of the stack limit (`getconf ARG_MAX` tells it)';
  const remedy =
    total > MOST_BYTES ? 'and never more than 6 MiB: pass' : 'raise `ulimit -s`, or pass';
  return `arguments and environment have ${total} bytes, and ${most}: ${remedy} less, or a file`;
}
