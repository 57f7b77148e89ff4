// Errors for people: a line of fact, a line of help. Text is made from the error's fields here and
// nowhere else.
import { inspect } from 'node:util';
import { quoted, visible } from '../../base/bytes.ts';
import { ConfigError, KernelOpError, messageOf, TerrariumError } from '../../base/errors.ts';
import { isDebugging } from '../../debug/debug.ts';
import { errnoMeaning, errnoName, type SystemFailure, systemFailure } from '../../native/errno.ts';
import { exhaustionHint } from '../../native/exhausted.ts';
import { type Io, wantsColour } from '../process/io.ts';
import { EndedBySignal } from '../process/signals.ts';
import { paint } from './paint.ts';

/** Exit status of whatever goes wrong before or beside the workload (as docker's). */
export const RUNTIME_FAILED = 125;

interface Message {
  readonly fact: string;
  readonly hints: readonly string[];
}

/** Writes the error to standard error and answers the exit status that goes with it. */
export async function printError(error: unknown, io: Io): Promise<number> {
  const colour = wantsColour(io.stderr, io.env);
  const name = colour ? paint(['red', 'bold'], 'terrarium:') : 'terrarium:';
  const hint = colour ? paint(['cyan'], 'hint:') : 'hint:';
  const written = error instanceof ConfigError ? await mistakes(error) : messages(error);
  for (const message of written) {
    io.stderr.write(`${name} ${visible(message.fact)}\n`);
    for (const line of message.hints) io.stderr.write(`  ${hint} ${visible(line)}\n`);
  }
  if (isDebugging(io.env) && error instanceof Error) io.stderr.write(`${stack(error)}\n`);
  return exitCodeOfError(error);
}

/**
 * 127 for a command that is not there, 126 for one that cannot be executed, 128 and a signal's
 * number, else 125.
 */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof KernelOpError && error.fields.phase === 'exec') {
    if (error.fields.code === 'ENOENT' || error.fields.code === 'ENOTDIR') return 127;
    if (error.fields.syscall.startsWith('execve')) return 126;
  }
  if (error instanceof EndedBySignal) return 128 + error.number;
  return error instanceof Error && error.name === 'AbortError' ? 130 : RUNTIME_FAILED;
}

/** The options are loaded for this alone: help and version, too, come to an end in this file. */
async function mistakes(error: ConfigError): Promise<Message[]> {
  const { flagOf } = await import('./flag-names.ts');
  return error.problems.map(({ path, value, problem, hint }) => ({
    fact: `${flagOf(path)} ${typeof value === 'string' ? quoted(value) : String(value)} ${problem}`,
    hints: lines(hint),
  }));
}

function messages(error: unknown): Message[] {
  if (error instanceof TerrariumError) {
    const clean = error.cleanupErrors
      .flatMap(messages)
      .map(({ fact, hints }) => ({ fact: `while cleaning up: ${fact}`, hints }));
    // The sender of the signal knows of it.
    if (error instanceof EndedBySignal) return clean;
    return [{ fact: error.message, hints: lines(error.hint) }, ...clean];
  }
  if (isUsageError(error)) return [usage(error)];
  const system = systemFailure(error);
  if (system) return [systemMessage(system)];
  return [
    {
      fact: `internal error: ${error instanceof Error ? `${error.name}: ` : ''}${messageOf(error)}`,
      hints: [`this is a mistake of Terrarium's own: ${DEBUG}`],
    },
  ];
}

const DEBUG = 'TERRARIUM_DEBUG=1 shows where it happened';

/** `open /etc/x: EACCES, permission denied`. */
function systemMessage({ errno, syscall, path }: SystemFailure): Message {
  const call = path === undefined ? syscall : `${syscall} ${path}`;
  return {
    fact: `${call}: ${errnoName(errno)}, ${errnoMeaning(errno)}`,
    hints: [exhaustionHint(errno, syscall) ?? DEBUG],
  };
}

/** Where an error came from, and where its causes did; for developers of Terrarium. */
function stack(error: Error): string {
  return inspect(error, { depth: 4 });
}

/**
 * `error: … is invalid. Did you mean host?`, or `error: unknown option '--memroy'` and `(Did you
 * mean --memory?)`, as commander says it.
 */
function usage(error: Error): Message {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  // An invalid value has its help in the same line, an unknown name in the next.
  const [fact = '', ...same] = first.split(/(?<= is invalid(?: for argument '\w+')?)\. /);
  const hint = [...same, ...rest].join(' ').replace(/^\((.*)\)$/, '$1');
  return {
    fact,
    hints: [
      hint === '' ? '--help lists what there is' : hint.charAt(0).toLowerCase() + hint.slice(1),
    ],
  };
}

/** A CommanderError, told by its code: asking for the class would load the library. */
export function isUsageError(
  error: unknown,
): error is Error & { readonly code: string; readonly exitCode: number } {
  return (
    error instanceof Error &&
    'code' in error &&
    String(error.code).startsWith('commander.') &&
    'exitCode' in error
  );
}

function lines(hint: string | undefined): string[] {
  return hint?.split('\n') ?? [];
}
