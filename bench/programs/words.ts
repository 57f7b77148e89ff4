// A command line as it is typed. Pure.

type Value = string | number | undefined | readonly string[];

/**
 * Splits at white space. An inserted value is part of the word that it touches, whatever is in it;
 * undefined drops that word. A list stands alone and is as many words.
 */
export function words({ raw }: TemplateStringsArray, ...values: readonly Value[]): string[] {
  // Only the template's own white space splits: values are put in afterwards, by their number.
  const marked = raw.reduce((text, piece, index) => `${text}\0${index - 1}\0${piece}`);
  const list = marked.split(/\s+/).filter((word) => word !== '');
  return list.flatMap((word) => {
    const parts = word.split('\0').map((part, at) => (at % 2 === 0 ? part : values[Number(part)]));
    if (parts.includes(undefined)) return [];
    const [, inserted] = parts;
    return typeof inserted === 'object' ? inserted : [parts.join('')];
  });
}
