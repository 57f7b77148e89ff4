// The output of a terminal, as asciicast v2: docs.asciinema.org/manual/asciicast/v2.

export class Recording {
  readonly #columns: number;
  readonly #rows: number;
  readonly #title: string;
  readonly #start = performance.now();
  readonly #events: string[] = [];

  constructor(title: string, columns: number, rows: number) {
    this.#title = title;
    this.#columns = columns;
    this.#rows = rows;
  }

  output(text: string): void {
    this.#event('o', text);
  }

  resize(columns: number, rows: number): void {
    this.#event('r', `${columns}x${rows}`);
  }

  /** A marker: the next step. */
  mark(text: string): void {
    this.#event('m', text);
  }

  cast(): string {
    const header = {
      version: 2,
      width: this.#columns,
      height: this.#rows,
      title: this.#title,
      env: { TERM: 'xterm-256color' },
    };
    return `${[JSON.stringify(header), ...this.#events].join('\n')}\n`;
  }

  #event(kind: 'o' | 'r' | 'm', content: string): void {
    const seconds = Number(((performance.now() - this.#start) / 1000).toFixed(3));
    this.#events.push(JSON.stringify([seconds, kind, content]));
  }
}
