// The kernels to run on, as data: package, suite, cgroup layouts, and why each is here.

export type Layout = 'v2' | 'v1' | 'hybrid';

/**
 * A known version of a package, whose checksum must match. A suite with a newer version gives the
 * newest of the series.
 */
export interface KnownPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export interface DebianKernel {
  readonly name: string;
  readonly kind: 'debian';
  readonly suite: string;
  /**
   * Package names of the series; the newest match is taken.
   */
  readonly packages: RegExp;
  readonly known?: KnownPackage;
  /** QEMU's; `virt` is arm64's. */
  readonly machine: 'q35' | 'virt';
  readonly layouts: readonly Layout[];
  /** The guest's root: the host's programs under a few lines of init, or Debian with systemd. */
  readonly system?: 'debian-13';
  /** Why it is in the catalogue. */
  readonly why: string;
}

export interface OwnKernel {
  readonly name: string;
  readonly kind: 'image';
  readonly image: string;
  readonly modules: string | undefined;
  readonly machine: 'q35';
  readonly layouts: readonly Layout[];
  readonly why: string;
}

/**
 * Debian's user-mode Linux, which runs as a process, with the C library of another suite: the
 * host's may be too old.
 */
export interface UmlKernel {
  readonly name: string;
  readonly kind: 'uml';
  readonly suite: string;
  readonly packages: RegExp;
  readonly librarySuite: string;
  readonly machine: 'uml';
  readonly layouts: readonly Layout[];
  readonly why: string;
}

/** A kernel of Debian's suites. */
export type CatalogueKernel = DebianKernel | UmlKernel;
export type Kernel = CatalogueKernel | OwnKernel;

const ALL: readonly Layout[] = ['v2', 'v1', 'hybrid'];

function cloud(
  name: string,
  suite: string,
  version: string,
  layouts: readonly Layout[],
  why: string,
): DebianKernel {
  return {
    name,
    kind: 'debian',
    suite,
    packages: new RegExp(`^linux-image-${version}[^a-z]*(deb\\d+)?-cloud-amd64$`),
    machine: 'q35',
    layouts,
    why,
  };
}

/** Oldest first: bisect walks them in this order. */
export const KERNELS: readonly CatalogueKernel[] = [
  cloud(
    'debian-5.10',
    'bullseye-security',
    '5\\.10\\.',
    ALL,
    'oldest supported: no mount_setattr(2), no cgroup.kill',
  ),
  cloud('debian-6.1', 'bookworm-security', '6\\.1\\.', ALL, 'Debian 12'),
  {
    name: 'debian-6.1-rt',
    kind: 'debian',
    suite: 'bookworm-security',
    packages: /^linux-image-6\.1\.[\d-]+-rt-amd64$/,
    machine: 'q35',
    layouts: ['v2'],
    why: 'PREEMPT_RT',
  },
  cloud(
    'debian-6.12',
    'trixie-security',
    '6\\.12\\.',
    ALL,
    'Debian 13: the v1 memory and cpuset controllers are gone',
  ),
  cloud('debian-6.16', 'trixie-backports', '6\\.16\\.', ALL, 'a step for bisect'),
  cloud(
    'debian-6.17',
    'trixie-backports',
    '6\\.17\\.',
    ALL,
    'first with a BPF_PROG_QUERY that writes past the structure it is given',
  ),
  cloud('debian-6.18', 'trixie-backports', '6\\.18\\.', ALL, 'a step for bisect'),
  cloud('debian-6.19', 'trixie-backports', '6\\.19\\.', ALL, 'a step for bisect'),
  cloud('debian-7.0', 'trixie-backports', '7\\.0\\.', ALL, 'a step for bisect'),
  cloud('debian-7.1', 'trixie-backports', '7\\.1\\.', ALL, 'a step for bisect'),
  cloud('debian-7.2', 'trixie-backports', '7\\.2\\.', ALL, 'a step for bisect'),
  cloud('debian-7.3', 'trixie-backports', '7\\.3\\.', ALL, "the newest of Debian's suites"),
  {
    name: 'debian-6.12-arm64',
    kind: 'debian',
    suite: 'trixie-security',
    packages: /^linux-image-6\.12\.[^a-z]*(deb\d+)?-cloud-arm64$/,
    machine: 'virt',
    layouts: ['v2'],
    why: 'arm64, emulated: executable, addon, init and workloads cross-compiled',
  },
  {
    ...cloud(
      'debian-13-systemd',
      'trixie-security',
      '6\\.12\\.',
      ['v2'],
      'Debian 13 with systemd and AppArmor: an ordinary user with sudo, in a login session',
    ),
    system: 'debian-13',
  },
  {
    ...{
      name: 'uml-7.2',
      kind: 'uml',
      suite: 'sid',
      packages: /^user-mode-linux$/,
      librarySuite: 'trixie',
      machine: 'uml',
      layouts: ALL,
    },
    why: 'the quick lane: a process, no emulation; one processor, no cpuset',
  },
];

/** One column: a kernel with cgroups mounted one way. */
export interface Column {
  readonly kernel: Kernel;
  readonly layout: Layout;
}

/**
 * What `npm run matrix` runs by default, beside the host: old and new kernels and every layout, in
 * about ten minutes.
 */
const DEFAULT: readonly (readonly [kernel: string, layout: Layout])[] = [
  ['debian-6.12', 'v2'],
  ['debian-6.1', 'v2'],
  ['debian-7.3', 'v2'],
  ['debian-6.1', 'hybrid'],
  ['debian-5.10', 'v1'],
  ['uml-7.2', 'v2'],
];

export function kernelNamed(name: string): CatalogueKernel | undefined {
  return KERNELS.find((kernel) => kernel.name === name);
}

export function defaultColumns(): Column[] {
  return DEFAULT.flatMap(([name, layout]) => {
    const kernel = kernelNamed(name);
    return kernel ? [{ kernel, layout }] : [];
  });
}

/** `debian-6.1/v2`: names a column in files, results and baselines. */
export function columnName({ kernel, layout }: Column): string {
  return `${kernel.name}/${layout}`;
}

/** Whether its processor is arm64, which this machine emulates. */
export function isArm64({ machine }: Pick<Kernel, 'machine'>): boolean {
  return machine === 'virt';
}

/** Whether a distribution's init runs in it, which takes longer to boot. */
export function hasSystem({ kernel }: Column): boolean {
  return 'system' in kernel && kernel.system !== undefined;
}
