// The table of docs/api.md that has every option: its field, its flag, and the comment of its
// declaration in runtime/options/.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIONS } from '../../runtime/options/index.ts';
import type { Flag, Operand } from '../../runtime/options/option.ts';

const root = join(import.meta.dirname, '../..');
const BEGIN = '<!-- made by `sh scripts/node.sh scripts/docs/main.ts` -->\n';
const END = '<!-- end -->\n';

export const PAGE = join(root, 'docs/api.md');

/** The page with a new table. @throws Error if the page has no place for one. */
export function withTable(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${PAGE} has no ${BEGIN}and ${END}`);
  return [before, BEGIN, '\n', table(), '\n', END, after].join('');
}

function table(): string {
  const meanings = comments();
  const rows = Object.entries(OPTIONS).map(([field, { declared }]) => {
    const meaning = meanings.get(field);
    if (meaning === undefined) throw new Error(`the declaration of ${field} has no comment`);
    return [`\`${field}\``, typed(declared), meaning.replaceAll('|', '\\|')];
  });
  return [['option', 'command line', 'meaning'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function typed(declared: Flag | Operand): string {
  if ('operand' in declared) return `\`${declared.operand}\``;
  const flags = [declared.flag, ...(declared.opposite ? [declared.opposite.flag] : [])];
  return flags.map((flag) => `\`${flag}\``).join(', ');
}

/** Comments of the declarations, by the field. */
function comments(): ReadonlyMap<string, string> {
  const files = globSync('runtime/options/*.ts', { cwd: root, exclude: ['**/*.test.ts'] });
  const declarations =
    /\/\*\*((?:(?!\*\/).)*)\*\/\s+(\w+): (?:option|required|limit|listLimit)\(/gs;
  return new Map(
    files.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(declarations)].map(
        ([, comment = '', field = '']) =>
          [field, comment.replace(/\s+(?:\* )?/g, ' ').trim()] as const,
      ),
    ),
  );
}
