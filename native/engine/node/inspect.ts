// The used part of util.inspect: errors with their fields and causes, and plain values on one line.

interface Options {
  /** How many levels of objects are shown below the first. */
  readonly depth?: number;
  /** Ignored: lines are never broken. */
  readonly breakLength?: number;
}

export function inspect(value: unknown, { depth = 2 }: Options = {}): string {
  return shown(value, depth, []);
}

/** `above`: the objects that contain it. */
function shown(value: unknown, depth: number, above: readonly object[]): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'function') return `[Function${value.name && `: ${value.name}`}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (above.includes(value)) return '[Circular *1]';
  if (value instanceof Error) return shownError(value, depth, above);
  if (above.length > depth && Object.keys(value).length > 0)
    return Array.isArray(value) ? '[Array]' : `[${kindOf(value)}]`;
  const inside = [...above, value];
  if (Array.isArray(value))
    return enclosed('[', [...value.map((one) => shown(one, depth, inside))], ']');
  const kind = kindOf(value);
  return `${kind === 'Object' ? '' : `${kind} `}${enclosed('{', fields(value, depth, inside), '}')}`;
}

function enclosed(open: string, parts: readonly string[], close: string): string {
  return parts.length === 0 ? `${open}${close}` : `${open} ${parts.join(', ')} ${close}`;
}

function kindOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return '[Object: null prototype]';
  const { constructor: made } = value;
  return typeof made === 'function' ? made.name : 'Object';
}

function fields(value: object, depth: number, above: readonly object[]): string[] {
  return Object.entries(value).map(([name, one]) => `${key(name)}: ${shown(one, depth, above)}`);
}

function key(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : quoted(name);
}

/** The stack; then fields in braces, and the cause, each on a separate line. */
function shownError(error: Error, depth: number, above: readonly object[]): string {
  const inside = [...above, error];
  const head = `${error.name}: ${error.message}`;
  const stack = error.stack ?? '';
  // The stack of QuickJS has only the calls.
  const text = stack.startsWith(head) ? stack : `${head}\n${stack}`;
  const below = above.length > depth ? [] : fields(error, depth, inside);
  if (error.cause !== undefined && !Object.keys(error).includes('cause') && above.length <= depth)
    below.push(`[cause]: ${shown(error.cause, depth, inside)}`);
  if (below.length === 0) return text.trimEnd();
  const lines = below.map((one) => one.replaceAll('\n', '\n  '));
  return `${text.trimEnd()} {\n  ${lines.join(',\n  ')}\n}`;
}

const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
};

/** In quotes that the text does not contain, if possible. */
function quoted(text: string): string {
  let quote = "'";
  if (text.includes("'")) {
    if (!text.includes('"')) quote = '"';
    else if (!text.includes('`') && !text.includes('${')) quote = '`';
  }
  const body = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\0-\x1f\x7f-\x9f\\'\ud800-\udfff]/gu,
    (one) => {
      if (one === "'") return quote === "'" ? "\\'" : one;
      const code = one.charCodeAt(0).toString(16);
      if (code.length > 2) return `\\u${code}`;
      return SHORT[one] ?? `\\x${code.toUpperCase().padStart(2, '0')}`;
    },
  );
  return quote + body + quote;
}
