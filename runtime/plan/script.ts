// The plan as a shell script: the same container, made by hand with the commands of util-linux and
// iproute2. Pure.
import type { HostOp, LinkOp, Operation, Plan, Undo } from './operations.ts';
import { hereDocument, quote, quoteAll, writeTo } from './quote.ts';
import { type Step, setUp } from './script-inside.ts';
import { namespaceOptions, spawnLines, WAITING } from './script-spawn.ts';

/**
 * A script for /bin/sh (POSIX, XCU) that, run by root, makes a container as the plan does, and
 * takes back what it made when the command ends. It needs util-linux 2.33 and iproute2. Numbers in
 * its comments are those of `explain`. What no command can do is said where it is missing: the
 * seccomp filter, the terminal of its own, the init that stays.
 *
 * The first process waits, confined already, while a second one enters its namespaces and sets them
 * up with the host's programs; that one pivots at last, which moves the first one along.
 */
export function script(plan: Plan): string {
  let count = 0;
  const numbered = <T extends Operation>(ops: readonly T[]): Step<T>[] =>
    ops.map((op) => ({ number: ++count, op }));
  const host = numbered(plan.host);
  const [clone = 0] = numbered([plan.spawn]).map(({ number }) => number);
  const link = numbered(plan.link);
  const inside = numbered(plan.inside);
  const exec = { number: ++count, op: plan.exec };
  const lines = [
    ...opening(plan),
    ...undo(host, link),
    '',
    'prepare() {',
    ...host.flatMap((step) => prepare(step)).map((line) => `  ${line}`),
    '}',
    '',
    '# Beside the first process, while it waits: its links from here, the rest from inside its namespaces.',
    'set_up() {',
    '  read -r pid < "$work/ready"',
    ...link.flatMap(linked),
    ...hereDocument(
      `  nsenter --target "$pid" ${namespaceOptions(plan).join(' ')} /bin/sh -eu`,
      setUp(inside),
      'INSIDE',
    ),
    '  # The old root lies on top of the new one: it goes, and nothing of the host can be reached any more.',
    '  umount --lazy --namespace "$pid" /',
    '}',
    '',
    `waiting='${WAITING}'`,
    '',
    'main() {',
    ...MAIN,
    ...spawnLines(plan, clone, inside, exec).map((line) => `  ${line}`),
    '}',
    '',
    '# Last, so that a script that is piped into a shell has been read before the command gets its input.',
    'main',
  ];
  return `${lines.join('\n')}\n`;
}

function opening({ id }: Plan): string[] {
  return [
    '#!/bin/sh',
    `# The container ${JSON.stringify(id)} by hand: what the runtime asks the kernel for, as commands of util-linux and iproute2.`,
    '# As root. The numbers are those of the plan.',
    'set -eu',
    'PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin',
    "made=0 helper='' keeper='' work=''",
    '',
    'fail() {',
    '  echo "$*" >&2',
    '  exit 125',
    '}',
    '',
    '# kept FILE LINE: a limit is in force when the kernel says it back',
    'kept() {',
    '  grep -Fqx -e "$2" "$1" || fail "the kernel keeps $(cat "$1") in $1 where $2 was asked for"',
    '}',
  ];
}

const MAIN = [
  '  [ "$(id -u)" = 0 ] || fail "not root"',
  '  trap undo EXIT',
  "  trap 'exit 129' HUP",
  "  trap 'exit 143' TERM",
  '  # Ctrl-C is for what runs in the container.',
  '  trap : INT',
  '  work=$(mktemp -d)',
  '  mkfifo "$work/ready" "$work/go"',
  '  prepare',
  '  (',
  '    trap \'echo failed > "$work/go"\' EXIT',
  '    set_up',
  '    trap - EXIT',
  '    echo go > "$work/go"',
  '  ) &',
  '  helper=$!',
  '  set +e',
];

