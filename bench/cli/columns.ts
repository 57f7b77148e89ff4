// Tables in the terminal.
import { stripVTControlCharacters, styleText } from 'node:util';

/** In colour or bold where standard output shows it. */
export const styled = (style: 'bold' | 'red' | 'green' | 'yellow', text: string) =>
  styleText(style, text, { stream: process.stdout });

const widthOf = (text: string) => stripVTControlCharacters(text).length;

/** The head in bold; text to the left, numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const count = Math.max(...rows.map((row) => row.length));
  const padded = Array.from({ length: count }, (_, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const width = Math.max(...cells.map(widthOf));
    const isNumeric = cells.slice(1).some((cell) => /^[\d.]+( %|\/s)?$/.test(cell));
    const blanks = (cell: string) => ' '.repeat(width - widthOf(cell));
    return cells.map((cell) => (isNumeric ? blanks(cell) + cell : cell + blanks(cell)));
  });
  const lines = rows.map((_, row) =>
    padded
      .map((cells) => cells[row])
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...rest] = lines;
  return [styled('bold', head), ...rest].join('\n');
}
