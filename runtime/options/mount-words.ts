// What stands in a mount: docker's `--mount type=bind,src=…,dst=…`, comma-separated, so that a path
// may have any character in it; the options of a `--tmpfs`; where something may be mounted.
import type { Mount } from '../config/config.ts';
import { isText, isWithin, parsePath } from '../config/paths.ts';
import type { Parsed } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';
import { parseSize, parseWhole } from '../config/units.ts';

/** One mount, its fields by name and not yet looked at. */
export interface MountWords {
  readonly type: 'bind' | 'tmpfs';
  readonly source?: string | undefined;
  readonly destination: string;
  readonly readonly?: boolean | undefined;
  readonly recursive?: boolean | undefined;
  readonly size?: string | number | undefined;
  readonly mode?: string | undefined;
}

const SYNTAX = 'type=bind,src=/on/the/host,dst=/inside,ro or type=tmpfs,dst=/inside,tmpfs-size=64m';

/** docker's names for one thing. */
const KEYS: Readonly<Record<string, keyof MountWords>> = {
  type: 'type',
  source: 'source',
  src: 'source',
  destination: 'destination',
  dst: 'destination',
  target: 'destination',
  readonly: 'readonly',
  ro: 'readonly',
  'bind-nonrecursive': 'recursive',
  'bind-recursive': 'recursive',
  'tmpfs-size': 'size',
  'tmpfs-mode': 'mode',
};

/** Words that say what is so anyway, or that docker ignores on Linux, too. */
const WITHOUT_EFFECT = ['bind-propagation', 'consistency'];
const TRUE = ['', '1', 't', 'true'];
const FALSE = ['0', 'f', 'false'];

/**
 * The fields of one line as Go's encoding/csv reads them: `"` around a field with a comma in it,
 * doubled inside.
 */
export function splitFields(text: string): Parsed<string[]> {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,"]*))(,|$)/y;
  for (let more = true; more; ) {
    const match = field.exec(text);
    if (!match)
      return { problem: 'has a quotation mark within a field', hint: '"a,b" is one field' };
    const [, quoted, plain = '', end] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    more = end === ',';
  }
  return { value: fields };
}

