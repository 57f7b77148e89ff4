// The step at hand as one line: rewritten on a terminal, elsewhere a new line each time that its
// first two words change.

export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

export function lineTo(stream: NodeJS.WriteStream): ProgressLine {
  let shown = '';
  return {
    show(text) {
      const subject = text.split(' · ', 2).join(' · ');
      if (stream.isTTY) stream.write(`\r\x1b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
      else if (subject !== shown) stream.write(`${text}\n`);
      shown = subject;
    },
    clear() {
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
