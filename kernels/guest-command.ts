// The command line of one QEMU guest. Pure.
import type { Layout } from './catalogue.ts';

export type Accelerator = 'kvm' | 'tcg';
/** `panic` to `full` are drills: guests that die in a way that must be recognised. */
export type Task = 'specs' | 'shell' | 'probe' | 'panic' | 'oops' | 'hang' | 'stall' | 'full';

export interface GuestRequest {
  readonly machine?: 'q35' | 'uml';
  readonly image: string;
  /** Initramfs and job archive in one file. */
  readonly initrd: string;
  /** The erofs image. */
  readonly root: string;
  readonly layout: Layout;
  readonly task: Task;
  readonly accelerator: Accelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Further words for the kernel, such as `cgroup.disable=memory`. */
  readonly append: readonly string[];
  /** Where console.log, progress.log and results.tar go. */
  readonly directory: string;
}

export const FILES = { console: 'console.log', progress: 'progress.log', results: 'results.tar' } as const;

/** What the kernel is told. `panic=-1` with `-no-reboot`: a panic ends QEMU at once. */
export function kernelCommandLine({ layout, task, append }: Pick<GuestRequest, 'layout' | 'task' | 'append'>): string {
  return [
    'console=ttyS0 panic=-1 oops=panic quiet loglevel=4 net.ifnames=0 mitigations=off',
    `terrarium.cgroup=${layout}`,
    `terrarium.do=${task}`,
    ...append,
  ].join(' ');
}

export function qemuCommand(request: GuestRequest): string[] {
  const { image, initrd, root, accelerator, cpus, memoryMiB, directory, task } = request;
  const accel = accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi';
  const port = (name: 'progress' | 'results') => [
    ...['-chardev', `file,id=${name},path=${directory}/${FILES[name]}`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ];
  return [
    'qemu-system-x86_64',
    ...['-machine', 'q35', '-accel', accel, '-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    ...['-smp', String(cpus), '-m', String(memoryMiB)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-nic', 'none'],
    ...['-kernel', image, '-initrd', initrd, '-append', kernelCommandLine(request)],
    ...(task === 'shell'
      ? ['-serial', 'mon:stdio']
      : ['-chardev', `file,id=con,path=${directory}/${FILES.console}`, '-serial', 'chardev:con']),
    ...['-device', 'virtio-serial-pci', ...port('progress'), ...port('results')],
    ...['-drive', `file=${root},format=raw,if=none,id=d0,readonly=on`, '-device', 'virtio-blk-pci,drive=d0'],
  ];
}
