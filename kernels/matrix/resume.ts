// Where an interrupted matrix goes on: columns that were finished are kept until the whole matrix
// is.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Selection } from '../../specs/support/selection.ts';
import { PLACES } from '../fetch/paths.ts';
import type { Settings } from './column.ts';
import { type ColumnResult, columnKey } from './results.ts';

export interface SessionInputs {
  readonly selection: Selection;
  readonly settings: Settings;
  readonly host: boolean;
  readonly columns: readonly string[];
}

/** The same question about the same sources; another one has a session of its own. */
export class Session {
  readonly #directory: string;

  constructor(inputs: SessionInputs, fresh: boolean) {
    this.#directory = join(PLACES.build, 'sessions', identityOf(inputs).slice(0, 16));
    if (fresh) rmSync(this.#directory, { recursive: true, force: true });
    mkdirSync(this.#directory, { recursive: true });
  }

  /** A column by its name, `host` by this word. */
  kept(name: string): ColumnResult | undefined {
    const path = join(this.#directory, fileOf(name));
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  }

  keep(result: ColumnResult): void {
    const name = result.kernel === 'host' ? 'host' : columnKey(result);
    writeFileSync(join(this.#directory, fileOf(name)), JSON.stringify(result));
  }

  /** Everything is there: the next run asks again. */
  end(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function fileOf(name: string): string {
  return `${name.replace('/', '-')}.json`;
}

function identityOf({ selection, settings, host, columns }: SessionInputs): string {
  const { append, without, task, accelerator, cpus, memoryMiB } = settings;
  const image = existsSync(`${PLACES.image}.inputs`)
    ? readFileSync(`${PLACES.image}.inputs`, 'utf8')
    : '';
  return createHash('sha256')
    .update(
      JSON.stringify({
        selection,
        columns,
        append,
        without,
        task,
        accelerator,
        cpus,
        memoryMiB,
        host,
        image,
      }),
    )
    .digest('hex');
}
