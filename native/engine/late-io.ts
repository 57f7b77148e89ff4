// The build makes the command's option tree for the snapshot; each start then sets its Io.
import type { Io } from '../../runtime/cli/process/io.ts';

/** An Io that forwards to the one given to `begin`. */
export class LateIo implements Io {
  #real: Io | undefined;

  begin(real: Io): void {
    this.#real = real;
  }

  get #io(): Io {
    if (this.#real === undefined) throw new Error('the command has not begun');
    return this.#real;
  }

  get stdin() {
    return this.#io.stdin;
  }

  get stdout() {
    return this.#io.stdout;
  }

  get stderr() {
    return this.#io.stderr;
  }

  get env() {
    return this.#io.env;
  }

  get cwd() {
    return this.#io.cwd;
  }

  finish(code: number, when?: 'at once'): void {
    this.#io.finish(code, when);
  }
}
