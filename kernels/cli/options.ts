// The arguments of `npm run matrix` and `npm run bisect`. Pure but for the machine's own size.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TerrariumError } from '../../runtime/base/errors.ts';
import {
  type Column,
  defaultColumns,
  KERNELS,
  type Kernel,
  kernelNamed,
  type Layout,
} from '../fetch/catalogue.ts';
import type { Task } from '../guest/command.ts';

export interface ExecOptions {
  /** Its path and arguments, as typed. */
  readonly command: string;
  /** Further files and directories that it needs. */
  readonly files: readonly string[];
  /** Where relative paths are from. */
  readonly directory: string;
}

export interface MatrixOptions {
  readonly columns: readonly Column[];
  readonly host: boolean;
  readonly only: readonly string[];
  /** A user's test program, run in place of the specs. */
  readonly exec: ExecOptions | undefined;
  readonly baseline: string | undefined;
  readonly saveBaseline: string | undefined;
  readonly list: boolean;
  readonly shell: Column | undefined;
  readonly jobs: number | undefined;
  readonly append: readonly string[];
  readonly without: readonly string[];
  readonly task: Task;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly timeoutS: number | undefined;
  readonly accelerator: 'kvm' | 'tcg' | undefined;
  readonly ktap: boolean;
  readonly fresh: boolean;
}

const LAYOUTS: readonly Layout[] = ['v2', 'v1', 'hybrid'];
const TASKS: readonly Task[] = ['specs', 'panic', 'hang', 'stall', 'full'];

/**
 * `typedIn`: the directory that relative paths are from.
 * @throws TerrariumError for anything that is not understood.
 */
export function matrixOptions(args: readonly string[], typedIn: string): MatrixOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{
        kernel: { type: 'string', multiple: true },
        cgroup: { type: 'string', multiple: true },
        only: { type: 'string', multiple: true },
        exec: { type: 'string' },
        files: { type: 'string', multiple: true },
      },
      ...{
        'kernel-image': { type: 'string' },
        modules: { type: 'string' },
        baseline: { type: 'string' },
        'save-baseline': { type: 'string' },
      },
      ...{
        list: { type: 'boolean' },
        shell: { type: 'string' },
        jobs: { type: 'string' },
        append: { type: 'string', multiple: true },
      },
      ...{
        without: { type: 'string', multiple: true },
        drill: { type: 'string' },
        cpus: { type: 'string' },
        memory: { type: 'string' },
      },
      ...{
        timeout: { type: 'string' },
        accelerator: { type: 'string' },
        ktap: { type: 'boolean' },
        fresh: { type: 'boolean' },
      },
    },
  });
  const path = (given: string | undefined) =>
    given === undefined ? undefined : resolve(typedIn, given);
  const layouts = words(values.cgroup).map((name) => oneOf(name, LAYOUTS, '--cgroup'));
  const own = ownKernel(path(values['kernel-image']), path(values.modules));
  const names = words(values.kernel);
  const task = values.drill === undefined ? 'specs' : oneOf(values.drill, TASKS, '--drill');
  return {
    columns: columnsOf(
      names.filter((name) => name !== 'host').map(named),
      own,
      layouts,
      names.includes('host'),
    ),
    host:
      names.includes('host') ||
      (names.length === 0 &&
        own === undefined &&
        layouts.length === 0 &&
        values.exec === undefined),
    only: words(values.only),
    exec: execOf(values, typedIn),
    baseline: path(values.baseline),
    saveBaseline: path(values['save-baseline']),
    list: values.list ?? false,
    shell:
      values.shell === undefined
        ? undefined
        : { kernel: withSerialLine(named(values.shell)), layout: layouts[0] ?? 'v2' },
    jobs: number(values.jobs, '--jobs'),
    append: (values.append ?? []).flatMap((text) => text.split(' ').filter(Boolean)),
    without: words(values.without),
    task,
    cpus: number(values.cpus, '--cpus') ?? 2,
    memoryMiB: number(values.memory, '--memory') ?? 2048,
    timeoutS: number(values.timeout, '--timeout'),
    accelerator:
      values.accelerator === undefined
        ? undefined
        : oneOf(values.accelerator, ['kvm', 'tcg'] as const, '--accelerator'),
    ktap: values.ktap ?? false,
    fresh: values.fresh ?? false,
  };
}

