// Words of a shell script: whatever is in them, the shell reads one word and runs nothing.
import { encodeBytes, visible } from '../base/bytes.ts';

/**
 * One word for a POSIX shell (XCU 2.2, Quoting): as it is where no character means anything to the
 * shell, else in single quotes.
 */
export function quote(word: string): string {
  return /^[\w%+,./:@-][\w%+,./:=@-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * For a person to type or copy: as `quote`, but nothing that a terminal shows otherwise: `"$(printf
 * 'r\351sum\351')"`.
 */
export function typable(word: string): string {
  if (visible(word) === word) return quote(word);
  const octal = [...encodeBytes(word)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[\w .,:/=@+-]/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  // What begins with a hyphen would be an option of printf.
  return `"$(printf -- '${octal.join('')}')"`;
}

export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/**
 * Writes a line to a file. echo(1) is what people know; it may take a backslash, or what begins
 * with a hyphen, for its own.
 */
export function writeTo(path: string, value: string): string {
  const plain = !value.includes('\\') && !/^-\D/.test(value);
  return `${plain ? 'echo' : "printf '%s\\n'"} ${quote(value)} > ${quote(path)}`;
}

/**
 * `lines` as a here-document that the shell takes literally: the delimiter is quoted, and no line
 * of the text.
 */
export function hereDocument(command: string, lines: readonly string[], name: string): string[] {
  const text = lines.join('\n').split('\n');
  let delimiter = name;
  while (text.includes(delimiter)) delimiter += '_';
  return [`${command} <<'${delimiter}'`, ...lines, delimiter];
}
