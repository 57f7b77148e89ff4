// What every command has in common: how it fails, how it prints its help, and the option for its
// format.
import { Command, Option } from '@commander-js/extra-typings';
import type { Io } from '../process/io.ts';

/**
 * A command that throws a CommanderError instead of ending the process; printing it is for
 * print-error.ts alone.
 */
export function baseCommand<Name extends string>(name: Name, summary: string, io: Io) {
  return new Command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? 100, 120),
    });
}

/** Examples at the end of the help: what to type, and what it does. */
export function examples(...lines: readonly (readonly [typed: string, does: string])[]): string {
  return `\nExamples:\n${lines.map(([typed, does]) => `  # ${does}\n  $ ${typed}`).join('\n')}`;
}

export function formatOption() {
  return new Option('--format <format>', 'for people, or for programs')
    .choices(['table', 'json'])
    .default('table');
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
