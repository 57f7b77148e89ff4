// Turns requirement IDs and prefixes into vitest's arguments, one a line: a pattern on titles, and the files that hold them.
import { globSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { requirements } from '../specs/requirements.ts';

const known = Object.keys(requirements);
const groups = [...new Set(known.map((id) => id.replace(/-\d+$/, '')))];

function select(wanted: string): string[] {
  const name = wanted.toUpperCase();
  return known.filter((id) => id === name || id.startsWith(`${name}-`));
}

/** Titles begin with the ID and a dash: `NET-03 — …`. A requirement that merely mentions another is not chosen. */
function pattern(ids: readonly string[]): string {
  return `(^|[\\s>])(${ids.join('|')}) — `;
}

function filesWith(ids: readonly string[]): string[] {
  const named = new RegExp(`['"](${ids.join('|')})['"]`);
  return globSync('specs/**/*.spec.ts').filter((file) => named.test(readFileSync(file, 'utf8')));
}

function fail(fact: string, hint: string): never {
  console.error(`terrarium: ${fact}\n  hint: ${hint}`);
  process.exit(2);
}

const { positionals } = parseArgs({ allowPositionals: true });
if (positionals.length === 0) fail('which requirements?', `by ID (${known[0]}) or prefix: ${groups.join(' ')}`);
const unknown = positionals.filter((wanted) => select(wanted).length === 0);
if (unknown.length > 0)
  fail(`no requirement is called ${unknown.join(', ')}`, `there are ${groups.join(' ')}, each followed by -01, -02 …`);

const ids = known.filter((id) => positionals.some((wanted) => select(wanted).includes(id)));
const files = filesWith(ids);
if (files.length === 0) fail(`no spec proves ${ids.join(', ')}`, 'specs/requirements.ts has it, and no file in specs/ does');
console.log(['-t', pattern(ids), ...files].join('\n'));
