// The document around a page's body: one HTML file that loads nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { themeCss } from './theme.ts';

export interface DocumentParts {
  /** HTML. */
  readonly title: string;
  /** Content-Security-Policy. */
  readonly policy: string;
  /** Style sheets beside the theme's, in order. */
  readonly styles: readonly string[];
  /** Runs before anything is shown. */
  readonly early?: string | undefined;
  /** HTML, followed by its scripts. */
  readonly body: string;
}

/** Sheets of the folder `style`. */
export function sheets(...names: readonly string[]): string[] {
  const paths = names.map((name) => join(import.meta.dirname, 'style', `${name}.css`));
  return paths.map((path) => readFileSync(path, 'utf8'));
}

export function htmlDocument({ title, policy, styles, early, body }: DocumentParts): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>${[themeCss(), ...styles].join('\n')}</style>`,
    ...(early === undefined ? [] : [`<script>${early}</script>`]),
    '</head>',
    `<body>${body}</body>`,
    '</html>',
    '',
  ].join('\n');
}
