// Removes escape sequences from a text, also truncated ones.

/**
 * ECMA-48: control strings (5.6), control sequences (5.4), other escapes (5.3), also if truncated.
 */
const SEQUENCES = [
  // OSC, DCS, SOS, PM, APC up to their end; a truncated one up to the end of its line.
  '(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c\\n]*(?:\\x07|\\x1b\\\\|\\x9c)?',
  '(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?',
  '\\x1b[ -/]*[0-~]?',
];
const SEQUENCE = new RegExp(SEQUENCES.join('|'), 'g');

export function plainText(text: string): string {
  return text.replace(SEQUENCE, '');
}
