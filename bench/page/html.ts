// HTML as a template: what is inserted is text, unless it is HTML itself.

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | undefined | readonly Part[];

export function html({ raw }: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = raw.map((piece, index) => {
    // A line break beside a tag is for the reader of the source; elsewhere it is a space.
    const lines = piece.replace(/(>?)\n\s*(<?)/g, (_, end, begin) => `${end}${begin}` || ' ');
    return index === 0 ? lines : `${textOf(parts[index - 1])}${lines}`;
  });
  return new Html(text.join(''));
}

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escaped(`${part}`);
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
