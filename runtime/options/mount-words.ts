// docker's `--mount type=bind,src=…,dst=…`: comma-separated values, so that a path may have any
// character in it.
import type { Parsed } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';

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
