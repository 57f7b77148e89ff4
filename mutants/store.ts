// Results of earlier runs. Those of the same sources are reused, so an interrupted run resumes.
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The inputs of a result, beside the mutant itself. */
const SOURCES = [
  '{runtime,harness,specs}/**/*.ts',
  'native/**/*.{cc,h}',
  'native/Makefile',
  'fixtures/{workloads,rootfs}/*.{c,ts}',
  'mutants/*.sh',
  'bin/terrarium',
  'package-lock.json',
];

/** SHA-256 over the names and contents of the sources, without unit tests. */
export function digestOf(checkout: string): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: checkout }).filter(
    (file) => file.startsWith('specs/') || !file.endsWith('.test.ts'),
  );
  for (const file of files.sort())
    hash.update(`${file}\0`).update(readFileSync(join(checkout, file)));
  return hash.digest('hex');
}

/** Values by key, in a file that is written after each change. */
export class Store<T> {
  readonly #file: string;
  readonly #digest: string;
  readonly #entries: Map<string, T>;

  /** `digest`: drops entries of other sources, unless `any` is set. */
  constructor(file: string, digest: string, { any = false }: { readonly any?: boolean } = {}) {
    this.#file = file;
    this.#digest = digest;
    const kept = keptIn<T>(file);
    this.#entries = new Map(any || kept?.digest === digest ? kept?.entries : []);
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.set(key, value);
    const kept: Kept<T> = { digest: this.#digest, entries: [...this.#entries] };
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(kept));
  }
}

interface Kept<T> {
  readonly digest: string;
  readonly entries: readonly (readonly [key: string, value: T])[];
}

function keptIn<T>(file: string): Kept<T> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
