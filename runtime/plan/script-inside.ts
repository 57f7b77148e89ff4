// What the script does inside the new namespaces, beside the waiting first process: the mounts, the
// name, the addresses, the pivot.
import type { InsideOp, MountAttribute, Target } from './operations.ts';
import { quote, quoteAll, writeTo } from './quote.ts';

/** An operation and its number in the plan, from 1. */
export interface Step<T> {
  readonly number: number;
  readonly op: T;
}

/**
 * Shell functions for what mount(8) has no option for: openat2(2), and mount_setattr(2) with
 * AT_RECURSIVE.
 */
const FUNCTIONS = `
# in_root PATH [nofollow]: sets $at to where PATH is below the new root, however its symbolic links point. The runtime asks openat2(2)
# for this, which an exchanged link cannot trick; this walk can be tricked.
in_root() {
  rest=$1 below= links=0
  while [ -n "$rest" ]; do
    part=\${rest%%/*}
    rest=\${rest#"$part"}
    rest=\${rest#/}
    case $part in '' | .) continue ;; ..) below=\${below%/*} && continue ;; esac
    if [ -L "$root$below/$part" ]; then
      links=$((links + 1))
      if [ -n "\${2-}" ] || [ "$links" -gt 40 ]; then
        echo "$1: $below/$part is a symbolic link in the root file system" >&2
        exit 1
      fi
      to=$(readlink "$root$below/$part")
      case $to in /*) below= ;; esac
      rest=$to/$rest
    else
      below=$below/$part
    fi
  done
  at=$root$below
}
# attributes MOUNT OPTIONS: adds them to those that the mount, and each below it, has already
attributes() {
  while read -r _ _ _ _ mount has _; do
    mount=$(printf %b "$mount")
    case $mount in "$1" | "$1"/*) mount -o "remount,bind,$has,$2" "$mount" ;; esac
  done <<MOUNTS
$(cat /proc/self/mountinfo)
MOUNTS
}`.trim();

const OPTION: Readonly<Record<MountAttribute, string>> = {
  rdonly: 'ro',
  nosuid: 'nosuid',
  nodev: 'nodev',
  noexec: 'noexec',
  noatime: 'noatime',
  nodiratime: 'nodiratime',
  strictatime: 'strictatime',
  nosymfollow: 'nosymfollow',
};

/** By hand nothing runs beside what it needs. */
const AWAITED: Readonly<Record<Extract<InsideOp, { kind: 'await' }>['what'], string>> = {
  host: 'nothing to wait for: the cgroups are made before this',
  link: 'nothing to wait for: the links are made before this',
  start: 'not by hand: it starts at once',
};

/**
 * The set-up, for a shell of the host that has entered the namespaces. Takes out of the `inside`
 * part what is not the first process's own.
 */
export function setUp(steps: readonly Step<InsideOp>[]): string[] {
  const source = steps.flatMap(({ op }) => (op.kind === 'root' ? [op.source] : []))[0] ?? '/';
  const enters = ({ op: { kind } }: Step<InsideOp>) =>
    kind === 'pivot_root' || kind === 'mount_namespace';
  const pivot = steps.filter(enters);
  const others = steps.filter((step) => !enters(step));
  return [
    'umask 0',
    `root=${quote(source)}`,
    FUNCTIONS,
    ...others.flatMap(commented),
    // The commands above are the host's: after this they cannot be found any more, so it comes last
    // here.
    ...pivot.flatMap(commented),
  ];
}

function commented({ number, op }: Step<InsideOp>): string[] {
  const lines = linesOf(op);
  return lines.length ? [`# ${number} ${op.kind}`, ...lines] : [];
}

function linesOf(op: InsideOp): string[] {
  switch (op.kind) {
    case 'root':
      return [
        'mount --rbind "$root" "$root"',
        ...(op.attributes.length ? [`attributes "$root" ${names(op.attributes).join()}`] : []),
      ];
    case 'mount':
      return [
        ...made(op.target),
        `mount -t ${quoteAll([op.fstype, ...options([...names(op.attributes), ...op.options]), op.fstype])} "$at"`,
      ];
    case 'bind':
      return bind(op);
    case 'mkdir':
      return [
        ...inRoot(op.target),
        `[ -d "$at" ] || mkdir -p -m ${op.mode.toString(8)} "$at"${op.target.optional ? ' || :' : ''}`,
      ];
    case 'mknod':
      return [
        ...inRoot(op.target),
        `mknod -m ${op.mode.toString(8)} "$at" ${op.type} ${op.major} ${op.minor}`,
      ];
    case 'symlink':
      return [...inRoot(op.target), `ln -s ${quote(op.to)} "$at"`];
    case 'mask':
      return [
        ...inRoot(op.target),
        'if [ -d "$at" ]; then mount -t tmpfs -o ro,nosuid,nodev,noexec,size=4k,nr_inodes=2 tmpfs "$at"',
        // Read-only: otherwise root inside could change the mode and the owner of the host's node.
        'elif [ -e "$at" ]; then mount --bind /dev/null "$at"; mount -o remount,bind,ro,nosuid,noexec "$at"; fi',
      ];
    case 'readonly':
      return [
        ...inRoot(op.target),
        'if [ -e "$at" ]; then mount --rbind "$at" "$at"; attributes "$at" ro; fi',
      ];
    case 'pivot_root':
    case 'mount_namespace':
      return [
        '# The old root ends up on top of the new one. Root and working directory of the first process change with it, as the kernel moves',
        '# every process at the old root; the caller of this script is in another mount namespace.',
        'cd "$root"',
        'pivot_root . .',
      ];
    case 'sethostname':
      return [`hostname ${quote(op.name)}`];
    case 'netlink':
      return [quoteAll(op.text.split(' '))];
    case 'sysctl':
      return [writeTo(`/proc/sys/${op.name.replaceAll('.', '/')}`, op.value)];
    case 'pty':
      return ['# none of its own: it has yours, and no /dev/console'];
    case 'await':
      return [`# ${AWAITED[op.what]}`];
    default:
      return [];
  }
}

function bind({
  source,
  target,
  recursive,
  attributes: wanted,
}: Extract<InsideOp, { kind: 'bind' }>): string[] {
  const from = quote(source);
  if (target.create === 'file' && target.optional)
    return [
      ...inRoot(target),
      `[ -e "$at" ] || { mkdir -p "\${at%/*}" && : > "$at"; } 2>/dev/null || :`,
      `if [ -f "$at" ]; then mount --bind ${from} "$at"; attributes "$at" ${names(wanted).join()}; fi`,
    ];
  return [
    ...inRoot(target),
    ...(target.create === 'like-source'
      ? [
          `if [ -d ${from} ]; then mkdir -p "$at"; else mkdir -p "\${at%/*}"; [ -e "$at" ] || : > "$at"; fi`,
        ]
      : []),
    `mount ${recursive ? '--rbind' : '--bind'} ${from} "$at"`,
    ...(wanted.length ? [`attributes "$at" ${names(wanted).join()}`] : []),
  ];
}

function made(target: Target): string[] {
  return [...inRoot(target), ...(target.create === 'directory' ? ['mkdir -p "$at"'] : [])];
}

function inRoot({ path, nofollow }: Target): string[] {
  return [`in_root ${quote(path)}${nofollow ? ' nofollow' : ''}`];
}

function names(wanted: readonly MountAttribute[]): string[] {
  return wanted.map((name) => OPTION[name]);
}

function options(list: readonly string[]): string[] {
  return list.length ? ['-o', list.join()] : [];
}
