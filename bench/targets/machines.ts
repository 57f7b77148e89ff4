// Virtual machines: QEMU with KVM where a guest really boots with it, else emulation; and a kernel
// as a process, user-mode Linux.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, requireProgram } from '../programs/find.ts';
import { MAC } from '../run/link.ts';
import {
  ALL_MEASURES,
  type Asked,
  type Opened,
  type Place,
  type Way,
  type World,
} from './target.ts';

type Machine = 'q35' | 'microvm';
type Accelerator = 'kvm' | 'tcg';

/** A guest with KVM is up in two seconds; one that hangs is given this long. */
const PROBE_MS = 8000;
const EMULATED =
  'TCG emulation, no hardware virtualisation, its processors take turns on one thread';
/**
 * With a thread for each processor QEMU 7.2 may execute what the kernel is just patching (an oops
 * at int3): a guest in some boots panics.
 */
const ACCEL: Readonly<Record<Accelerator, string>> = { kvm: 'kvm', tcg: 'tcg,thread=single' };

export const MACHINES: readonly Place[] = [
  machine(
    'q35',
    'QEMU q35',
    'a PC with PCI and firmware, Debian’s kernel; its memory is reserved by a line of the command, not by a cgroup',
  ),
  machine(
    'microvm',
    'QEMU microvm',
    'a machine without PCI, with the least firmware, Debian’s kernel',
  ),
  {
    name: 'uml',
    title: 'user-mode Linux',
    family: 'paravirtual',
    note: 'a whole kernel as a host process: own memory, own scheduler, no hardware help; the host traces its system calls',
    program: 'linux.uml',
    package: 'user-mode-linux',
    measures: ALL_MEASURES,
    patienceS: 40,
    guessS: 2,
    limitedByGroup: ['cpu'],
    dear: true,
    open: async (world) => openUml(world),
  },
];

function machine(name: Machine, title: string, note: string): Place {
  return {
    ...{
      name,
      title,
      note,
      family: 'vm',
      program: 'qemu-system-x86_64',
      package: 'qemu-system-x86',
      measures: ALL_MEASURES,
    },
    ...{ patienceS: 90, guessS: 6, limitedByGroup: ['cpu'], dear: true },
    open: (world) => openMachine(name, world),
  };
}

async function openMachine(machine: Machine, world: World): Promise<Opened> {
  requireProgram('qemu-system-x86_64', 'qemu-system-x86');
  const { kernel } = world;
  if (kernel === undefined) throw new Error('there is no guest kernel: it could not be fetched');
  const { accelerator, because } = await chooseAccelerator(world);
  const how = accelerator === 'kvm' ? 'KVM' : `${EMULATED} (${because})`;
  return {
    remark: `${how}; guest kernel ${kernel.release}`,
    emulated: accelerator === 'tcg',
    address: world.link.guest,
    files: [...filesOf('qemu-system-x86_64'), kernel.image, kernel.initrd, world.image],
    way: (asked) => ({ argv: qemu(machine, accelerator, asked, world) }),
    close: async () => {},
  };
}

// qemu-system-x86_64(1); microvm: docs/system/i386/microvm.rst
function qemu(
  machine: Machine,
  accelerator: Accelerator,
  { argv, memoryMiB, linked, cpus }: Pick<Asked, 'argv' | 'memoryMiB' | 'linked' | 'cpus'>,
  { kernel, image, link }: World,
): string[] {
  const bus = machine === 'q35' ? 'pci' : 'device';
  const processors = processorCount(cpus);
  const words = [
    'console=ttyS0 panic=-1 reboot=t quiet loglevel=3 net.ifnames=0',
    // A microvm has nothing to measure the processor's clock by, and under emulation no paravirtual
    // one to ask.
    ...(machine === 'microvm' && accelerator === 'tcg'
      ? [`tsc_early_khz=${clockKhz()} no_timer_check`]
      : []),
    ...guestWords(argv, linked ? `eth0,${link.guest}/30` : undefined),
  ];
  const network = [
    '-netdev',
    `tap,id=n0,ifname=${link.tap},script=no,downscript=no`,
    '-device',
    `virtio-net-${bus},netdev=n0,mac=${MAC}`,
  ];
  return [
    'qemu-system-x86_64',
    ...[
      '-machine',
      machine === 'q35' ? 'q35' : 'microvm',
      '-accel',
      ACCEL[accelerator],
      '-cpu',
      accelerator === 'kvm' ? 'host' : 'max',
    ],
    ...[
      '-smp',
      `${processors}`,
      '-m',
      `${memoryMiB}`,
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-no-reboot',
    ],
    ...[
      '-kernel',
      kernel?.image ?? '',
      '-initrd',
      kernel?.initrd ?? '',
      '-append',
      words.join(' '),
      '-serial',
      'stdio',
    ],
    ...[
      '-drive',
      `file=${image},format=raw,if=none,id=d0,readonly=on`,
      '-device',
      `virtio-blk-${bus},drive=d0`,
    ],
    ...(linked ? network : []),
  ];
}

