// Turns requirement IDs and prefixes into vitest's arguments, one a line: a pattern on titles, and
// the files that hold them.
import { globSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { requirements } from '../specs/requirements.ts';
import { subjectNames } from '../specs/support/subjects.ts';
import { idsNamed, titlePattern } from './selection.ts';

const known = Object.keys(requirements);
const groups = [...new Set(known.map((id) => id.replace(/-\d+$/, '')))].join(' ');

function filesWith(ids: readonly string[]): string[] {
  const named = new RegExp(`['"](${ids.join('|')})['"]`);
  return globSync('specs/**/*.spec.ts').filter((file) => named.test(readFileSync(file, 'utf8')));
}

function fail(fact: string, hint: string): never {
  console.error(`terrarium: ${fact}\n  hint: ${hint}`);
  process.exit(2);
}

function wanted(): string[] {
  try {
    return parseArgs({ allowPositionals: true }).positionals;
  } catch (error) {
    return fail(
      error instanceof Error ? error.message : String(error),
      'only IDs and prefixes are taken here',
    );
  }
}

const subject = process.env.TERRARIUM_SUBJECT;
if (subject !== undefined && !subjectNames.includes(subject))
  fail(`no subject is called ${subject}`, `there are ${subjectNames.join(' ')}`);
const names = wanted();
if (names.length === 0) fail('which requirements?', `by ID (${known[0]}) or prefix: ${groups}`);
const unknown = names.filter((name) => idsNamed(name, known).length === 0);
if (unknown.length > 0)
  fail(
    `no requirement is called ${unknown.join(', ')}`,
    `there are ${groups}, each followed by -01, -02 …`,
  );

const chosen = new Set(names.flatMap((name) => idsNamed(name, known)));
const ids = known.filter((id) => chosen.has(id));
const files = filesWith(ids);
if (files.length === 0)
  fail(
    `no spec proves ${ids.join(', ')}`,
    'specs/requirements.ts names it, and no file in specs/ does',
  );
console.log(['-t', titlePattern(ids), ...files].join('\n'));
