// The limits: what `update` takes, too. From sizes, processors and counts to what the kernel is
// told.
import type * as v from 'valibot';
import type { Resources } from '../config/config.ts';
import { DEFAULT_DEVICE_RULES } from '../config/defaults.ts';
import { collectProblems, type Problems } from '../config/problems.ts';
import { cpu, cpuFields } from './cpu.ts';
import { io, ioFields } from './io.ts';
import { memory, memoryFields } from './memory.ts';
import type { Capacity } from './option.ts';
import { pids, pidsFields } from './pids.ts';

/** What of a Config they become (OCI `linux.resources`). Absent is no limit. */
export const LIMITS: typeof memoryFields & typeof cpuFields & typeof pidsFields & typeof ioFields =
  {
    ...memoryFields,
    ...cpuFields,
    ...pidsFields,
    ...ioFields,
  };

export type Limits = {
  readonly [Field in keyof typeof LIMITS]?: v.InferOutput<(typeof LIMITS)[Field]>;
};

/** In the order in which they are read. */
export const LIMIT_OPTIONS: typeof memory & typeof cpu & typeof pids & typeof io = {
  ...memory,
  ...cpu,
  ...pids,
  ...io,
};

export type LimitOptions = v.InferOutput<v.ObjectSchema<typeof LIMIT_OPTIONS, undefined>>;

/** Limits with the standard device rules. */
export function parseLimits(options: LimitOptions, host: Capacity, problems: Problems): Resources {
  return { ...read(options, host, problems).limits, devices: DEFAULT_DEVICE_RULES };
}

/**
 * New limits for a container that exists: those that are given, the others untouched. @throws
 * ConfigError
 */
export function limitsFrom(options: LimitOptions, host: Capacity): Limits {
  const problems = collectProblems();
  const { limits, lifted } = read(options, host, problems);
  // Absent means untouched here, so that "none" cannot be said.
  if (problems.list.length === 0)
    for (const { field, value, most } of lifted)
      problems.add(field, value, 'cannot take the limit off', most);
  if (problems.list.length > 0) throw problems.error();
  return limits;
}

/** `lifted`: what was given, and means that there is no limit. */
function read(options: LimitOptions, host: Capacity, problems: Problems) {
  const given: Readonly<Record<string, unknown>> = options;
  const lifted: { field: string; value: unknown; most: string | undefined }[] = [];
  let limits: Limits = {};
  for (const [field, { enter, most }] of Object.entries(LIMIT_OPTIONS)) {
    const value = given[field];
    if (value === undefined) continue;
    const set = enter(value, { host, given, limits }, problems, field);
    if (Object.keys(set).length === 0) lifted.push({ field, value, most });
    limits = { ...limits, ...set };
  }
  return { limits, lifted };
}
