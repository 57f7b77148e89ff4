// Of any probe: what a typed command prints, what a function finds out.
import type { Box } from '../shell/box.ts';
import { boxOf, type Expected, judge, type Outcome, type Recorded, type Seen } from './recorded.ts';

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
};
