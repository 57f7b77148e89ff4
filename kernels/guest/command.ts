// The command line of one guest, QEMU's or user-mode Linux's. Pure.
import type { Layout } from '../fetch/catalogue.ts';

export type Accelerator = 'kvm' | 'tcg';
/** `panic` to `full` are drills: the guest fails in a known way, which must be recognised. */
export type Task = 'specs' | 'exec' | 'shell' | 'probe' | 'panic' | 'hang' | 'stall' | 'full';

export interface GuestRequest {
  readonly machine?: 'q35' | 'virt' | 'uml';
  readonly image: string;
  /** Initramfs and job archive in one file. */
  readonly initrd: string;
  /** The erofs image. */
  readonly root: string;
  /** A second image with a distribution; the first is then mounted at its /terrarium. */
  readonly system?: string | undefined;
  readonly layout: Layout;
  readonly task: Task;
  readonly accelerator: Accelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Further words for the kernel, such as `cgroup_disable=memory`. */
  readonly append: readonly string[];
  /** Where the files of `FILES` go. */
  readonly directory: string;
}

/** What a guest writes, by names on the host. `errors`: standard error of a user's program. */
export const FILES = {
  console: 'console.log',
  progress: 'progress',
  errors: 'errors',
  results: 'results',
} as const;

/** The program to run, and its arguments. */
export function guestCommand(request: GuestRequest): string[] {
  return request.machine === 'uml' ? umlCommand(request) : qemuCommand(request);
}

/**
 * User-mode Linux: a process with one CPU. It runs in a PID namespace, so all its processes die
 * together. Its console is its standard output. It writes results to one directory of the host, by
 * hostfs.
 */
function umlCommand(request: GuestRequest): string[] {
  const { image, initrd, root, memoryMiB, directory } = request;
  return [
    ...['unshare', '--pid', '--fork', '--kill-child=KILL', 'env', 'TMPDIR=/dev/shm', image],
    ...[
      `mem=${memoryMiB}M`,
      `initrd=${initrd}`,
      `ubd0r=${root}`,
      'con=null',
      'con0=null,fd:1',
      'seccomp=on',
      `terrarium.out=${directory}`,
    ],
    // Its control socket; by default in the user's home, where it is never removed.
    `uml_dir=${directory}/uml/`,
    ...kernelCommandLine(request).split(' ').slice(1),
  ];
}

/** The kernel's command line. `panic=-1` with `-no-reboot`: a panic ends QEMU at once. */
export function kernelCommandLine({
  layout,
  task,
  append,
  system,
  machine,
}: Pick<GuestRequest, 'layout' | 'task' | 'append' | 'system' | 'machine'>): string {
  return [
    `console=${machine === 'virt' ? 'ttyAMA0' : 'ttyS0'}`,
    'panic=-1 oops=panic quiet loglevel=4 net.ifnames=0 mitigations=off',
    `terrarium.cgroup=${layout}`,
    `terrarium.do=${task}`,
    ...(system === undefined ? [] : ['terrarium.system=1']),
    ...append,
  ].join(' ');
}

export function qemuCommand(request: GuestRequest): string[] {
  const { image, initrd, root, system, cpus, memoryMiB, directory, task } = request;
  // One thread: with a thread per CPU, QEMU 7.2 may execute code that the kernel is just patching
  // (an oops at int3, in a static key).
  const [program, machine, accel, cpu] =
    request.machine === 'virt'
      ? ['qemu-system-aarch64', 'virt', 'tcg', 'cortex-a72']
      : request.accelerator === 'kvm'
        ? ['qemu-system-x86_64', 'q35', 'kvm', 'host']
        : ['qemu-system-x86_64', 'q35', 'tcg,thread=single', 'max'];
  const port = (name: 'progress' | 'errors' | 'results') => [
    ...['-chardev', `file,id=${name},path=${directory}/${FILES[name]}`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ];
  return [
    program,
    ...['-machine', machine, '-accel', accel, '-cpu', cpu],
    ...['-smp', String(cpus), '-m', String(memoryMiB)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-nic', 'none'],
    ...['-kernel', image, '-initrd', initrd, '-append', kernelCommandLine(request)],
    ...(task === 'shell'
      ? ['-serial', 'mon:stdio']
      : ['-chardev', `file,id=con,path=${directory}/${FILES.console}`, '-serial', 'chardev:con']),
    ...['-device', 'virtio-serial-pci', ...port('progress'), ...port('errors'), ...port('results')],
    ...[root, ...(system === undefined ? [] : [system])].flatMap((file, index) => [
      '-drive',
      `file=${file},format=raw,if=none,id=d${index},readonly=on`,
      '-device',
      `virtio-blk-pci,drive=d${index}`,
    ]),
  ];
}
