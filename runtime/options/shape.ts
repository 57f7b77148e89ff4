// The shape of RunOptions, checked before anything is read from it: a caller may be JavaScript, or
// a JSON file.
import * as v from 'valibot';
import { decodeBytes } from '../base/bytes.ts';
import type { Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';

const text = () => v.string('has to be text');
const list = () => v.array(text(), 'has to be a list of texts');
/** Given as text or as bytes; text from here on. */
const bytes = (message = 'has to be text or bytes') =>
  v.union(
    [
      v.string(),
      v.pipe(
        v.instance(Uint8Array),
        v.transform((given) => decodeBytes(given)),
      ),
    ],
    message,
  );
const bytesList = () => v.array(bytes(), 'has to be a list of texts');
const flag = () => v.boolean('has to be true or false');
const amount = () => v.union([v.string(), v.number()], 'has to be a number or a text');
const volume = () =>
  v.union(
    [
      bytes(),
      v.object({ source: bytes(), destination: bytes(), readonly: v.optional(v.boolean()) }),
    ],
    'has to be SRC:DST or { source, destination }',
  );

const mount = () =>
  v.union(
    [
      bytes(),
      v.object({
        type: v.picklist(['bind', 'tmpfs']),
        source: v.optional(bytes()),
        destination: bytes(),
        readonly: v.optional(v.boolean()),
        recursive: v.optional(v.boolean()),
        size: v.optional(amount()),
        mode: v.optional(text()),
      }),
    ],
    'has to be type=bind,src=…,dst=… or { type, source, destination }',
  );

const fields = {
  rootfs: bytes(),
  hostname: text(),
  command: v.optional(bytesList()),
  id: v.optional(text()),
  memory: v.optional(amount()),
  memorySwap: v.optional(amount()),
  cpus: v.optional(amount()),
  cpuShares: v.optional(amount()),
  cpusetCpus: v.optional(text()),
  pidsLimit: v.optional(amount()),
  network: v.optional(text()),
  ip: v.optional(text()),
  pid: v.optional(text()),
  uts: v.optional(text()),
  ipc: v.optional(text()),
  mountNs: v.optional(text()),
  cgroupNs: v.optional(text()),
  volumes: v.optional(v.array(volume(), 'has to be a list of volumes')),
  mounts: v.optional(v.array(mount(), 'has to be a list of mounts')),
  tmpfs: v.optional(bytesList()),
  readOnly: v.optional(flag()),
  env: v.optional(
    v.union(
      [v.array(bytes()), v.record(v.string(), bytes())],
      'has to be a list of KEY=value or an object of texts',
    ),
  ),
  workdir: v.optional(bytes()),
  user: v.optional(bytes()),
  capAdd: v.optional(list()),
  capDrop: v.optional(list()),
  securityOpt: v.optional(list()),
  init: v.optional(flag()),
  detach: v.optional(flag()),
  logMaxSize: v.optional(amount()),
  terminal: v.optional(flag()),
};

const whole = v.object(fields);
const partial = v.partial(whole);

/** The fields that have the right shape; their content is still to be read. */
export type Given = v.InferOutput<typeof partial>;

/** Notes unknown fields, missing ones and those of a wrong shape, and answers the others. */
export function readShape(options: unknown, problems: Problems): Given {
  if (typeof options !== 'object' || options === null) {
    problems.add('options', options, 'has to be an object', 'at least { rootfs, hostname }');
    return {};
  }
  const entries = Object.entries(options);
  for (const [key, value] of entries) {
    if (!Object.hasOwn(fields, key))
      problems.add(key, value, 'is no option', suggestion(key, Object.keys(fields)));
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
  return v.parse(partial, Object.fromEntries(entries.filter(([key]) => !wrong.has(key))));
}
