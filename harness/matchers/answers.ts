// Matchers for any probe: the output of a typed command, the result of a function.
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
   * The command, typed in the shell, prints exactly this text, or text that matches the pattern.
   *
   * @param label The row in the report. Default: the command.
   */
  toPrint(command: string, expected: Expected, label?: string): Promise<Recorded>;
  /** The probe returns this value, on every side that it observes. */
  toAnswer(
    label: string,
    probe: (box: Box) => Seen | Promise<Seen>,
    expected: Expected,
  ): Promise<Recorded>;
  /**
   * The command, typed in the shell, ends with this exit code.
   *
   * @param options.printing Its expected output.
   * @param options.label The exit code's row. Default: `exit code of COMMAND`.
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
    const printedRow = label === undefined ? `output of ${command}` : `${label}, output`;
    const output = printing === undefined ? [] : [judge(box, printedRow, printed, printing)];
    const code = await box.type('echo $?');
    const ended = judge(box, label ?? `exit code of ${command}`, code, exitCode);
    const told = { ...ended, message: () => `${ended.message()}\nit printed:\n${printed}` };
    return firstFailure(told, ...output);
  },
};
