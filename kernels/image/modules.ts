// Which modules a guest needs, and in which order to load them: from depmod(8)'s modules.dep and
// modules.builtin. Pure.

/** For the guest's root, its results and the specs; loaded unless built in. */
export const WANTED_MODULES: readonly string[] = [
  'virtio_pci',
  'virtio_blk',
  'virtio_console',
  'erofs',
  'overlay',
  'veth',
  'loop',
  'ext4',
];

/**
 * Requested by name while the module loads, so modules.dep does not list them: `softdep … pre:`
 * of modprobe.d(5).
 */
const ASKED_FOR: ReadonlyMap<string, readonly string[]> = new Map([
  ['libcrc32c', ['crc32c_generic']],
]);

export interface ModuleIndex {
  /** `kernel/fs/erofs/erofs.ko.xz: kernel/lib/libcrc32c.ko.xz …`, a line each. */
  readonly dependencies: string;
  /** Paths of built-in modules, a line each; empty when unknown. */
  readonly builtIn: string;
}

export interface ModuleOrder {
  /** Paths below the modules' directory, each after everything it depends on. */
  readonly paths: readonly string[];
  /** Neither a file nor known to be built in. */
  readonly missing: readonly string[];
}

export function moduleOrder(
  wanted: readonly string[],
  { dependencies, builtIn }: ModuleIndex,
): ModuleOrder {
  const there = new Set(builtIn.split('\n').map(moduleName));
  const paths = new Map<string, string>();
  const needs = new Map<string, readonly string[]>();
  for (const line of dependencies.split('\n')) {
    const [path, rest = ''] = line.split(':');
    if (!path) continue;
    paths.set(moduleName(path), path);
    needs.set(path, rest.trim().split(' ').filter(Boolean));
  }
  const order: string[] = [];
  const add = (path: string) => {
    if (order.includes(path)) return;
    const asked = (ASKED_FOR.get(moduleName(path)) ?? []).flatMap((name) => paths.get(name) ?? []);
    for (const needed of [...(needs.get(path) ?? []), ...asked]) add(needed);
    order.push(path);
  };
  for (const name of wanted) {
    const path = paths.get(name);
    if (path !== undefined) add(path);
  }
  // Packages from 6.19 on do not list built-in modules; a guest that lacks one reports it.
  const missing =
    builtIn === '' ? [] : wanted.filter((name) => !paths.has(name) && !there.has(name));
  return { paths: order, missing };
}

/**
 * `virtio_pci` of `kernel/drivers/virtio/virtio-pci.ko.xz`: to the kernel `-` and `_` are the same.
 */
function moduleName(path: string): string {
  return path
    .replace(/^.*\//, '')
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