function openUml(world: World): Opened {
  requireProgram('linux.uml', 'user-mode-linux');
  const release = execFileSync('linux.uml', ['--version'], { encoding: 'utf8' }).trim();
  return {
    remark: `guest kernel ${release}, system calls through ptrace(2)`,
    address: world.link.guest,
    files: [...filesOf('linux.uml'), join(world.root, 'bin/bench-workload')],
    way: (asked) => uml(asked, world),
    close: async () => {},
  };
}

// Documentation/virt/uml/user_mode_linux_howto_v2.rst
function uml({ id, argv, memoryMiB, linked }: Asked, { root, link, scratch }: World): Way {
  const network = linked ? [`vec0:transport=tap,ifname=${link.tap},depth=128,mac=${MAC}`] : [];
  const words = [
    ...[
      `mem=${memoryMiB}M`,
      `umid=${id}`,
      `uml_dir=${scratch}/`,
      'rootfstype=hostfs',
      `rootflags=${root}`,
      'ro',
      'init=/sbin/bench-init',
    ],
    ...['con=null', 'con0=null,fd:1', 'quiet', 'panic=-1', ...network],
    ...guestWords(argv, linked ? `vec0,${link.guest}/30` : undefined),
  ];
  // Its memory is a file that TMPDIR has to have room for.
  return { argv: ['env', 'TMPDIR=/dev/shm', 'linux.uml', ...words] };
}

function guestWords(argv: readonly string[], network: string | undefined): string[] {
  const bad = argv.find((word) => /[\s,]/.test(word));
  if (bad !== undefined) throw new Error(`a guest cannot be given ${JSON.stringify(bad)}`);
  return [
    `bench.run=${argv.join(',')}`,
    ...(network === undefined ? [] : [`bench.net=${network}`]),
  ];
}

let chosen: Promise<{ accelerator: Accelerator; because: string }> | undefined;

/** Not by looking whether there is a /dev/kvm, but by booting a guest with it. Once per run. */
function chooseAccelerator(world: World): Promise<{ accelerator: Accelerator; because: string }> {
  chosen ??= probe(world);
  return chosen;
}

async function probe(world: World): Promise<{ accelerator: Accelerator; because: string }> {
  if (!existsSync('/dev/kvm')) return { accelerator: 'tcg', because: 'there is no /dev/kvm' };
  const asked = {
    argv: ['/bin/bench-workload', 'hello'],
    memoryMiB: 256,
    cpus: '0',
    linked: false,
  };
  const started = world.starter.start(`${world.prefix}-kvm-probe`, {
    argv: qemu('q35', 'kvm', asked, world),
  });
  try {
    await started.until('line', PROBE_MS, world.signal);
    return { accelerator: 'kvm', because: 'a guest booted with it' };
  } catch (error) {
    world.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    return {
      accelerator: 'tcg',
      because: `/dev/kvm is there, but a guest that was started with it ${reason.slice(0, 160)}`,
    };
  } finally {
    await started.end();
  }
}

/** Processors in a list like `0-3,6`. */
function processorCount(list: string): number {
  return list.split(',').reduce((sum, part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}

/**
 * The time stamp counter's frequency: /proc/cpuinfo's BogoMIPS are twice its MHz where the kernel
 * took the delay loop from it.
 */
function clockKhz(): number {
  return Math.round(
    Number(/bogomips\s*: ([\d.]+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 4000) * 500,
  );
}
