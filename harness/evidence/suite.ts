// What a suite claims: requirements, and the sentences of a text that they stand for.
import type { Sentence } from './model.ts';

export interface Requirement {
  /** What the test shows, in one sentence. */
  readonly title: string;
  /** Keys of the sentences it stands for, the main one first. */
  readonly sentences: readonly string[];
}

export interface Suite {
  /** Of the page: `Terrarium: Part A`. */
  readonly title: string;
  readonly requirements: Readonly<Record<string, Requirement>>;
  readonly sentences: readonly Sentence[];
  /** Headings of the areas that IDs begin with: `{ NET: 'Network' }`. */
  readonly areas?: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface TaskMeta {
    /** What each test of a requirement tells the runner. */
    requirement?: { readonly subject: string; readonly suite: Suite };
  }
}
