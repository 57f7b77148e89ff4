// A command in a line that a person reads.

const MOST_WORDS = 8;
const LONGEST_WORD = 80;

/** The first words of a command: it may have a hundred thousand, and one may be very long. */
export function commandLine(args: readonly string[]): string {
  const first = args.slice(0, MOST_WORDS).map(beginning).join(' ');
  const more = args.length - MOST_WORDS;
  return more > 0 ? `${first} … and ${more} more` : first;
}

function beginning(word: string): string {
  if (word.length <= LONGEST_WORD) return word;
  // Not between the two halves of a character.
  const end = /[\uD800-\uDBFF]/.test(word.charAt(LONGEST_WORD - 1))
    ? LONGEST_WORD - 1
    : LONGEST_WORD;
  return `${word.slice(0, end)}…`;
}
