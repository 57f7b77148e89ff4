// Resumes an interrupted matrix: results of finished columns are kept until the whole matrix is
// done.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATHS } from '../fetch/paths.ts';
import { type ColumnResult, columnKey } from './results.ts';

export class FinishedColumns {
  readonly #directory: string;

  /**
   * `inputs`: all that the results depend on, as JSON. `fresh` discards results of an earlier run.
   */
  constructor(inputs: unknown, fresh: boolean) {
    this.#directory = join(PATHS.build, 'finished', identityOf(inputs));
    if (fresh) this.clear();
    mkdirSync(this.#directory, { recursive: true });
  }

  /** `name`: the column's, or `host`. */
  get(name: string): ColumnResult | undefined {
    const path = this.#pathOf(name);
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  }

  add(result: ColumnResult): void {
    const name = result.kernel === 'host' ? 'host' : columnKey(result);
    writeFileSync(this.#pathOf(name), JSON.stringify(result));
  }

  /** The next run starts anew. */
  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #pathOf(name: string): string {
    return join(this.#directory, `${name.replace('/', '-')}.json`);
  }
}

function identityOf(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}

/** Changes with any file in the guests' root image; empty when there is no image. */
export function imageIdentity(): string {
  const path = `${PATHS.image}.inputs`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
