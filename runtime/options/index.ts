// Everything that a caller may ask for. `configFrom` turns it into a Config.
import * as v from 'valibot';
import type { Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';
import { name, root } from './identity.ts';
import { detached, init, terminal } from './lifetime.ts';
import { LIMIT_OPTIONS } from './limits.ts';
import { mounts } from './mounts.ts';
import { namespaces } from './namespaces.ts';
import { network } from './network.ts';
import type { Fields } from './option.ts';
import { command, process } from './process.ts';
import { security } from './security.ts';

type Options = typeof root &
  typeof command &
  typeof name &
  typeof LIMIT_OPTIONS &
  typeof network &
  typeof namespaces &
  typeof mounts &
  typeof process &
  typeof security &
  typeof init &
  typeof detached &
  typeof terminal;

/** Their shape is checked in this order. */
export const OPTIONS: Options = {
  ...root,
  ...command,
  ...name,
  ...LIMIT_OPTIONS,
  ...network,
  ...namespaces,
  ...mounts,
  ...process,
  ...security,
  ...init,
  ...detached,
  ...terminal,
};

export type RunOptions = Fields<Options>;

/** The fields that have the right shape; their content is still to be read. */
export type Given = { [Field in keyof Options]?: v.InferOutput<Options[Field]> | undefined };

const whole = v.object(OPTIONS);
const partial: v.GenericSchema<unknown, Given> = v.partial(whole);

/** Notes unknown fields, missing ones and those of a wrong shape, and answers the others. */
export function readShape(options: unknown, problems: Problems): Given {
  if (typeof options !== 'object' || options === null) {
    problems.add('options', options, 'has to be an object', 'at least { rootfs, hostname }');
    return {};
  }
  const entries = Object.entries(options);
  for (const [key, value] of entries) {
    if (!Object.hasOwn(OPTIONS, key))
      problems.add(key, value, 'is no option', suggestion(key, Object.keys(OPTIONS)));
  }
  const parsed = v.safeParse(whole, Object.fromEntries(entries));
  if (parsed.success) return parsed.output;
  const wrong = new Set<string>();
  for (const issue of parsed.issues) {
    const [field, ...rest] = (issue.path ?? []).map((item) => String(item.key));
    if (field === undefined) continue;
    wrong.add(field);
    // Valibot's own text is only met for a field that is not there.
    const problem = issue.input === undefined && rest.length === 0 ? 'is missing' : issue.message;
    problems.add([field, ...rest.map((key) => `[${key}]`)].join(''), issue.input, problem);
  }
  return shaped(Object.fromEntries(entries.filter(([key]) => !wrong.has(key))));
}

/** Fields of which none has a wrong shape; others are left out. */
export function shaped(fields: object): Given {
  return v.parse(partial, fields);
}
