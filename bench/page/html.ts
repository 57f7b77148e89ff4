// HTML as a template: what is inserted is text, unless it is HTML itself.

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | false | undefined | readonly Part[];

/** `false` and `undefined` are nothing. */
export function html({ raw }: TemplateStringsArray, ...parts: readonly Part[]): Html {
  // A line break beside a tag is for the reader of the source; elsewhere it is a space.
  const pieces = raw.map((piece) =>
    piece.replace(/(>?)\n\s*(<?)/g, (_, end, begin) => `${end}${begin}` || ' '),
  );
  return new Html(String.raw({ raw: pieces }, ...parts.map(textOf)));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  const text = part === undefined || part === false ? '' : `${part}`;
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
