// What is being done now, as the last line of a terminal: rewritten in place, below whole lines.

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Back to the line's begin, and everything after it erased (ECMA-48: CR, EL). */
const ERASE = '\r\x1b[K';

export class StatusLine {
  readonly #output: Output;
  #shown = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /**
   * On a terminal only, and cut to its width. Empty: none. `paint` colours what is left after
   * cutting.
   */
  show(text: string, paint: (text: string) => string = (plain) => plain): void {
    if (this.#output.isTTY !== true) return;
    const fits = text.slice(0, Math.max(0, (this.#output.columns ?? 80) - 1));
    if (fits === '' && this.#shown === '') return;
    this.#shown = fits === '' ? '' : paint(fits);
    this.#output.write(`${ERASE}${this.#shown}`);
  }

  /** A whole line, above the status. */
  line(text: string): void {
    this.#output.write(`${this.#shown === '' ? '' : ERASE}${text}\n${this.#shown}`);
  }
}
