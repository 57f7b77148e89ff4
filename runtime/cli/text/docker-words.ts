// What docker's words are here: for the first minute of who knows them. Read only after one was
// refused.

const SHELL = 'terrarium shell ROOTFS HOSTNAME';
const IMAGES =
  'there are no images: a root file system is a directory, such as `docker export` or mmdebstrap makes';
const RESOLVE = '-v /etc/resolv.conf:/etc/resolv.conf:ro shows the host’s resolver inside';
const ADDRESS = 'a container has an address of its own, which `terrarium list` shows';
const CHILD = `\`${SHELL}\` stays in the foreground: a service manager can restart it`;
const LOGS = '`terrarium logs ID` prints what a detached container wrote';
const HEALTH = '`terrarium exec ID -- COMMAND` runs a check';
const CPUS = '--cpus 0.5 gives half of one processor’s time';
const OOM = '--memory and --memory-swap are the limits; the kernel chooses what is killed';

/** Commands. */
export const COMMAND_WORDS: Readonly<Record<string, string>> = {
  run: `\`${SHELL} -- COMMAND\` runs a command in a new container`,
  create: `\`${SHELL} --detach -- COMMAND\` makes and starts one`,
  start: `a container is started when it is made: \`${SHELL}\``,
  restart: `\`terrarium delete ID\`, then \`${SHELL}\` again`,
  stop: '`terrarium kill ID` asks it to end, `terrarium kill ID KILL` ends it',
  rm: '`terrarium delete ID` removes a container, --force a running one',
  inspect: '`terrarium state ID` shows a container',
  info: '`terrarium doctor` shows what this host offers',
  version: '`terrarium --version`',
  attach:
    '`terrarium exec ID -- /bin/sh` opens a shell in it, `terrarium logs ID` shows its output',
  top: '`terrarium ps ID` lists the processes of a container',
  wait: `\`${SHELL}\` waits, and ends with the command’s status`,
  port: ADDRESS,
  cp: 'its files are in the root file system on the host: cp there',
  diff: 'its files are in the root file system on the host: nothing is layered',
  events: '`terrarium list` shows the containers',
  pause: '`terrarium kill ID STOP` stops its first process, CONT lets it go on',
  unpause: '`terrarium kill ID CONT` lets its first process go on',
  rename: '--name is chosen when a container is made',
  network: '--network chooses veth, none, host, or ns:PATH; `ip netns` makes namespaces',
  volume: '-v SOURCE:DESTINATION shows a directory of the host; there are no named volumes',
  container: 'commands have one word here: `terrarium list`, `terrarium delete ID`',
  system: '`terrarium gc` removes what killed runtimes left, `terrarium doctor` shows the host',
  prune: '`terrarium gc` removes what killed runtimes left',
  compose: `\`${SHELL}\` starts one container; a script or a pool starts several`,
  ...Object.fromEntries(
    [
      ...['pull', 'push', 'build', 'buildx', 'image', 'images', 'rmi', 'tag', 'save', 'load'],
      ...['import', 'export', 'commit', 'history', 'login', 'logout', 'search', 'manifest'],
    ].map((word) => [word, IMAGES]),
  ),
};

