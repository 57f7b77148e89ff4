// npm run man: writes build/man/terrarium.1 and a page for each command, from their declarations.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manPages } from './pages.ts';

const directory = join(import.meta.dirname, '../../build/man');
// A removed command may have left a page.
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
for (const [file, page] of await manPages()) writeFileSync(join(directory, file), page);
process.stdout.write(`${directory}\n`);
