// Agrees on a prompt with a shell that has any, or none: it is asked until it answers, and then
// given one that nothing else prints.
import { randomBytes } from 'node:crypto';
import { patience } from '../base/patience.ts';

/** A terminal before its prompt is known. */
export interface Unprompted {
  enter(line: string): Promise<void>;
  /** No process is on its other side any more: no answer will come. */
  readonly closed: boolean;
  until(pattern: RegExp, timeoutMs?: number): Promise<void>;
}

/** How to tell that a shell has answered. */
export interface Agreement {
  /** What the end of its answer looks like. */
  readonly prompt: RegExp;
  /** Typed after each line, by a shell that shows no prompt. */
  readonly marker?: string;
}

/** What is typed while a program still starts may be lost. */
const ASK_AGAIN_MS = 1000;
const WAIT_MS = 20_000;
const PROMPT_WAIT_MS = 1000;

/**
 * Asks `echo RDY` until it is answered, and sets PS1. A shell that shows none all the same gets an
 * end marker typed along with each line.
 *
 * @throws Error with what the terminal shows when no answer comes.
 */
export async function agreeOnPrompt(terminal: Unprompted): Promise<Agreement> {
  const word = randomBytes(4).toString('hex');
  await askUntilAnswered(terminal, word);
  // Quoted in the middle: the echo of the line is not what it prints.
  await terminal.enter(`unset PROMPT_COMMAND; PS1='b''ox-${word}# '`);
  const prompt = new RegExp(`box-${word}# $`);
  if (await comes(terminal, prompt, PROMPT_WAIT_MS)) return { prompt };
  // $? stays what it was for the next line.
  const marker = `s=$?; echo e''nd-${word}; (exit $s)`;
  return { prompt: new RegExp(`(^|\\n)end-${word}\\n$`), marker };
}

async function askUntilAnswered(terminal: Unprompted, word: string): Promise<void> {
  const answered = new RegExp(`RDY-${word}`);
  const deadline = performance.now() + patience(WAIT_MS);
  while (performance.now() < deadline) {
    await terminal.enter(`echo R''DY-${word}`);
    if (await comes(terminal, answered, ASK_AGAIN_MS)) break;
  }
  // Answers to what was asked twice come before this one's.
  await terminal.enter(`echo S''ET-${word}`);
  await terminal.until(new RegExp(`SET-${word}`));
}

async function comes(terminal: Unprompted, pattern: RegExp, timeoutMs: number): Promise<boolean> {
  try {
    await terminal.until(pattern, timeoutMs);
    return true;
  } catch (error) {
    if (terminal.closed) throw error;
    return false;
  }
}
