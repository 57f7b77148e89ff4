// Operations in words a person reads: in `explain`, in errors, in the report.
import { legible } from '../base/bytes.ts';
import { commandLine } from './command-line.ts';
import type { InsideOp, Operation, Phase, Plan, Undo } from './operations.ts';

/**
 * `mount proc on /proc (nosuid,nodev,noexec)`: the call, its object, its flags; `\xe9` for bytes
 * that are no text.
 */
export function operationText(op: Operation): string {
  return legible(textOf(op));
}

function textOf(op: Operation): string {
  switch (op.kind) {
    case 'claim':
      return `claim ${op.what}`;
    case 'file':
      return `create ${op.path}`;
    case 'scope':
      return words(
        `StartTransientUnit ${op.name} in ${op.slice},`,
        ...Object.entries(op.weights).map(([name, weight]) => `${name}=${weight},`),
        `delegated: ${op.enable.join(' ')}`,
      );
    case 'leaf':
      return `move to ${op.leaf}, pass on ${op.enable.join(' ')}`;
    case 'mkcgroup':
      return `mkdir ${op.path}`;
    case 'write':
      return `write ${JSON.stringify(op.value)} to ${fileOf(op.path)}`;
    case 'bpf_devices':
      return `device rules of ${op.path}: ${op.rules.join(', ')}`;
    case 'clone3':
      return words(
        'clone3',
        ...op.flags,
        op.cgroup && `into ${op.cgroup}`,
        op.watcherCgroup && `watched from ${op.watcherCgroup}`,
        op.joinPid && `in ${op.joinPid}`,
      );
    case 'veth':
      return `veth ${op.name} ${op.hostAddress}/${op.prefix}, peer ${op.peer} ${op.peerAddress}/${op.prefix}`;
    case 'execve':
      return words('execve', commandLine(op.args), op.stayAsInit && '(init stays)');
    default:
      return insideText(op);
  }
}

function insideText(op: InsideOp): string {
  switch (op.kind) {
    case 'root':
      return `${op.detached ? 'copy' : 'bind'} root ${op.source}${flags(op.attributes)}`;
    case 'mount':
      return `mount ${op.fstype} on ${op.target.path}${flags([...op.attributes, ...op.options])}`;
    case 'bind':
      return `${op.recursive ? 'rbind' : 'bind'} ${op.source} on ${op.target.path}${flags(op.attributes)}`;
    case 'mkdir':
      return `mkdir ${op.target.path}`;
    case 'mknod':
      return `mknod ${op.target.path} ${op.type} ${op.major}:${op.minor} ${op.mode.toString(8)}`;
    case 'symlink':
      return `symlink ${op.target.path} to ${op.to}`;
    case 'mask':
    case 'readonly':
      return words(op.kind, op.target.path, op.target.optional && 'if it is there');
    case 'propagation':
      return `make / r${op.to}`;
    case 'pty':
      return `terminal ${op.columns}x${op.rows}${op.console ? ', also /dev/console' : ''}`;
    default:
      return processText(op);
  }
}

type FileOp = Extract<
  InsideOp,
  {
    readonly kind:
      | 'root'
      | 'mount'
      | 'bind'
      | 'mkdir'
      | 'mknod'
      | 'symlink'
      | 'mask'
      | 'readonly'
      | 'propagation'
      | 'pty';
  }
>;

function processText(op: Exclude<InsideOp, FileOp>): string {
  switch (op.kind) {
    case 'join_cgroup':
      return `join ${op.tasks}`;
    case 'setns':
      return `setns ${op.path} (${op.types.join(',')})`;
    case 'setns_process':
      return `setns ${op.types.join(',')} of the container`;
    case 'await':
      return {
        host: 'wait for the cgroups',
        link: 'wait for the link',
        start: 'wait for start',
      }[op.what];
    case 'unshare':
      return `unshare ${op.flags.join(',')}`;
    case 'sethostname':
      return `sethostname ${op.name}`;
    case 'netlink':
      return op.text;
    case 'sysctl':
      return `sysctl ${op.name}=${op.value}`;
    case 'bounding':
      return `bound capabilities to ${mask(op.keep)}`;
    case 'user':
      return words(
        `user ${op.uid}:${op.gid}`,
        op.groups.length > 0 && `groups ${op.groups.join(',')}`,
        `umask ${op.umask.toString(8).padStart(3, '0')}`,
      );
    case 'rlimit':
      return `limit ${op.type} to ${op.soft}${op.hard === undefined ? '' : `, hard ${op.hard}`}`;
    case 'capset':
      return `capset effective ${mask(op.effective)} permitted ${mask(op.permitted)} inheritable ${mask(op.inheritable)}`;
    case 'seccomp':
      return `seccomp ${op.profile} profile`;
    case 'pdeathsig':
      return 'die with the runtime';
    case 'chdir':
      return `chdir ${op.path}`;
    case 'mount_namespace':
      return 'enter a mount namespace of the root alone';
    case 'setsid':
    case 'pivot_root':
    case 'no_new_privs':
      return op.kind;
  }
}

/** The file first: it tells more than where it is. */
function fileOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(slash + 1)} in ${path.slice(0, slash)}`;
}

function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter(Boolean).join(' ');
}

function mask(bits: bigint): string {
  return `0x${bits.toString(16)}`;
}

function flags(names: readonly string[]): string {
  return names.length ? ` (${names.join(',')})` : '';
}

/** `rmdir /sys/fs/cgroup/memory/terrarium-x`. */
export function undoText(undo: Undo): string {
  switch (undo.kind) {
    case 'rmcgroup':
      return `cgroup ${undo.path}`;
    case 'rmlink':
      return `link ${undo.name}`;
    case 'stopunit':
      return `unit ${undo.name}`;
    case 'unclaim':
      return undo.path;
  }
}

export interface PlanRow {
  readonly index: number;
  readonly phase: 'host' | 'spawn' | 'link' | 'inside' | 'exec';
  readonly operation: Operation;
}

/** Every operation with its phase and its place in the whole, in the order of the phases. */
export function planRows(plan: Pick<Plan, Phase>): PlanRow[] {
  const phases: readonly (readonly [PlanRow['phase'], readonly Operation[]])[] = [
    ['host', plan.host],
    ['spawn', [plan.spawn]],
    ['link', plan.link],
    ['inside', plan.inside],
    ['exec', [plan.exec]],
  ];
  return phases
    .flatMap(([phase, operations]) => operations.map((operation) => ({ phase, operation })))
    .map((row, index) => ({ index, ...row }));
}

/** The whole plan: a numbered table, or JSON. */
export function describePlan(plan: Plan, format: 'table' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(plan, jsonValue, 2)}\n`;
  const rows = planRows(plan);
  const width = String(rows.length).length;
  return rows
    .map(
      ({ index, phase, operation }) =>
        `${String(index + 1).padStart(width)}  ${phase.padEnd(6)}  ${operationText(operation)}\n`,
    )
    .join('');
}

/** Masks as hexadecimal text, messages as hexadecimal bytes: JSON has neither. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (value instanceof Uint8Array)
    return [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return value;
}
