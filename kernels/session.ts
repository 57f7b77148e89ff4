// Where an interrupted matrix goes on: columns that were finished are kept until the whole matrix is.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './column.ts';
import { PLACES } from './places.ts';
import { type ColumnResult, columnKey } from './results.ts';
import type { Selection } from './selection.ts';

const DIRECTORY = join(PLACES.build, 'session');
const IDENTITY = join(DIRECTORY, 'identity');

export interface SessionInputs {
  readonly selection: Selection;
  readonly settings: Settings;
  readonly root: string;
  readonly host: boolean;
}

/** The same question about the same sources; another one begins anew. */
export class Session {
  constructor(inputs: SessionInputs, fresh: boolean) {
    const identity = identityOf(inputs);
    if (!fresh && existsSync(IDENTITY) && readFileSync(IDENTITY, 'utf8') === identity) return;
    rmSync(DIRECTORY, { recursive: true, force: true });
    mkdirSync(DIRECTORY, { recursive: true });
    writeFileSync(IDENTITY, identity);
  }

  /** A column by its name, `host` by this word. */
  kept(name: string): ColumnResult | undefined {
    const path = join(DIRECTORY, fileOf(name));
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  }

  keep(result: ColumnResult): void {
    const name = result.kernel === 'host' ? 'host' : columnKey(result);
    writeFileSync(join(DIRECTORY, fileOf(name)), JSON.stringify(result));
  }

  /** Everything is there: the next run asks again. */
  end(): void {
    rmSync(DIRECTORY, { recursive: true, force: true });
  }
}

function fileOf(name: string): string {
  return `${name.replace('/', '-')}.json`;
}

function identityOf({ selection, settings, host }: SessionInputs): string {
  const { append, without, task, accelerator, cpus, memoryMiB } = settings;
  const image = existsSync(`${PLACES.image}.inputs`) ? readFileSync(`${PLACES.image}.inputs`, 'utf8') : '';
  return createHash('sha256')
    .update(JSON.stringify({ selection, append, without, task, accelerator, cpus, memoryMiB, host, image }))
    .digest('hex');
}
