// A command line as it is typed. Pure.

type Value = string | number | readonly string[];

/**
 * Splits at white space. An inserted value is part of the word that it touches, whatever is in it;
 * a list is as many words.
 */
export function words({ raw }: TemplateStringsArray, ...values: readonly Value[]): string[] {
  const list: string[] = [];
  let open = false;
  const add = (text: string) => {
    list.push(open ? `${list.pop()}${text}` : text);
    open = true;
  };
  for (const [index, piece] of raw.entries()) {
    for (const part of piece.split(/(\s+)/)) {
      if (part === '') continue;
      if (/^\s/.test(part)) open = false;
      else add(part);
    }
    const value = values[index];
    if (value === undefined) continue;
    if (typeof value === 'string' || typeof value === 'number') add(`${value}`);
    else {
      list.push(...value);
      open = false;
    }
  }
  return list;
}
