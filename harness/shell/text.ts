// The text that a terminal shows. Pure.
import stripAnsi from 'strip-ansi';

/** Sent by readline before it runs a line: bracketed paste off, back to the first column. */
const LINE_TAKEN = '\x1b[?2004l\r';

/** The end of the echo of `typed`, wrapped or not; 0 if something else is shown. */
export function echoEnd(seen: string, typed: string): number {
  let at = 0;
  for (let index = 0; index < typed.length && at < seen.length; index++, at++) {
    while (seen[at] === '\n') at++;
    if (seen[at] !== typed[index]) return 0;
  }
  return at;
}

/** Each notice, and the line begun before it, which is repeated after it. */
export function withoutNotices(text: string, { source }: RegExp): string {
  const notice = new RegExp(`(^|\\n)(?:([^\\n]+)\\n(?:${source})\\n\\2|(?:${source})\\n)`);
  let rest = text;
  while (notice.test(rest))
    rest = rest.replace(notice, (_, start: string, begun = '') => start + begun);
  return rest;
}

/** Plain text: no escape sequences, plain line ends. */
export function plain(text: string): string {
  return stripAnsi(text.replaceAll(LINE_TAKEN, '')).replace(/\r+\n/g, '\n');
}
