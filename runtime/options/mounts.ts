// `--volume`, `--mount` and `--tmpfs` to mounts, and their place among the default ones.
import * as v from 'valibot';
import type { TextOrBytes } from '../base/bytes.ts';
import type { Mount } from '../config/config.ts';
import { parsePath } from '../config/paths.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';
import type { Given } from './index.ts';
import {
  contradiction,
  parseDestination,
  parseMountWords,
  parseTmpfs,
  tmpfsAt,
} from './mount-words.ts';
import { amount, bytes, bytesList, type Fields, option, text, toggle } from './option.ts';

const heading = 'Files:';

/** A host directory or file to show inside. */
const volume = v.object({
  /** Absolute path on the host. */
  source: bytes(),
  /** Absolute path inside. */
  destination: bytes(),
  readonly: v.optional(v.boolean()),
});

export type Volume = Fields<typeof volume.entries>;

/**
 * A directory or file of the host, or an empty file system in memory: what docker's `--mount` says.
 */
const mount = v.object({
  type: v.picklist(['bind', 'tmpfs']),
  /** Absolute path on the host, of a `bind`. */
  source: v.optional(bytes()),
  /** Absolute path inside. */
  destination: bytes(),
  readonly: v.optional(v.boolean()),
  /** Of a `bind`: with what is mounted below the source. Default: true. */
  recursive: v.optional(v.boolean()),
  /**
   * Of a `tmpfs`: bytes, a size such as `64m`, or a percentage of memory. Default: half of the
   * memory.
   */
  size: v.optional(amount()),
  /** Of a `tmpfs`: octal digits. Default: 1777. */
  mode: v.optional(text()),
});

export type MountOption = Fields<typeof mount.entries>;

const volumeList: v.GenericSchema<
  readonly (TextOrBytes | Volume)[],
  (string | v.InferOutput<typeof volume>)[]
> = v.array(
  v.union([bytes(), volume], 'has to be SRC:DST or { source, destination }'),
  'has to be a list of volumes',
);

const mountList: v.GenericSchema<
  readonly (TextOrBytes | MountOption)[],
  (string | v.InferOutput<typeof mount>)[]
> = v.array(
  v.union([bytes(), mount], 'has to be type=bind,src=…,dst=… or { type, source, destination }'),
  'has to be a list of mounts',
);

export const mounts = {
  /**
   * `SRC:DST[:ro,nosuid,…]`, or objects (for paths with colons). Not at or below /proc, /sys and
   * /dev.
   */
  volumes: option(volumeList, {
    flag: '-v, --volume <src:dst[:ro]>',
    help: 'show a host directory or file inside (repeatable)',
    heading,
    repeatable: true,
  }),
  /**
   * `type=bind,src=…,dst=…[,ro]` or `type=tmpfs,dst=…[,tmpfs-size=…,tmpfs-mode=…]` as docker reads
   * it, or objects.
   */
  mounts: option(mountList, {
    flag: '--mount <words>',
    help: 'type=bind,src=DIR,dst=DIR[,ro] or type=tmpfs,dst=DIR[,tmpfs-size=64m] (repeatable)',
    heading,
    repeatable: true,
  }),
  /**
   * Fresh tmpfs at `DST[:size=64m,mode=1777,…]`; nosuid, nodev, noexec unless `suid`, `dev`, `exec`
   * are among the options.
   */
  tmpfs: option(bytesList(), {
    flag: '--tmpfs <dst[:opts]>',
    help: 'an empty file system in memory, e.g. /tmp:size=64m (repeatable)',
    heading,
    repeatable: true,
  }),
  /** Mounts the root file system read-only. */
  readOnly: option(toggle(), {
    flag: '--read-only',
    help: 'mount the root file system read-only',
    heading,
  }),
};

type GivenVolume = NonNullable<Given['volumes']>[number];
type GivenMount = NonNullable<Given['mounts']>[number];

const BIND_OPTIONS = [
  'ro',
  'rw',
  'nosuid',
  'nodev',
  'noexec',
  'noatime',
  'nodiratime',
  'relatime',
  'strictatime',
  'nosymfollow',
  'bind',
  'rbind',
];
/**
 * Default mounts, then the caller's, parents before what lies below them. A default the caller
 * gives anew is left out.
 */
