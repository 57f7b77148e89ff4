// Tables in the terminal.
import { stripVTControlCharacters, styleText } from 'node:util';

const widthOf = (text: string) => stripVTControlCharacters(text).length;

/** The head in bold; text to the left, numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const count = Math.max(...rows.map((row) => row.length));
  const layout = Array.from({ length: count }, (_, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    return {
      width: Math.max(...cells.map(widthOf)),
      right: cells.slice(1).some((cell) => /^[\d.]+( %|\/s)?$/.test(cell)),
    };
  });
  const lines = rows.map((row) =>
    row.map((cell, column) => {
      const { width = 0, right = false } = layout[column] ?? {};
      const blanks = ' '.repeat(width - widthOf(cell));
      return right ? blanks + cell : cell + blanks;
    }),
  );
  const [head = '', ...rest] = lines.map((cells) => cells.join('  ').trimEnd());
  return [styleText('bold', head, { stream: process.stdout }), ...rest].join('\n');
}
