// A recorded terminal as text: played into a headless terminal, which applies \r, backspaces and
// cursor moves.

import type { IBufferCell, IBufferLine, Terminal } from '@xterm/headless';
import xterm from '@xterm/headless';

/** Characters of one style. `style` is a list of class names, empty for plain text. */
export interface Span {
  readonly text: string;
  readonly style: string;
}

interface Cast {
  readonly columns: number;
  readonly rows: number;
  readonly events: readonly { readonly code: string; readonly text: string }[];
}

/**
 * All output of the terminal, scrolled off or not, without trailing empty lines. Wrapped lines are
 * joined.
 */
export async function terminalLines(cast: string): Promise<Span[][]> {
  const { columns, rows, events } = parseCast(cast);
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 50_000,
    allowProposedApi: true,
  });
  let pending = '';
  const flush = () => new Promise<void>((resolve) => terminal.write(pending, resolve));
  for (const { code, text } of events) {
    if (code === 'o') pending += text;
    const size = /^(\d+)x(\d+)$/.exec(text);
    if (code !== 'r' || size === null) continue;
    // Earlier output must be on the screen before the resize.
    await flush();
    pending = '';
    terminal.resize(Number(size[1]), Number(size[2]));
  }
  await flush();
  const lines = readLines(terminal);
  terminal.dispose();
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

/** asciicast v2: a header object, then an array a line. Skips other lines. */
function parseCast(cast: string): Cast {
  const [header, ...rest] = cast.split('\n').filter((line) => line.trim() !== '');
  const { width, height } = parse(header, {});
  const events = rest.flatMap((line) => {
    const event = parse(line, []);
    return Array.isArray(event) ? [{ code: String(event[1]), text: String(event[2]) }] : [];
  });
  return { columns: positive(width, 80), rows: positive(height, 24), events };
}

function parse(line: string | undefined, otherwise: object): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line ?? '');
    return Object(value);
  } catch {
    return Object(otherwise);
  }
}

function positive(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value >= 1 ? Math.floor(value) : otherwise;
}

function readLines(terminal: Terminal): Span[][] {
  const lines: Span[][] = [];
  const buffer = terminal.buffer.active;
  for (let index = 0; index < buffer.length; index++) {
    const line = buffer.getLine(index);
    if (line === undefined) continue;
    const wrapsOn = buffer.getLine(index + 1)?.isWrapped ?? false;
    const spans = readLine(line, wrapsOn);
    if (line.isWrapped) lines.at(-1)?.push(...spans);
    else lines.push(spans);
  }
  return lines;
}

/** Cells to spans, without trailing blanks. */
function readLine(line: IBufferLine, keepBlanks: boolean): Span[] {
  const spans: { text: string; style: string }[] = [];
  const end = keepBlanks ? line.length : line.translateToString(true).length;
  for (let column = 0, seen = 0; column < line.length && seen < end; column++) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const text = cell.getChars() || ' ';
    seen += text.length;
    const style = styleOf(cell);
    const last = spans.at(-1);
    if (last?.style === style) last.text += text;
    else spans.push({ text, style });
  }
  const last = spans.at(-1);
  if (last?.style === '' && !keepBlanks) last.text = last.text.trimEnd();
  return spans.filter(({ text }) => text !== '');
}

/**
 * The 16 named colours become classes that fit the page's theme; the other 16 million keep only
 * their contrast.
 */
function styleOf(cell: IBufferCell): string {
  const classes = [
    cell.isBold() ? 'tb' : '',
    cell.isDim() ? 'td' : '',
    cell.isItalic() ? 'ti' : '',
    cell.isUnderline() ? 'tu' : '',
    cell.isInverse() ? 'tv' : '',
    cell.isFgPalette() && cell.getFgColor() < 16 ? `t${cell.getFgColor()}` : '',
  ];
  return classes.filter((name) => name !== '').join(' ');
}