/** The opposite of `splitFields`. */
export function joinFields(fields: readonly string[]): string {
  const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
  return fields.map((field) => (/[",\n]/.test(field) ? quoted(field) : field)).join(',');
}

/** The last one of a key counts, as docker has it. */
export function parseMountWords(text: string): Parsed<MountWords> {
  const fields = splitFields(text);
  if ('problem' in fields) return fields;
  const words: { -readonly [K in keyof MountWords]?: MountWords[K] } = {};
  for (const field of fields.value) {
    const equals = field.indexOf('=');
    const name = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : field.slice(equals + 1);
    if (field === '') return { problem: 'has an empty field', hint: SYNTAX };
    const problem = unsupported(name, value) ?? (equals < 0 ? withoutValue(name) : undefined);
    if (problem) return problem;
    const key = KEYS[name];
    if (key === 'readonly') words.readonly = TRUE.includes(value.toLowerCase());
    else if (key === 'recursive')
      words.recursive =
        name === 'bind-recursive' ? value !== 'disabled' : FALSE.includes(value.toLowerCase());
    else if (key === 'type') words.type = value === 'tmpfs' ? 'tmpfs' : 'bind';
    else if (key !== undefined) words[key] = value;
  }
  const { type, destination } = words;
  if (type === undefined) return { problem: 'names no type', hint: SYNTAX };
  if (destination === undefined) return { problem: 'names no destination', hint: SYNTAX };
  return { value: { ...words, type, destination } };
}

/** What a word cannot say here. */
function unsupported(
  name: string,
  value: string,
): { problem: string; hint?: string | undefined } | undefined {
  if (name === 'type' && value !== 'bind' && value !== 'tmpfs')
    return {
      problem: `has the type ${value}`,
      hint:
        value === 'volume' ? `there are no named volumes: ${SYNTAX}` : 'bind and tmpfs are known',
    };
  if (name === 'bind-propagation' && !['private', 'rprivate'].includes(value))
    return {
      problem: `asks for the propagation ${value}`,
      hint: 'what is mounted in a container stays there: leave it out',
    };
  if (name === 'bind-recursive' && !['enabled', 'disabled', 'readonly'].includes(value))
    return { problem: `${name} is ${value}`, hint: 'enabled, disabled or readonly' };
  const boolean = KEYS[name] === 'readonly' || name === 'bind-nonrecursive';
  if (boolean && ![...TRUE, ...FALSE].includes(value.toLowerCase()))
    return { problem: `${name} is ${value}`, hint: 'true or false' };
  if (Object.hasOwn(KEYS, name) || WITHOUT_EFFECT.includes(name)) return undefined;
  return {
    problem: `has an unknown field: ${name}`,
    hint: suggestion(name, Object.keys(KEYS), SYNTAX),
  };
}

function withoutValue(name: string): { problem: string; hint: string } | undefined {
  if (KEYS[name] === 'readonly' || name === 'bind-nonrecursive') return undefined;
  return { problem: `has a field without a value: ${name}`, hint: SYNTAX };
}

const TMPFS_FLAGS = [
  'ro',
  'rw',
  'suid',
  'nosuid',
  'dev',
  'nodev',
  'exec',
  'noexec',
  'noatime',
  'nodiratime',
  'relatime',
  'strictatime',
  'nosymfollow',
];
const TMPFS_VALUES = ['size', 'nr_inodes', 'mode', 'uid', 'gid'];

/**
 * The only places below /dev that may be replaced: both are shared memory, and programs ask for
 * more of it.
 */
const REPLACEABLE = ['/dev/shm', '/dev/mqueue'];
const RESERVED = ['/proc', '/sys', '/dev'];

/** `DST[:options]` (tmpfs(5)): sizes in bytes, k, m, g or a percentage of memory. */
export function parseTmpfs(text: string): Parsed<Mount> {
  const parts = text.split(':');
  const [to = '', options = ''] = parts;
  if (parts.length > 2) return { problem: 'is no tmpfs', hint: 'DST or DST:size=64m,mode=1777' };
  return tmpfsAt(to, options === '' ? [] : options.split(','));
}

export function tmpfsAt(to: string, options: readonly string[]): Parsed<Mount> {
  const destination = parseDestination(to);
  if ('problem' in destination) return destination;
  const flags: string[] = [];
  const values = new Map<string, string>();
  for (const option of options) {
    const [key = '', ...value] = option.split('=');
    if (TMPFS_FLAGS.includes(option)) flags.push(option);
    else if (TMPFS_VALUES.includes(key)) {
      const parsed = parseTmpfsValue(key, value.join('='));
      if ('problem' in parsed) return { ...parsed, problem: `${option}: ${parsed.problem}` };
      values.set(key, parsed.value);
    } else {
      const known = [...TMPFS_VALUES.map((name) => `${name}=`), ...TMPFS_FLAGS];
      return {
        problem: `has an unknown option: ${option}`,
        hint: suggestion(option, known, `known are ${known.join(', ')}`),
      };
    }
  }
  const clash = contradiction(flags);
  if (clash) return clash;
  const safe = ['nosuid', 'nodev', 'noexec'].filter((flag) => !flags.includes(flag.slice(2)));
  const rest = flags.filter((flag) => !['rw', 'suid', 'dev', 'exec'].includes(flag));
  const given = [...values].map(([key, value]) => `${key}=${value}`);
  return {
    value: {
      destination: destination.value,
      type: 'tmpfs',
      options: [...new Set([...safe, ...rest]), ...given],
    },
  };
}

function parseTmpfsValue(key: string, text: string): Parsed<string> {
  if (key === 'mode')
    return /^0?[0-7]{3,4}$/.test(text)
      ? { value: text }
      : { problem: 'is no mode', hint: 'three or four octal digits: 1777' };
  if (key === 'size' && /^(?:[1-9]\d?|100)%$/.test(text)) return { value: text };
  const number = key === 'size' ? parseSize(text) : parseWhole(text, 0, 2 ** 31 - 1);
  if ('problem' in number) return number;
  // The kernel reads a size of 0 as "no limit", which is never meant.
  if (key === 'size' && number.value === 0) return { problem: 'is no size for a file system' };
  return { value: String(number.value) };
}

export function parseDestination(text: string): Parsed<string> {
  const destination = parsePath(text, 'in the container');
  if ('problem' in destination)
    return { ...destination, problem: `the destination ${destination.problem}` };
  const path = destination.value;
  if (path === '/')
    return {
      problem: 'the destination is the root itself',
      hint: 'the root file system is its own argument',
    };
  const reserved = RESERVED.find((directory) => isWithin(path, directory));
  if (reserved === undefined || REPLACEABLE.includes(path)) return destination;
  return {
    problem: `would hide or change ${reserved}`,
    hint: `${reserved} is the container's own; mount somewhere else`,
  };
}

export function contradiction(
  flags: readonly string[],
): { problem: string; hint?: string } | undefined {
  for (const [a, b] of [
    ['ro', 'rw'],
    ['bind', 'rbind'],
    ['suid', 'nosuid'],
    ['dev', 'nodev'],
    ['exec', 'noexec'],
  ] as const) {
    if (flags.includes(a) && flags.includes(b)) return { problem: `says both ${a} and ${b}` };
  }
  return flags.every(isText) ? undefined : { problem: 'has a character that no option can have' };
}
