// Every requirement: its ID, its claim in one sentence, and the sentences of the assignment that it
// proves.
import type { SentenceKey } from './assignment.ts';

export interface Requirement {
  /** The claim that the test proves, in one sentence. */
  readonly title: string;
  /** The main one first. */
  readonly sentences: readonly [SentenceKey, ...SentenceKey[]];
}

export const requirements = {
  'NS-01': {
    title: 'a shell runs in its own network namespace, neither the host’s nor another container’s',
    sentences: ['ns-separate'],
  },
  'NS-02': {
    title: 'a shell runs in its own mount namespace, neither the host’s nor another container’s',
    sentences: ['ns-separate'],
  },
  'NS-03': {
    title: 'a shell is PID 1 of its own PID namespace, neither the host’s nor another container’s',
    sentences: ['ns-separate'],
  },
  'NS-04': {
    title: 'a shell runs in its own UTS namespace, neither the host’s nor another container’s',
    sentences: ['ns-separate'],
  },
  'NS-05': {
    title: 'a shell runs in its own IPC namespace, neither the host’s nor another container’s',
    sentences: ['ns-optional'],
  },
  'NS-06': {
    title: 'a shell runs in its own cgroup namespace and sees its own cgroup as the root',
    sentences: ['beyond-isolation'],
  },
  'NS-07': {
    title:
      'a shell joins namespaces made by ip netns and unshare when they are passed as arguments',
    sentences: ['ns-ways'],
  },
  'ROOT-01': {
    title:
      'the shell begins in / of the given root filesystem, and ls shows the files of that root',
    sentences: ['root-argument', 'root-ls'],
  },
  'ROOT-02': {
    title: 'the host is unreachable through .., the old root and /proc/1/root',
    sentences: ['root-argument'],
  },
  'ROOT-03': {
    title: 'a mount made inside does not appear on the host, and a mount on the host not inside',
    sentences: ['ns-separate'],
  },
  'ROOT-04': {
    title: 'with --read-only nothing can be written to the root filesystem',
    sentences: ['beyond-isolation'],
  },
  'ROOT-05': {
    title: 'two containers run on one root filesystem at the same time',
    sentences: ['multi-isolated'],
  },
  'ROOT-06': {
    title: '--read-only covers mounts below the root, and creates nothing on disk',
    sentences: ['root-argument'],
  },
  'ROOT-07': {
    title: '--volume shows a directory of the host, read-only with :ro',
    sentences: ['root-argument'],
  },
  'HOST-01': {
    title: 'hostname prints the name passed as an argument',
    sentences: ['hostname'],
  },
  'HOST-02': {
    title: 'the host keeps its own hostname while a container has another',
    sentences: ['hostname', 'ns-separate'],
  },
  'HOST-03': {
    title: 'changing the hostname inside changes nothing outside',
    sentences: ['hostname', 'ns-separate'],
  },
  'PS-01': {
    title: 'ps shows only the container’s processes, with the shell as PID 1',
    sentences: ['ps-view', 'ps-proc', 'demo-ps'],
  },
  'PS-02': {
    title: 'the host sees a process of the container under another PID',
    sentences: ['ps-view'],
  },
  'PS-03': {
    title: 'no signal sent inside reaches a process outside',
    sentences: ['beyond-isolation'],
  },
  'PS-04': { title: 'with --init, orphaned zombies are reaped', sentences: ['beyond-isolation'] },
  'NET-01': {
    title:
      'a veth pair connects container and parent namespace, with a different address at each end',
    sentences: ['net-veth'],
  },
  'NET-02': {
    title:
      'a server started from the root filesystem in the container’s shell exchanges data with a client in the parent namespace',
    sentences: ['net-connect', 'net-server', 'net-rootfs'],
  },
  'NET-03': {
    title: 'server and client each see the address of the other’s end of the veth pair',
    sentences: ['net-server', 'net-veth'],
  },
  'NET-04': {
    title: 'without the veth pair the same client cannot reach the same server',
    sentences: ['net-connect', 'net-veth'],
  },
  'NET-05': {
    title: 'after the shell exits, its link is removed from the host',
    sentences: ['beyond-clean'],
  },
  'NET-06': {
    title: 'a client in the container reaches a server in the parent namespace',
    sentences: ['net-connect'],
  },
  'NET-07': {
    title: 'a container’s own name resolves to its address',
    sentences: ['net-veth'],
  },
  'NET-08': {
    title: 'a non-root user serves on port 80 in a container’s own network',
    sentences: ['net-server'],
  },
  'NET-09': {
    title: 'a container reaches any address of the parent namespace, by its default route',
    sentences: ['net-connect'],
  },
  'NET-10': {
    title: 'with --network none a container has only its own loopback',
    sentences: ['net-veth'],
  },
  'LIM-01': {
    title: 'a memory hog is killed at the configured limit, and the shell survives',
    sentences: ['lim-configure', 'lim-demonstrate', 'lim-memory', 'demo-hungry'],
  },
  'LIM-02': {
    title: 'with half a CPU, busy threads get half a CPU’s time and are throttled for the rest',
    sentences: ['lim-configure', 'lim-demonstrate', 'demo-hungry'],
  },
  'LIM-03': {
    title: 'a fork bomb stops at the process limit',
    sentences: ['lim-configure', 'lim-demonstrate', 'demo-hungry'],
  },
  'LIM-04': {
    title: 'threads run only on the CPUs of the given set',
    sentences: ['lim-configure', 'lim-demonstrate'],
  },
  'LIM-05': {
    title: 'limits changed while the shell runs take effect at once',
    sentences: ['lim-configure'],
  },
  'LIM-06': {
    title: 'the limits apply to everything the shell starts, and no process can leave the cgroup',
    sentences: ['lim-configure'],
  },
  'LIM-07': {
    title: 'a kill at the memory limit is reported for detached containers and by exec',
    sentences: ['lim-memory'],
  },
  'LIM-08': {
    title: 'the limits hold for a command run where `ip netns exec` hides cgroups',
    sentences: ['lim-configure'],
  },
  'LIM-09': {
    title: 'two containers on one CPU get its time in proportion to their weights',
    sentences: ['lim-configure'],
  },
  'LIM-10': {
    title: 'a disk is read and written no faster than its configured rates',
    sentences: ['beyond-limits'],
  },
  'LIM-11': {
    title: 'above --memory-high a program is slowed down and not killed',
    sentences: ['beyond-limits'],
  },
  'MULTI-01': {
    title: 'servers in two containers listen on the same port, and each client reaches its own',
    sentences: ['multi-isolated', 'multi-port'],
  },
  'MULTI-02': {
    title: 'ps in each container does not show the other’s processes',
    sentences: ['multi-isolated', 'multi-ps'],
  },
  'MULTI-03': { title: 'each container keeps its own hostname', sentences: ['multi-isolated'] },
  'MULTI-04': {
    title: 'files in tmpfs and IPC objects of one container do not exist in the other',
    sentences: ['multi-isolated'],
  },
  'MULTI-05': {
    title: 'no signal sent in one container reaches a process of the other',
    sentences: ['multi-isolated'],
  },
  'OWN-01': {
    title:
      'no container runtime is invoked: a full run executes only Terrarium’s init and programs of the root filesystem',
    sentences: ['own-runtime'],
  },
  'OWN-02': {
    title: 'a container starts with an empty PATH: no program of the host is needed',
    sentences: ['own-runtime'],
  },
  'SAFE-01': {
    title: 'root inside has only the conventional 14 capabilities',
    sentences: ['beyond-isolation'],
  },
  'SAFE-02': {
    title: 'no_new_privs is set: no setuid program raises privileges',
    sentences: ['beyond-isolation'],
  },
  'SAFE-03': {
    title: 'seccomp refuses system calls that a container does not need',
    sentences: ['beyond-isolation'],
  },
  'SAFE-04': {
    title: 'the masked and read-only paths of /proc and /sys are masked and read-only',
    sentences: ['beyond-isolation'],
  },
  'SAFE-05': {
    title: 'only the standard devices can be opened, even through a node made inside',
    sentences: ['beyond-isolation'],
  },
  'SAFE-06': {
    title: 'the container inherits no descriptor of the runtime',
    sentences: ['beyond-isolation'],
  },
  'SAFE-07': {
    title: '/proc/self/exe of the init cannot be opened for writing',
    sentences: ['beyond-isolation'],
  },
  'SAFE-08': {
    title: 'symbolic links at /proc, /dev or mount targets of a hostile root filesystem do no harm',
    sentences: ['beyond-isolation'],
  },
  'POOL-01': {
    title: 'a container from a pool sees no leftovers of another one of the pool',
    sentences: ['beyond-isolation'],
  },
  'CLEAN-01': {
    title: 'after the shell exits, nothing of the container remains on the host',
    sentences: ['beyond-clean'],
  },
  'CLEAN-02': {
    title:
      'after kill -9 of the runtime no process of the container survives, and gc removes its cgroups and state',
    sentences: ['beyond-clean'],
  },
  'CLEAN-03': {
    title: 'after a set-up step fails, nothing of the container remains on the host',
    sentences: ['beyond-clean'],
  },
  'CLEAN-04': {
    title: 'simultaneous starts do not collide, and none leaves anything behind',
    sentences: ['beyond-clean'],
  },
  'CLEAN-05': {
    title: 'after a signal at any moment of a start or a run, nothing remains on the host',
    sentences: ['beyond-clean'],
  },
  'CLEAN-06': {
    title: 'a damaged journal does not hide other containers, and is removed by its name',
    sentences: ['beyond-clean'],
  },
  'CLEAN-07': {
    title: 'of two simultaneous starts with the same name exactly one succeeds, complete',
    sentences: ['beyond-clean'],
  },
  'CLEAN-08': {
    title:
      'kill -9 of the runtime leaves no process, without gc: by the death signal, and where the kernel has it by the pidfd',
    sentences: ['beyond-clean'],
  },
  'CLI-01': {
    title:
      'the exit code is the shell’s own, 125 to 127 if the command cannot run, 128+n for a signal',
    sentences: ['beyond-cli'],
  },
  'CLI-02': { title: 'commands piped to stdin run without a terminal', sentences: ['beyond-cli'] },
  'CLI-03': {
    title: 'resizing the terminal resizes the container’s terminal',
    sentences: ['beyond-cli'],
  },
  'CLI-04': {
    title: 'Ctrl-C interrupts the foreground process and leaves the shell alive',
    sentences: ['beyond-cli'],
  },
  'CLI-05': {
    title: 'a detached container is listed, entered with exec and deleted',
    sentences: ['beyond-cli'],
  },
  'CLI-06': {
    title: 'explain --format sh, run with util-linux, builds an equivalent container',
    sentences: ['beyond-cli'],
  },
  'CLI-07': {
    title: 'exec has the user, directory, environment and limits of the container',
    sentences: ['beyond-cli'],
  },
  'CLI-08': {
    title: 'signals reach the container’s process unchanged, and ignored signals stay ignored',
    sentences: ['beyond-cli'],
  },
  'CLI-09': {
    title: 'a program’s terminal output reaches the outer terminal byte for byte',
    sentences: ['beyond-cli'],
  },
  'CLI-10': {
    title: 'redirected standard error stays redirected, and no background job is stopped',
    sentences: ['beyond-cli'],
  },
  'CLI-11': {
    title: 'ps lists zombies',
    sentences: ['beyond-cli'],
  },
  'CLI-12': {
    title: 'a detached container’s log is its output, byte for byte, with a maximum size',
    sentences: ['beyond-cli'],
  },
  'EXEC-01': {
    title: 'a process started by exec is confined like the container’s first one, line by line',
    sentences: ['beyond-cli'],
  },
  'OPT-01': {
    title: 'user, variables, directory, capabilities and umask are as requested, seen by the host',
    sentences: ['beyond-cli'],
  },
  'BYTES-01': {
    title: 'arguments, environment and paths that are not UTF-8 reach the program byte for byte',
    sentences: ['beyond-cli'],
  },
  'SYSD-01': {
    title: 'on a machine with systemd limits survive its reload, the start of units, set-property',
    sentences: ['beyond-systemd'],
  },
  'SYSD-02': {
    title: 'the memory limit of a unit with Delegate=yes applies to the containers that it starts',
    sentences: ['beyond-systemd'],
  },
  'SYSD-03': {
    title: 'the memory limit of a slice applies to the containers that its units start',
    sentences: ['beyond-systemd'],
  },
  'SYSD-04': {
    title: 'a background container outlives the login session, with its limits',
    sentences: ['beyond-systemd'],
  },
  'SYSD-05': {
    title: 'stopping a service does not wait for its background containers',
    sentences: ['beyond-systemd'],
  },
  'SYSD-06': {
    title: 'with each restriction of systemd.exec(5) a container starts, or the error names it',
    sentences: ['beyond-systemd'],
  },
  'BAD-01': {
    title: 'a root filesystem that does not exist is refused',
    sentences: ['beyond-input'],
  },
  'BAD-02': {
    title: 'a file in place of a root filesystem is refused',
    sentences: ['beyond-input'],
  },
  'BAD-03': {
    title: 'an empty directory as a root filesystem is refused',
    sentences: ['beyond-input'],
  },
  'BAD-04': { title: 'a root filesystem without a shell is refused', sentences: ['beyond-input'] },
  'BAD-05': {
    title: 'a shell for another architecture is refused with that reason',
    sentences: ['beyond-input'],
  },
  'BAD-06': {
    title: 'a dynamic shell without its loader is refused with that reason',
    sentences: ['beyond-input'],
  },
  'BAD-07': { title: 'an empty hostname is refused', sentences: ['beyond-input'] },
  'BAD-08': { title: 'a hostname of 65 bytes is refused', sentences: ['beyond-input'] },
  'BAD-09': { title: 'a hostname with a slash is refused', sentences: ['beyond-input'] },
  'BAD-10': { title: 'a hostname with a newline is refused', sentences: ['beyond-input'] },
  'BAD-11': {
    title: 'a memory limit below the needs of kernel and init is refused',
    sentences: ['beyond-input'],
  },
  'BAD-12': {
    title: 'an invalid memory size, such as 64mb?, is refused',
    sentences: ['beyond-input'],
  },
  'BAD-13': { title: 'a negative memory limit is refused', sentences: ['beyond-input'] },
  'BAD-14': {
    title: 'a memory limit above the host’s memory is refused',
    sentences: ['beyond-input'],
  },
  'BAD-15': { title: '--cpus 0 is refused', sentences: ['beyond-input'] },
  'BAD-16': { title: 'an address in use is refused', sentences: ['beyond-input'] },
  'BAD-17': { title: 'an address outside the range is refused', sentences: ['beyond-input'] },
  'BAD-18': { title: 'a malformed address is refused', sentences: ['beyond-input'] },
  'BAD-19': {
    title: 'an id in use is refused, and its container is unaffected',
    sentences: ['beyond-input'],
  },
  'BAD-20': { title: 'an id with ../ is refused', sentences: ['beyond-input'] },
  'BAD-21': {
    title: 'a namespace path without a namespace is refused',
    sentences: ['beyond-input'],
  },
  'BAD-22': { title: 'a namespace of another kind is refused', sentences: ['beyond-input'] },
  'BAD-23': {
    title: 'a non-root user gets an error that names what is missing',
    sentences: ['beyond-input'],
  },
  'BAD-24': {
    title: 'a host without mounted cgroups is refused with that reason',
    sentences: ['beyond-input'],
  },
  'BAD-25': {
    title: 'a host with read-only cgroups is refused with that reason',
    sentences: ['beyond-input'],
  },
  'BAD-26': {
    title: 'a kernel without veth is refused with that reason',
    sentences: ['beyond-input'],
  },
  'BAD-27': {
    title: 'a full disk under the state directory ends the start cleanly',
    sentences: ['beyond-input'],
  },
  'BAD-28': {
    title: 'the error names a command that does not exist, with exit code 127',
    sentences: ['beyond-input'],
  },
  'BAD-29': {
    title: 'an unknown option is refused with a suggestion',
    sentences: ['beyond-input'],
  },
} as const satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof requirements;

/** Every ID, in the order of the table. */
export const requirementIds: readonly RequirementId[] =
  Object.keys(requirements).filter(isRequirementId);

function isRequirementId(id: string): id is RequirementId {
  return Object.hasOwn(requirements, id);
}
