// A suite: requirements, and the sentences of a text that they prove.
import type { Sentence } from './model.ts';

export interface Requirement {
  /** The claim that the test proves, in one sentence. */
  readonly title: string;
  /** Keys of the sentences that it proves, the main one first. */
  readonly sentences: readonly string[];
}

export interface Suite {
  /** Title of the page: `Terrarium: Part A`. */
  readonly title: string;
  readonly requirements: Readonly<Record<string, Requirement>>;
  readonly sentences: readonly Sentence[];
  /** Headings by the prefix of IDs: `{ NET: 'Network' }`. */
  readonly areas?: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface TaskMeta {
    /** The meta data of each requirement's test. */
    requirement?: { readonly subject: string; readonly suite: Suite };
  }
}
