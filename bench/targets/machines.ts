// Virtual machines: QEMU with KVM where a guest really boots with it, else emulation; and a kernel
// as a process, user-mode Linux.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseCpuList } from '../../runtime/base/cpu-list.ts';
import { messageOf } from '../../runtime/base/errors.ts';
import type { GuestKernel } from '../programs/guest.ts';
import { words } from '../programs/words.ts';
import type { Target } from './target.ts';
import { type Command, type Context, defineTarget, type Opened, type Request } from './target.ts';

type Machine = 'q35' | 'microvm';

/** Of all guests, so that no address has to be resolved again when one follows another. */
export const MAC = '52:54:00:00:be:01';
/** A guest with KVM is up in two seconds. */
const PROBE_MS = 8000;
const EMULATED =
  'TCG emulation, no hardware virtualisation, its processors take turns on one thread';
/**
 * With a thread for each processor QEMU 7.2 may execute what the kernel is just patching (an oops
 * at int3): a guest in some boots panics.
 */
const TCG = 'tcg,thread=single';

const QEMU: Pick<Target, 'family' | 'slow' | 'timeoutS'> & Partial<Target> = {
  ...{ family: 'vm', slow: true, timeoutS: 90, limitedByGroup: ['cpu'] },
  ...{ program: 'qemu-system-x86_64', package: 'qemu-system-x86' },
};

export const MACHINES: readonly Target[] = [
  defineTarget({
    ...{ ...QEMU, name: 'q35', title: 'QEMU q35', open: (context) => openMachine('q35', context) },
    note: 'a PC with PCI and firmware, Debian’s kernel; its memory is reserved by a line of the command, not by a cgroup',
  }),
  defineTarget({
    ...{ ...QEMU, name: 'microvm', title: 'QEMU microvm' },
    note: 'a machine without PCI, with the least firmware, Debian’s kernel',
    open: (context) => openMachine('microvm', context),
  }),
  defineTarget({
    ...{ name: 'uml', title: 'user-mode Linux', family: 'paravirtual', slow: true },
    note: 'a whole kernel as a host process: own memory, own scheduler, no hardware help; the host traces its system calls',
    ...{ program: 'linux.uml', package: 'user-mode-linux', limitedByGroup: ['cpu'] },
    ...{ timeoutS: 40, open: openUml },
  }),
];

async function openMachine(machine: Machine, context: Context): Promise<Opened> {
  const { kernel, image, link } = context;
  if (typeof kernel === 'string') throw new Error(`there is no guest kernel: ${kernel}`);
  withoutKvm ??= whyWithoutKvm(context, kernel);
  const why = await withoutKvm;
  const kvm = why === undefined;
  return {
    remark: `${kvm ? 'KVM' : `${EMULATED} (${why})`}; guest kernel ${kernel.release}`,
    ...{ emulated: !kvm, address: link.guest, files: [kernel.image, kernel.initrd, image] },
    command: (request) => ({ argv: qemu(machine, kvm, request, context, kernel) }),
  };
}

// qemu-system-x86_64(1); microvm: docs/system/i386/microvm.rst
function qemu(
  machine: Machine,
  kvm: boolean,
  { argv, memoryMiB, linked, cpus = '0' }: Request,
  { image, link }: Context,
  kernel: GuestKernel,
): string[] {
  const bus = machine === 'q35' ? 'pci' : 'device';
  // A microvm has nothing to measure the processor's clock by, and under emulation no
  // paravirtual one to ask.
  const blind = machine === 'microvm' && !kvm;
  const line = words`console=ttyS0 panic=-1 reboot=t quiet loglevel=3 net.ifnames=0
    ${blind ? [`tsc_early_khz=${clockKhz()}`, 'no_timer_check'] : []}
    ${guestWords(argv)} bench.net=${linked ? `eth0,${link.guest}/30` : undefined}`;
  const network = words`-netdev tap,id=n0,ifname=${link.tap},script=no,downscript=no
    -device virtio-net-${bus},netdev=n0,mac=${MAC}`;
  return words`qemu-system-x86_64 -machine ${machine} -accel ${kvm ? 'kvm' : TCG}
    -cpu ${kvm ? 'host' : 'max'} -smp ${parseCpuList(cpus)?.length ?? 1}
    -m ${memoryMiB} -nodefaults -no-user-config -display none -no-reboot
    -kernel ${kernel.image} -initrd ${kernel.initrd} -append ${line.join(' ')}
    -serial stdio -drive file=${image},format=raw,if=none,id=d0,readonly=on
    -device virtio-blk-${bus},drive=d0 ${linked ? network : []}`;
}

function openUml(context: Context): Opened {
  const release = execFileSync('linux.uml', ['--version'], { encoding: 'utf8' }).trim();
  return {
    remark: `guest kernel ${release}, system calls through ptrace(2)`,
    address: context.link.guest,
    command: (request) => uml(request, context),
  };
}

// Documentation/virt/uml/user_mode_linux_howto_v2.rst. Its memory is a file in TMPDIR.
function uml({ id, argv, memoryMiB, linked }: Request, { root, link, scratch }: Context): Command {
  const network = linked ? [`vec0:transport=tap,ifname=${link.tap},depth=128,mac=${MAC}`] : [];
  return {
    argv: words`env TMPDIR=/dev/shm linux.uml mem=${memoryMiB}M umid=${id} uml_dir=${scratch}/
      rootfstype=hostfs rootflags=${root} ro init=/sbin/bench-init con=null con0=null,fd:1 quiet
      panic=-1 ${network} ${guestWords(argv)}
      bench.net=${linked ? `vec0,${link.guest}/30` : undefined}`,
  };
}

function guestWords(argv: readonly string[]): string {
  const bad = argv.find((word) => /[\s,]/.test(word));
  if (bad !== undefined) throw new Error(`a guest cannot be given ${JSON.stringify(bad)}`);
  return `bench.run=${argv.join(',')}`;
}

/** Of this run. */
let withoutKvm: Promise<string | undefined> | undefined;

/** Boots a guest to find out: /dev/kvm may exist and not work. */
async function whyWithoutKvm(context: Context, kernel: GuestKernel): Promise<string | undefined> {
  if (!existsSync('/dev/kvm')) return 'there is no /dev/kvm';
  const id = `${context.prefix}-kvm-probe`;
  const request = { id, argv: ['/bin/bench-workload', 'hello'], memoryMiB: 256, linked: false };
  const started = context.starter.start(id, { argv: qemu('q35', true, request, context, kernel) });
  try {
    await started.until('line', PROBE_MS, context.signal);
    return undefined;
  } catch (error) {
    context.signal.throwIfAborted();
    const said = messageOf(error).slice(0, 160);
    return `/dev/kvm is there, but a guest that was started with it ${said}`;
  } finally {
    await started.end();
  }
}

/** The time stamp counter's frequency: BogoMIPS are twice its MHz where the delay loop uses it. */
function clockKhz(): number {
  const bogomips = /bogomips\s*: ([\d.]+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
  return Math.round(Number(bogomips ?? 4000) * 500);
}
