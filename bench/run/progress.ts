// The step at hand: one line that a terminal rewrites, elsewhere a new line each time that its
// first two words change.
import { StatusLine } from '../../harness/base/status-line.ts';

/** Shows a text; an empty one clears the line. */
export function progressOn(stream: NodeJS.WriteStream): (text: string) => void {
  const status = new StatusLine(stream);
  let shown = '';
  return (text) => {
    const subject = text.split(' · ', 2).join(' · ');
    if (stream.isTTY) status.show(text);
    else if (subject !== shown && text !== '') stream.write(`${text}\n`);
    shown = subject;
  };
}
