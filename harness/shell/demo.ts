// The live demo: copies the shell's output to the user's terminal, with a line of narration before
// each step.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { wantsColour } from '../base/colour.ts';
import { onNarration } from '../evidence/recorder.ts';

const mode = process.env.TERRARIUM_DEMO;
const terminal = process.env.TERRARIUM_DEMO_TTY;
const TYPING_MS = 45;
const PAUSE_MS = 900;

/** Pause between two characters: typing speed when a person watches. */
export function typingDelayMs(): number {
  return mode ? TYPING_MS : 0;
}

/** Shows output of the shell on the terminal of the demo. */
export function demonstrate(text: string): void {
  // Not the cursor position request: this terminal would answer it, too.
  if (mode) show(text.replaceAll('\x1b[6n', ''));
}

if (mode) {
  onNarration(async ({ text }, id) => {
    show(`\r\n${paint('1;36', id)} ${paint('36', text)}\r\n`);
    if (mode === 'step') await waitForEnter();
    else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  });
}

/** The demo goes to a terminal, independent of the runner's output. */
function paint(code: string, text: string): string {
  const coloured = wantsColour({ isTTY: true }, process.env);
  return coloured ? `\x1b[${code}m${text}\x1b[0m` : text;
}

let output: number | undefined;

function show(text: string): void {
  if (!terminal) return;
  output ??= openSync(terminal, 'w');
  writeSync(output, text);
}

async function waitForEnter(): Promise<void> {
  if (!terminal) return;
  show(paint('2', '  (Enter goes on)'));
  const input = openSync(terminal, 'r');
  try {
    const byte = Buffer.alloc(1);
    while (readSync(input, byte) === 1 && byte[0] !== 0x0a);
  } finally {
    closeSync(input);
  }
}