/** Refuses options that cannot be combined with `--exec`. */
export function execOf(
  values: {
    readonly exec?: string;
    readonly files?: readonly string[];
    readonly only?: readonly string[];
    readonly drill?: string;
    readonly shell?: string;
  },
  directory: string,
): ExecOptions | undefined {
  const { exec, files = [] } = values;
  if (exec === undefined) {
    if (files.length > 0)
      throw new TerrariumError('--files needs --exec', {
        hint: 'give the program that uses these files: --exec ./my-tests',
      });
    return undefined;
  }
  const other = (['only', 'drill', 'shell'] as const).find((name) => values[name] !== undefined);
  if (other !== undefined)
    throw new TerrariumError(`--exec and --${other} cannot be used together`, {
      hint: '--exec runs your program in place of the specs: leave one out',
    });
  if (exec.trim() === '')
    throw new TerrariumError('--exec names no program', { hint: "as in --exec './my-tests -v'" });
  return { command: exec, files, directory };
}

function columnsOf(
  kernels: readonly Kernel[],
  own: Kernel | undefined,
  layouts: readonly Layout[],
  onlyHost: boolean,
): Column[] {
  const chosen = own === undefined ? kernels : [...kernels, own];
  if (chosen.length === 0)
    return onlyHost
      ? []
      : defaultColumns().filter(({ layout }) => layouts.length === 0 || layouts.includes(layout));
  const wanted: readonly Layout[] = layouts.length === 0 ? ['v2'] : layouts;
  return chosen.flatMap((kernel) => {
    const possible = wanted.filter((layout) => kernel.layouts.includes(layout));
    if (possible.length === 0)
      throw new TerrariumError(`${kernel.name} is not run with ${wanted.join(', ')}`, {
        hint: `its layouts are ${kernel.layouts.join(', ')}`,
      });
    return possible.map((layout) => ({ kernel, layout }));
  });
}

function ownKernel(image: string | undefined, modules: string | undefined): Kernel | undefined {
  if (image === undefined) return undefined;
  return {
    name: 'own',
    kind: 'image',
    image,
    modules,
    machine: 'q35',
    layouts: LAYOUTS,
    why: 'given by --kernel-image',
  };
}

/** By its name in the catalogue. @throws TerrariumError with the names there are. */
export function named(name: string): Kernel {
  const kernel = kernelNamed(name);
  if (kernel === undefined)
    throw new TerrariumError(`no kernel is called ${name}`, {
      hint: `there are host, ${KERNELS.map((one) => one.name).join(', ')}`,
    });
  return kernel;
}

/** A shell needs a serial line. */
function withSerialLine(kernel: Kernel): Kernel {
  if (kernel.machine === 'uml')
    throw new TerrariumError(`--shell: ${kernel.name} has no serial line`, {
      hint: 'take one of the other kernels',
    });
  return kernel;
}

/** Splits at commas; an option may also be repeated. */
export function words(values: readonly string[] | undefined): string[] {
  return (values ?? []).flatMap((value) => value.split(',')).filter(Boolean);
}

function oneOf<T extends string>(value: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new TerrariumError(`${option} cannot be ${value}`, {
      hint: `it is one of ${allowed.join(', ')}`,
    });
  return found;
}

export function number(value: string | undefined, option: string): number | undefined {
  if (value === undefined) return undefined;
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 1)
    throw new TerrariumError(`${option} cannot be ${value}`, {
      hint: 'it is a whole number from 1',
    });
  return parsed;
}