function prepare({ number, op }: Step<HostOp>): string[] {
  switch (op.kind) {
    case 'claim':
      return [
        `# ${number} claim`,
        `(umask 077; mkdir -p ${quote(op.path.slice(0, op.path.lastIndexOf('/')) || '/')})`,
        `ln -sn ${quoteAll([op.holder, op.path])} || fail ${quote(`${op.what} is in use`)}`,
        `made=${number}`,
      ];
    case 'file':
      return [
        `# ${number} file`,
        `(umask 077; mkdir -p ${quote(op.path.slice(0, op.path.lastIndexOf('/')) || '/')})`,
        `printf '%s\\n' ${quoteAll(op.text.trimEnd().split('\n'))} > ${quote(op.path)}`,
        `chmod 644 ${quote(op.path)}`,
        `made=${number}`,
      ];
    case 'scope':
      return scope(number, op);
    case 'leaf':
      return [
        `# ${number} leaf: of this shell alone; it must be the only process of ${op.group}`,
        `mkdir -p ${quote(op.leaf)}`,
        `echo $$ > ${quote(`${op.leaf}/cgroup.procs`)}`,
        writeTo(`${op.group}/cgroup.subtree_control`, passedOn(op.enable)),
      ];
    case 'mkcgroup':
      return [`# ${number} mkcgroup`, `mkdir ${quote(op.path)}`, `made=${number}`];
    case 'write':
      return [
        `# ${number} write`,
        writeTo(op.path, op.value),
        ...(op.readBack === undefined ? [] : [`kept ${quote(op.path)} ${quote(op.readBack)}`]),
      ];
    case 'bpf_devices':
      return [
        `# ${number} bpf_devices: no command loads such a program from numbers; what the group may open is not restricted here`,
      ];
  }
}

/** A scope needs a process: here one that sleeps, and that goes with the container. */
function scope(number: number, op: Extract<HostOp, { kind: 'scope' }>): string[] {
  const weights = Object.entries(op.weights).map(([name, weight]) => `${name} t ${weight}`);
  const properties = [
    `Slice s ${quote(op.slice)}`,
    ...['Delegate b true', ...weights, 'PIDs au 1 "$keeper"'],
  ];
  return [
    `# ${number} scope`,
    'sleep infinity &',
    'keeper=$!',
    `made=${number}`,
    'busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \\',
    `  StartTransientUnit 'ssa(sv)a(sa(sv))' ${quote(op.name)} fail ${properties.length} ${properties.join(' ')} 0 > /dev/null`,
    `until grep -q ${quote(op.name)} "/proc/$keeper/cgroup"; do sleep 0.05; done`,
    `mkdir ${quote(op.leaf)}`,
    `echo "$keeper" > ${quote(`${op.leaf}/cgroup.procs`)}`,
    writeTo(`${op.path}/cgroup.subtree_control`, passedOn(op.enable)),
  ];
}

function passedOn(controllers: readonly string[]): string {
  return controllers.map((name) => `+${name}`).join(' ');
}

function linked({ number, op }: Step<LinkOp>): string[] {
  const name = quote(op.name);
  return [
    `  # ${number} veth`,
    `  ip link add ${name} type veth peer name ${quote(op.peer)} netns "$pid"`,
    '  : > "$work/link"',
    `  ip address add ${quote(`${op.hostAddress}/${op.prefix}`)} dev ${name}`,
    `  ip link set ${name} up`,
  ];
}

/** Last made first, and only what was made. */
function undo(host: readonly Step<HostOp>[], link: readonly Step<LinkOp>[]): string[] {
  const steps: readonly Step<HostOp | LinkOp>[] = [...host, ...link];
  return [
    '',
    '# remove_group DIRECTORY: kills what is left in the cgroup, and removes it and those below',
    'remove_group() {',
    '  for _ in 1 2 3 4 5 6 7 8 9 10; do',
    '    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null && return',
    '    find "$1" -name cgroup.procs -exec cat {} + | while read -r left; do kill -KILL "$left"; done',
    '    sleep 0.1',
    '  done',
    '  echo "$1 cannot be removed" >&2',
    '}',
    '',
    'undo() {',
    '  status=$?',
    '  trap - EXIT',
    '  set +e',
    '  [ -z "$helper" ] || { kill "$helper"; wait "$helper"; } 2>/dev/null',
    ...steps.toReversed().flatMap(({ number, op }) => {
      if (op.kind === 'file') return [`  ${removed(number, op.path)}`];
      if (op.kind === 'scope') return ['  [ -z "$keeper" ] || kill "$keeper"'];
      return 'undo' in op ? [`  ${taken(number, op.undo)}`] : [];
    }),
    '  [ -z "$work" ] || rm -rf "$work"',
    '  exit "$status"',
    '}',
  ];
}

function removed(number: number, path: string): string {
  return `[ "$made" -lt ${number} ] || rm -f ${quote(path)}`;
}

function taken(number: number, what: Undo): string {
  const made = `[ "$made" -lt ${number} ] ||`;
  switch (what.kind) {
    case 'rmcgroup':
      return `${made} remove_group ${quote(what.path)}`;
    case 'rmlink':
      return `[ ! -e "$work/link" ] || ip link del ${quote(what.name)} 2>/dev/null`;
    case 'stopunit':
      return `${made} systemctl stop ${quote(what.name)}`;
    case 'unclaim':
      return `${made} [ "$(readlink ${quote(what.path)})" != ${quote(what.holder)} ] || rm -f ${quote(what.path)}`;
  }
}
