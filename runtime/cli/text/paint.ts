// Colours of a terminal. util.styleText() looks at standard output (`validateStream: false` came
// with Node 22.13); the caller has looked at the stream that it writes to.

/** SGR parameters that begin and end each style: ECMA-48, 8.3.117. */
const CODES = { bold: [1, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] };

/** `text` in these styles, the first one outermost. */
export function paint(styles: readonly (keyof typeof CODES)[], text: string): string {
  return styles.reduceRight((inner, style) => {
    const [on, off] = CODES[style];
    return `\x1b[${on}m${inner}\x1b[${off}m`;
  }, text);
}
