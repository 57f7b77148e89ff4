// The requirements of the assignment's Part A, word for word, and further ones of our own.
import type { Sentence } from '../harness/evidence/model.ts';

const asked = [
  {
    key: 'ns-separate',
    heading: 'Namespaces',
    text: 'The shell must run in separate network, mount, PID and UTS namespaces.',
  },
  {
    key: 'ns-ways',
    heading: 'Namespaces',
    text: 'You can achieve this in one of two ways: you can either create these namespaces beforehand and pass suitable arguments to your program to join the newly created namespaces, or you can create the namespaces directly from within your program.',
  },
  {
    key: 'ns-optional',
    heading: 'Namespaces',
    text: 'Supporting user and IPC namespaces is optional.',
  },
  {
    key: 'root-argument',
    heading: 'Root filesystem',
    text: 'You must pass a root filesystem as an argument to your program, and your shell must begin execution in the top-level root directory of this root filesystem.',
  },
  {
    key: 'root-ls',
    heading: 'Root filesystem',
    text: 'That is, running ls in the shell must show the files in the root of your new root filesystem.',
  },
  {
    key: 'hostname',
    heading: 'Hostname',
    text: 'You must pass a new hostname as an argument to your program, and the shell must display this hostname upon running the hostname command.',
  },
  {
    key: 'ps-view',
    heading: 'Processes',
    text: 'Running the ps command in the shell of your container must display a view of processes in the new PID namespace.',
  },
  {
    key: 'ps-proc',
    heading: 'Processes',
    text: 'You can achieve this by mounting a new proc filesystem in the container.',
  },
  {
    key: 'net-connect',
    heading: 'Network',
    text: 'You must be able to demonstrate network connectivity between your container’s namespace and the default/parent namespace by running a client server application across namespaces.',
  },
  {
    key: 'net-server',
    heading: 'Network',
    text: 'The server must be started from the shell of your container, and a client running in the parent namespace should be able to successfully connect to this server and exchange information.',
  },
  {
    key: 'net-veth',
    heading: 'Network',
    text: 'The two namespaces must run with different IP addresses, and connectivity between these namespaces must be suitably configured via a veth device pair.',
  },
  {
    key: 'net-rootfs',
    heading: 'Network',
    text: 'You must also ensure that the server code/executable is part of your root filesystem, so that it can be executed from your container’s shell.',
  },
  {
    key: 'lim-configure',
    heading: 'Resource limits',
    text: 'You must configure limits on any one resource (e.g., CPU, memory) used by this container via Linux cgroups.',
  },
  {
    key: 'lim-demonstrate',
    heading: 'Resource limits',
    text: 'You must also run a suitable program from the shell to demonstrate that the limits are being enforced.',
  },
  {
    key: 'lim-memory',
    heading: 'Resource limits',
    text: 'For example, if you set a limit on the maximum memory that can be used by your container, you must show that a memory-hungry application run from the shell cannot consume more memory beyond the configured limit.',
  },
  {
    key: 'multi-isolated',
    heading: 'Multiple shells',
    text: 'You must be able to run multiple of such container shells, and show that they are isolated from one another.',
  },
  {
    key: 'multi-port',
    heading: 'Multiple shells',
    text: 'For example, the two separate containers must be able to start servers listening on the same port numbers (something you cannot do with regular Linux shell).',
  },
  {
    key: 'multi-ps',
    heading: 'Multiple shells',
    text: 'Further, you must show that the processes in the two containers are not aware of each other using the output of the ps command.',
  },
  {
    key: 'own-runtime',
    heading: 'No other runtime',
    text: 'Your program must not invoke an existing container runtime like LXC, but must accomplish the above by directly invoking the cgroups and namespaces functionality of the Linux kernel.',
  },
  {
    key: 'demo-all',
    heading: 'The demo',
    text: 'You must design a suitable demo for your shell, where you will run tests to demonstrate all of the above requirements, using commands of your choice.',
    wholeRun: true,
  },
  {
    key: 'demo-ps',
    heading: 'The demo',
    text: 'For example, you should start processes and demonstrate the ps command.',
  },
  {
    key: 'demo-hungry',
    heading: 'The demo',
    text: 'You must create resource-hungry applications to demonstrate resource limits, and so on.',
  },
  {
    key: 'demo-code',
    heading: 'The demo',
    text: 'You are responsible for writing code for all of these testcases as well.',
    wholeRun: true,
  },
] as const satisfies readonly Sentence[];

const beyond = [
  {
    key: 'beyond-isolation',
    heading: 'Beyond the assignment',
    beyond: true,
    text: 'Isolation: a container cannot see, use or damage anything outside.',
  },
  {
    key: 'beyond-clean',
    heading: 'Beyond the assignment',
    beyond: true,
    text: 'Cleanup: after any failure, nothing is left behind on the host.',
  },
  {
    key: 'beyond-cli',
    heading: 'Beyond the assignment',
    beyond: true,
    text: 'Command line: the container’s shell behaves like any other program in a terminal, a pipe or a script.',
  },
  {
    key: 'beyond-input',
    heading: 'Beyond the assignment',
    beyond: true,
    text: 'Bad input: the error names the problem, and nothing is done.',
  },
  {
    key: 'beyond-limits',
    heading: 'Beyond the assignment',
    text: 'More limits: rates of disks, and slowing down before the memory limit, where the host has them.',
    beyond: true,
  },
  {
    key: 'beyond-systemd',
    heading: 'Beyond the assignment',
    text: 'With systemd: limits persist, and limits of units and slices apply to their containers.',
    beyond: true,
  },
] as const satisfies readonly Sentence[];

export type SentenceKey = (typeof asked)[number]['key'] | (typeof beyond)[number]['key'];

/** In the assignment's order, then our own. */
export const sentences: readonly Sentence[] = [...asked, ...beyond];

/** Headings by the prefix of requirement IDs. */
export const areas = {
  NS: 'Namespaces',
  ROOT: 'Root filesystem',
  HOST: 'Hostname',
  PS: 'Processes',
  NET: 'Network',
  LIM: 'Resource limits',
  MULTI: 'Multiple shells',
  OWN: 'No other runtime',
  SAFE: 'Isolation beyond the assignment',
  POOL: 'Prepared containers',
  CLEAN: 'Nothing left behind',
  CLI: 'Command line',
  EXEC: 'Added processes',
  OPT: 'Options',
  BYTES: 'Bytes that are not UTF-8',
  SYSD: 'Machines with systemd',
  BAD: 'Bad input',
};
