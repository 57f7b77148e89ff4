// How an option is declared: the shape and type of its field (a Valibot schema), and its flag. The
// rest of what is known of it is derived from that. A limit is an option that `update` takes, too.
import * as v from 'valibot';
import { decodeBytes, type TextOrBytes } from '../base/bytes.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Limits } from './limits.ts';

/** The headings of the help, in its order. */
export const HEADINGS = [
  'Limits:',
  'Files:',
  'Namespaces and network:',
  'Process:',
  'As it is anyway (docker’s words):',
  'Security:',
  'Options:',
] as const;

export interface Flag {
  /** `-m, --memory <size>`: a value follows where there is a `<placeholder>`. */
  readonly flag: string;
  readonly help: string;
  readonly heading: (typeof HEADINGS)[number];
  /** Place among those of its heading, where that is not the order of declaration. Default: 0. */
  readonly place?: number;
  /** Where `exec` takes it, too: its help there, or true for the same. */
  readonly exec?: string | true;
  /** Each time it is given adds one to a list. */
  readonly repeatable?: boolean;
  /** The flag for its opposite. */
  readonly opposite?: Pick<Flag, 'flag' | 'help'>;
  /**
   * The hint for a word that cannot be right, before anything else is looked at. Undefined: it may
   * be right.
   */
  readonly refuse?: (word: string) => string | undefined;
}

/** What stands on the command line without a flag. */
export interface Operand {
  /** `<rootfs>`, or `[command...]` for one that may be absent. */
  readonly operand: string;
  readonly help: string;
}

type Input<S> = S extends v.GenericSchema ? v.InferInput<S> : never;
type Values<Entries> = { readonly [K in keyof Entries]: Input<Entries[K]> };
type Needed<Entries> = {
  [K in keyof Entries]: undefined extends Input<Entries[K]> ? never : K;
}[keyof Entries];

/**
 * What a program gives for an object of these entries. As Valibot's InferInput, but that editors
 * and declaration files keep the comments of the entries.
 */
export type Fields<Entries> = Values<Pick<Entries, Needed<Entries>>> &
  Partial<Values<Omit<Entries, Needed<Entries>>>>;

/** An option that may be absent. */
export function option<S extends v.GenericSchema, const D extends Flag | Operand>(
  schema: S,
  declared: D,
) {
  return Object.assign(v.optional(schema), { declared });
}

/** An option that has to be there. `schema`: one that is used for nothing else. */
export function required<S extends v.GenericSchema, const D extends Operand>(
  schema: S,
  declared: D,
) {
  return Object.assign(schema, { declared });
}

/** Text; `T`: what of all text a program may write. The rest is refused when it is read. */
export function text<T extends string = string>() {
  return v.custom<T>((given) => typeof given === 'string', 'has to be text');
}

export function texts(): v.GenericSchema<readonly string[], string[]> {
  return v.array(text(), 'has to be a list of texts');
}

/** Given as text or as bytes; text from here on. */
export function bytes(): v.GenericSchema<TextOrBytes, string> {
  return v.union(
    [
      v.string(),
      v.pipe(
        v.custom<Uint8Array>((given) => given instanceof Uint8Array),
        v.transform((given) => decodeBytes(given)),
      ),
    ],
    'has to be text or bytes',
  );
}

export function bytesList(): v.GenericSchema<readonly TextOrBytes[], string[]> {
  return v.array(bytes(), 'has to be a list of texts');
}

/** On or off. */
export function toggle() {
  return v.boolean('has to be true or false');
}

/** A number, or text that says one. */
export function amount() {
  return v.union([v.string(), v.number()], 'has to be a number or a text');
}

/** A field of the Config, as a program gives it to `update`: bytes, microseconds, a weight. */
export function numberField() {
  return v.exactOptional(v.number('has to be a number'));
}

export function textField() {
  return v.exactOptional(v.string('has to be text'));
}

/** What a limit is compared with. */
export type Capacity = Pick<HostFacts, 'memoryTotalBytes' | 'cpus' | 'cpuList' | 'disks'>;

/** What is known where a limit is read. */
export interface Reading {
  readonly host: Capacity;
  /** Everything that was given, by the names of the options. */
  readonly given: Readonly<Record<string, unknown>>;
  /** What became of the limits that are declared before it. */
  readonly limits: Limits;
}

/** What a declaration says beside its schema. */
interface About extends Pick<Flag, 'flag' | 'help'> {
  /** The hint of `update`, where a limit was given that takes no effect: it cannot be taken off. */
  readonly most?: string;
}

/** Reads what was given: the limits that it sets; what is wrong is noted. */
export type Enter = (value: unknown, at: Reading, problems: Problems, field: string) => Limits;

function declare<S extends v.GenericSchema>(
  schema: S,
  { most, ...flag }: About & Pick<Flag, 'repeatable'>,
  enter: Enter,
) {
  const declared: Flag = { ...flag, heading: 'Limits:' };
  return Object.assign(option(schema, declared), { enter, most });
}

/** A limit of one value. `read`: the limits of the Config that it sets. */
export function limit<S extends v.GenericSchema>(
  schema: S,
  {
    read,
    ...about
  }: About & { readonly read: (value: v.InferOutput<S>, at: Reading) => Parsed<Limits> },
) {
  return declare(schema, about, (value, at, problems, field) => {
    const { issues, output } = v.safeParse(schema, value);
    if (issues) problems.add(field, value, issues[0].message);
    else return problems.accept(field, value, read(output, at)) ?? {};
    return {};
  });
}

/** A limit that may be given several times. `read`: one word, wrong or not by itself. */
export function listLimit<T>({
  read,
  into,
  ...about
}: About & {
  readonly read: (word: string, at: Reading) => Parsed<T>;
  /** The limits of the Config that all of them set. */
  readonly into: (items: readonly T[]) => Limits;
}) {
  return declare(texts(), { ...about, repeatable: true }, (value, at, problems, field) => {
    const { issues, output } = v.safeParse(texts(), value);
    if (issues) {
      problems.add(field, value, issues[0].message);
      return {};
    }
    const items = output.map((word, index) =>
      problems.accept(`${field}[${index}]`, word, read(word, at)),
    );
    return into(items.filter((item) => item !== undefined));
  });
}

/** What was read, as limits of the Config. */
export function into<T>(parsed: Parsed<T>, limits: (value: T) => Limits): Parsed<Limits> {
  return 'value' in parsed ? { value: limits(parsed.value) } : parsed;
}
