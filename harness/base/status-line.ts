// The current activity, as the last line of a terminal: rewritten in place, below whole lines.

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Returns to the start of the line, and erases it (ECMA-48: CR, EL). */
const ERASE = '\r\x1b[K';

export class StatusLine {
  readonly #output: Output;
  #shown = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /** On a terminal only, cut to its width and then coloured by `paint`. Empty: none. */
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