/** Options of `docker run`. */
const RUN_WORDS: Readonly<Record<string, string>> = {
  '--net': '--network is its name here: veth (default), none, host, or ns:PATH',
  '--cgroupns': '--cgroup-ns is its name here: host, or ns:PATH',
  '--hostname': `the hostname is the second argument: ${SHELL}`,
  '--entrypoint': `there is no entrypoint: the command follows \`--\`: ${SHELL} -- COMMAND`,
  '--privileged':
    '--cap-add ALL, --security-opt seccomp=unconfined and systempaths=unconfined each lift a part; devices stay denied',
  '--ulimit': 'the caller’s limits hold inside: set them before, as with `ulimit -n 4096`',
  '--env-file': '-e KEY=VALUE sets one variable, -e KEY passes the caller’s on',
  '--device': 'only the standard devices can be opened: null, zero, full, random, urandom, tty',
  '--sysctl':
    'set it in a network namespace made before (`ip netns add NAME`), and join that: --network ns:/run/netns/NAME',
  '--shm-size': '--tmpfs /dev/shm:size=64m',
  '--dns': RESOLVE,
  '--dns-search': RESOLVE,
  '--dns-option': RESOLVE,
  '--add-host': '-v FILE:/etc/hosts:ro shows a file of yours as /etc/hosts',
  '--publish': ADDRESS,
  '-p': ADDRESS,
  '--publish-all': ADDRESS,
  '-P': ADDRESS,
  '--expose': ADDRESS,
  '--link': ADDRESS,
  '--mac-address': '--ip chooses the address of the veth pair; the kernel chooses the MAC',
  '--label': 'there are no labels; --name names a container',
  '-l': 'there are no labels; --name names a container',
  '--restart': CHILD,
  '--timeout': `\`timeout 10 ${SHELL} …\` ends it after 10 seconds`,
  '--stop-timeout': '`terrarium kill ID` asks it to end, `terrarium kill ID KILL` ends it',
  '--stop-signal': '`terrarium kill ID SIGNAL` sends any signal',
  '--sig-proxy': 'signals are always passed on',
  '--detach-keys': 'start it with --detach, and enter it with `terrarium exec ID -- /bin/sh`',
  '--attach': 'start it with --detach, and enter it with `terrarium exec ID -- /bin/sh`',
  '-a': 'start it with --detach, and enter it with `terrarium exec ID -- /bin/sh`',
  '--cidfile': '--detach prints the id, --name chooses it',
  '--group-add': '--user UID:GID chooses the group',
  '--userns': 'containers have the host’s users; --user chooses another than root',
  '--volumes-from': '-v SOURCE:DESTINATION, the same for both containers',
  '--volume-driver': '-v SOURCE:DESTINATION shows a directory of the host',
  '--storage-opt': 'the root file system is a directory of the host, with that one’s space',
  '--log-driver': LOGS,
  '--log-opt': LOGS,
  '--health-cmd': HEALTH,
  '--no-healthcheck': HEALTH,
  '--cpu-quota': CPUS,
  '--cpu-period': CPUS,
  '-c': '--cpu-shares is its name here',
  '--cpuset-mems': '--cpuset-cpus chooses processors; memory nodes cannot be chosen',
  '--oom-kill-disable': OOM,
  '--oom-score-adj': OOM,
  '--pull': IMAGES,
  '--platform': IMAGES,
  '--gpus': 'only the standard devices can be opened: null, zero, full, random, urandom, tty',
  '--runtime': 'Terrarium is the runtime itself',
  '--cgroup-parent': 'limits are given with --memory, --cpus, --cpuset-cpus and --pids-limit',
};

const NO_EXEC = 'a process has what its container has: give it to `terrarium shell`';
const TAIL = '`terrarium logs ID | tail -n 5` shows the last lines';
const ALL = 'all are listed, with their status';

/** Options by the command of ours that they were typed for. */
export const OPTION_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shell: RUN_WORDS,
  explain: RUN_WORDS,
  exec: {
    '--privileged': NO_EXEC,
    '--cap-add': NO_EXEC,
    '--detach': '`terrarium exec ID -- sh -c "COMMAND &"` leaves it running',
    '-d': '`terrarium exec ID -- sh -c "COMMAND &"` leaves it running',
    '--env-file': '-e KEY=VALUE sets one variable, -e KEY passes the caller’s on',
    '--detach-keys': 'Ctrl-D, or `exit`, ends a shell; the container stays',
  },
  list: { '-a': ALL, '--all': ALL },
  logs: { '--tail': TAIL, '-n': TAIL },
};

const OWN = 'each container has one of its own: leave it out';

/** Values of the options that choose namespaces. `container:NAME` is handled apart. */
export const NAMESPACE_WORDS: Readonly<Record<string, string>> = {
  private: OWN,
  shareable: `${OWN}; ns:/proc/PID/ns/… joins it from another`,
  none: OWN,
  new: OWN,
};

export const NETWORK_MODES = 'veth (default), none, host, or ns:PATH to join one';

export const NETWORK_WORDS: Readonly<Record<string, string>> = {
  bridge: `a veth pair to the host is what there is: ${NETWORK_MODES}`,
  default: `leave it out for a veth pair to the host: ${NETWORK_MODES}`,
  private: `leave it out for a veth pair to the host: ${NETWORK_MODES}`,
};
