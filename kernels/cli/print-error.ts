// Errors of both commands: a line of fact, a line of help, never a stack.

/** On standard error. `usage`: the help for words that were not understood. */
export function printError(error: unknown, usage: string): void {
  console.error(errorText(error, usage));
}

/** With the error's own `hint`; with `usage` for errors of parseArgs. Pure. */
export function errorText(error: unknown, usage: string): string {
  const fact = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  const hint = isTyped(error) ? usage : hintOf(error);
  return `terrarium: ${fact}${hint === undefined ? '' : `\n  hint: ${hint}`}`;
}

function isTyped(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^ERR_PARSE_ARGS_/.test(String(error.code));
}

function hintOf(error: unknown): string | undefined {
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string'
    ? error.hint
    : undefined;
}
