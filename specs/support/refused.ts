// A command line on the host, for what a container's start is refused for: typed, read, and looked
// for what it left.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../../harness/observe/process.ts';
import { Shell } from '../../harness/shell/shell.ts';
import { holderOfClaim } from '../../runtime/execute/claim.ts';
import { claimsDirectory, linkName } from '../../runtime/network/addresses.ts';
import { ROOT, TERRARIUM, workload } from './places.ts';
import type { Context } from './session.ts';
import { deleteIfThere } from './subject.ts';

const STATE = '/run/terrarium';
/** Wide enough that no command wraps. */
const COLUMNS = 170;

export interface Refusal {
  /** 125: the runtime refused; 126 and 127: the command cannot be executed, or is not there. */
  readonly exitCode: 125 | 126 | 127;
  /** The essential words of the line that begins with `terrarium:`. */
  readonly fact: string | RegExp;
  /** And of the line below it that begins with `hint:`. */
  readonly hint: string | RegExp;
}

/** What a person sees who types a command: its output, and what `echo $?` says. */
export interface Typed {
  readonly output: string;
  readonly exitCode: number;
}

export class CommandLine {
  /** For `--name`: every leftover of a container carries it. */
  readonly name: string;
  readonly #context: Context;
  readonly #shell: Shell;

  constructor(context: Context, name: string, shell: Shell) {
    this.#context = context;
    this.name = name;
    this.#shell = shell;
  }

  async type(command: string): Promise<Typed> {
    const output = await this.#shell.type(command);
    return { output, exitCode: Number(await this.#shell.type('echo $?')) };
  }

  /**
   * Types a command that must be refused: by its exit code, in a line of fact and one of help, and
   * with nothing left of it.
   */
  async refuses(command: string, { exitCode, fact, hint }: Refusal): Promise<void> {
    const typed = await this.type(command);
    const lines = typed.output.split('\n');
    expect(lines[0]).toMatch(/^terrarium: /);
    expect(lines[0]).toMatch(fact);
    expect(lines[1]).toMatch(/^ {2}hint: /);
    expect(lines[1]).toMatch(hint);
    // Nothing else: no second error, no stack, nothing that failed while cleaning up.
    expect(lines).toHaveLength(2);
    expect(typed.exitCode).toBe(exitCode);
    this.#context.observe({ label: 'exit code', inside: typed.exitCode, decisive: true });
    this.#context.observe({ label: 'what it says', inside: typed.output, decisive: true });
    await this.leavesNothing();
  }

  /** The control: a command that differs in the one thing, and works. Answers its output. */
  async accepts(difference: string, command: string, expected: number = 0): Promise<string> {
    const { output, exitCode } = await this.type(command);
    this.#context.control(difference, {
      outcome: exitCode === expected ? 'opposite' : 'same',
      observed: `exit code ${exitCode}${output === '' ? '' : `: ${output}`}`,
    });
    return output;
  }

  /** No state, control group, link or claimed address of this name on the host. */
  async leavesNothing(): Promise<void> {
    await eventually(
      `link of ${this.name} gone`,
      () => !existsSync(`/sys/class/net/${linkName(this.name)}`),
    );
    const left = leftovers(this.name);
    expect(left).toEqual([]);
    this.#context.observe({
      label: `left of ${this.name}`,
      host: left.join(' ') || 'nothing',
      decisive: true,
    });
  }
}

/** A shell on the host in the project's directory, where `terrarium` is in the PATH. */
export async function openCommandLine(
  context: Context,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandLine> {
  const name = `${context.id.toLowerCase()}-${randomBytes(3).toString('hex')}`;
  const shell = new Shell({
    title: 'a shell on the host',
    commandLine: ['env', `--chdir=${ROOT}`, workload('../../bin/busybox'), 'sh'],
    prompt: /(^|\n)\$ $/,
    columns: COLUMNS,
    env: { PS1: '$ ', PATH: `${dirname(TERRARIUM)}:${process.env.PATH ?? ''}`, ...env },
  });
  context.onCleanup(async () => {
    await shell.close();
    context.transcript({
      title: 'a shell on the host',
      role: 'subject',
      command: 'sh',
      cast: shell.recording.cast(),
    });
    await deleteIfThere(name);
  });
  return new CommandLine(context, name, await shell.ready());
}

/** Paths on the host that belong to a container of this name. */
function leftovers(name: string): string[] {
  const groups = cgroupMounts().map((mount) => `${mount}/terrarium-${name}`);
  const state = ['journal', 'log', 'exit'].map((file) => `${STATE}/${name}.${file}`);
  return [...state, ...groups].filter((path) => existsSync(path)).concat(claims(name));
}

/** Addresses whose claim says that they are this container's. */
export function claims(name: string): string[] {
  const place = claimsDirectory(STATE);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .map((slot) => `${place}/${slot}`)
    .filter((path) => holderOfClaim(path) === name);
}

function cgroupMounts(): string[] {
  const table = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return table.flatMap((line) => (/ - cgroup2? /.test(line) ? (line.split(' ')[4] ?? []) : []));
}
