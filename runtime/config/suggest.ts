// "Did you mean": the nearest of some words, by edit distance.

/**
 * The word nearest to `typed`, when it is near enough to be a slip of the finger: at most a third
 * of its letters differ. Case does not count. Of equally near words the first one is taken, and
 * never what was typed.
 */
export function suggest(typed: string, words: Iterable<string>): string | undefined {
  // A word this long is no typing error, and the distance costs its length times the word's.
  if (typed.length > 64) return undefined;
  let nearest: string | undefined;
  let distance = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const word of words) {
    if (word === typed) continue;
    const d = editDistance(typed.toLowerCase(), word.toLowerCase());
    if (d < distance) {
      nearest = word;
      distance = d;
    }
  }
  return nearest;
}

/** `did you mean X?`, or the fallback when nothing is near. */
export function suggestion(
  typed: string,
  words: Iterable<string>,
  otherwise?: string,
): string | undefined {
  const word = suggest(typed, words);
  return word === undefined ? otherwise : `did you mean ${word}?`;
}

/** Optimal string alignment: insertions, deletions, substitutions, and two neighbours swapped. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(beforeLast, j - 2) + 1
          : Infinity;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
