// Of any probe: what a typed command prints, what a function finds out.
import type { Box } from '../shell/box.ts';
import {
  boxOf,
  type Expected,
  firstFailure,
  judge,
  type Outcome,
  type Recorded,
  type Seen,
} from './recorded.ts';

interface AnswerMatchers {
  /**
   * The command, typed in the shell, prints exactly this text, or what the pattern matches.
   *
   * @param label Of the row in the report. Default: the command.
   */
  toPrint(command: string, expected: Expected, label?: string): Promise<Recorded>;
  /** The probe answers this value, on every side that it looks at. */
  toAnswer(
    label: string,
    probe: (box: Box) => Seen | Promise<Seen>,
    expected: Expected,
  ): Promise<Recorded>;
  /**
   * The command, typed in the shell, ends with this exit code.
   *
   * @param options.printing What it prints before.
   * @param options.label Of the exit code's row. Default: `exit code of COMMAND`.
   */
  toExitWith(
    command: string,
    exitCode: number,
    options?: { readonly printing?: Expected; readonly label?: string },
  ): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends AnswerMatchers {}
}

export const answerMatchers = {
  async toPrint(
    received: unknown,
    command: string,
    expected: Expected,
    label = command,
  ): Promise<Outcome> {
    const box = boxOf(received);
    return judge(box, label, await box.type(command), expected);
  },
  async toAnswer(
    received: unknown,
    label: string,
    probe: (box: Box) => Seen | Promise<Seen>,
    expected: Expected,
  ): Promise<Outcome> {
    const box = boxOf(received);
    return judge(box, label, await probe(box), expected);
  },
  async toExitWith(
    received: unknown,
    command: string,
    exitCode: number,
    { printing, label }: { readonly printing?: Expected; readonly label?: string } = {},
  ): Promise<Outcome> {
    const box = boxOf(received);
    const printed = await box.type(command);
    const printedRow = label === undefined ? `what ${command} prints` : `${label}, output`;
    const output = printing === undefined ? [] : [judge(box, printedRow, printed, printing)];
    const code = await box.type('echo $?');
    const ended = judge(box, label ?? `exit code of ${command}`, code, exitCode);
    const told = { ...ended, message: () => `${ended.message()}\nit printed:\n${printed}` };
    return firstFailure(told, ...output);
  },
};