export function mergeMounts(defaults: readonly Mount[], own: readonly Mount[]): Mount[] {
  const taken = new Set(own.map((mount) => mount.destination));
  const depth = (mount: Mount) => mount.destination.split('/').length;
  return [
    ...defaults.filter((mount) => !taken.has(mount.destination)),
    ...own.toSorted((a, b) => depth(a) - depth(b)),
  ];
}

/** Bind and tmpfs mounts of the caller, in the order given; every wrong or doubled one is noted. */
export function parseMounts(
  { volumes = [], mounts = [], tmpfs = [] }: Pick<Given, 'volumes' | 'mounts' | 'tmpfs'>,
  problems: Problems,
): Mount[] {
  const seen = new Map<string, string>();
  const place = (path: string, value: unknown, mount: Mount | undefined) => {
    const before = mount && seen.get(mount.destination);
    if (mount && before !== undefined)
      problems.add(
        path,
        value,
        `mounts on ${mount.destination} a second time`,
        `${before} already does`,
      );
    else if (mount) seen.set(mount.destination, path);
    return mount ?? [];
  };
  return [
    ...volumes.flatMap((volume, i) =>
      place(`volumes[${i}]`, volume, problems.accept(`volumes[${i}]`, volume, parseVolume(volume))),
    ),
    ...mounts.flatMap((mount, i) =>
      place(`mounts[${i}]`, mount, problems.accept(`mounts[${i}]`, mount, parseMount(mount))),
    ),
    ...tmpfs.flatMap((text, i) =>
      place(`tmpfs[${i}]`, text, problems.accept(`tmpfs[${i}]`, text, parseTmpfs(text))),
    ),
  ];
}

/** `SRC:DST[:options]`, or the object. Recursive unless `bind` is among the options. */
export function parseVolume(volume: GivenVolume): Parsed<Mount> {
  const parts =
    typeof volume === 'string'
      ? volume.split(':')
      : [volume.source, volume.destination, volume.readonly ? 'ro' : ''];
  const [from, to, options = ''] = parts;
  if (from === undefined || to === undefined || parts.length > 3)
    return { problem: 'is no volume', hint: 'SRC:DST or SRC:DST:ro, both absolute paths' };
  const source = parsePath(from, 'on the host');
  if ('problem' in source) return { ...source, problem: `the source ${source.problem}` };
  const destination = parseDestination(to);
  if ('problem' in destination) return destination;
  const flags = options === '' ? [] : options.split(',');
  const unknown = flags.find((flag) => !BIND_OPTIONS.includes(flag));
  if (unknown !== undefined)
    return {
      problem: `has an unknown option: ${unknown}`,
      hint: suggestion(unknown, BIND_OPTIONS, `known are ${BIND_OPTIONS.join(', ')}`),
    };
  const clash = contradiction(flags);
  if (clash) return clash;
  const recursion = flags.includes('bind') ? 'bind' : 'rbind';
  const rest = new Set(
    flags.filter((flag) => flag !== 'bind' && flag !== 'rbind' && flag !== 'rw'),
  );
  return {
    value: {
      destination: destination.value,
      type: 'bind',
      source: source.value,
      options: [recursion, ...rest],
    },
  };
}

/** docker's `--mount` words, or the object. */
export function parseMount(mount: GivenMount): Parsed<Mount> {
  const words = typeof mount === 'string' ? parseMountWords(mount) : { value: mount };
  if ('problem' in words) return words;
  const { type, source, destination, readonly, recursive, size, mode } = words.value;
  const foreign = type === 'bind' ? { size, mode } : { source, recursive };
  const [extra] = Object.entries(foreign).find(([, value]) => value !== undefined) ?? [];
  if (extra !== undefined)
    return { problem: `has a ${extra}, and a ${type} mount has none`, hint: 'leave it out' };
  if (type === 'tmpfs')
    return tmpfsAt(destination, [
      ...(readonly ? ['ro'] : []),
      ...(size === undefined ? [] : [`size=${size}`]),
      ...(mode === undefined ? [] : [`mode=${mode}`]),
    ]);
  if (source === undefined)
    return { problem: 'names no source', hint: 'src=/on/the/host, a directory or a file' };
  const volume = parseVolume({ source, destination, readonly });
  if ('problem' in volume || recursive !== false) return volume;
  const options = volume.value.options.map((option) => (option === 'rbind' ? 'bind' : option));
  return { value: { ...volume.value, options } };
}
