// Turns requirement IDs and prefixes into vitest's arguments, one a line: a pattern on titles, and
// the files that hold them.
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { requirementIds } from '../specs/requirements.ts';
import { requirementGroups, SelectionError, select } from '../specs/selection.ts';
import { subjectNames } from '../specs/support/subjects.ts';

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
  fail(`unknown subject ${subject}`, `subjects: ${subjectNames.join(' ')}`);
const names = wanted();
if (names.length === 0)
  fail('which requirements?', `by ID (${requirementIds[0]}) or prefix: ${requirementGroups()}`);
try {
  console.log(select(names, dirname(import.meta.dirname)).arguments.join('\n'));
} catch (error) {
  if (!(error instanceof SelectionError)) throw error;
  fail(error.message, error.hint);
}
