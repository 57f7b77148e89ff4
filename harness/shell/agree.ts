// Sets a known prompt in any shell: it types a question until the shell answers, then sets a unique
// prompt.
import { randomBytes } from 'node:crypto';
import { patience } from '../base/patience.ts';

/** A terminal before its prompt is known. */
export interface Unprompted {
  enter(line: string): Promise<void>;
  /** The other side is closed: no answer will come. */
  readonly closed: boolean;
  until(pattern: RegExp, timeoutMs?: number): Promise<void>;
}

/** Markers of a shell's answer. */
export interface Agreement {
  /** A pattern for the end of its answer. */
  readonly prompt: RegExp;
  /** Typed after each line, for a shell without a prompt. */
  readonly marker?: string;
}

/** Input typed while a program starts may be lost. */
const ASK_AGAIN_MS = 1000;
const WAIT_MS = 20_000;
const PROMPT_WAIT_MS = 1000;

/**
 * Types `echo RDY` until the answer comes, then sets PS1. For a shell that still shows no prompt,
 * an end marker is typed along with each line.
 * @throws Error with the terminal's output if no answer comes.
 */
export async function agreeOnPrompt(terminal: Unprompted): Promise<Agreement> {
  const word = randomBytes(4).toString('hex');
  await askUntilAnswered(terminal, word);
  // Quoted in the middle, so that the echo of the line differs from its output.
  await terminal.enter(`unset PROMPT_COMMAND; PS1='b''ox-${word}# '`);
  const prompt = new RegExp(`box-${word}# $`);
  if (await comes(terminal, prompt, PROMPT_WAIT_MS)) return { prompt };
  // Keeps $? for the next line.
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
  // Answers to repeated questions come before this one.
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
