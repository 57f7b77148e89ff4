// sh scripts/node.sh scripts/docs/main.ts: writes the generated parts of docs/.
import { readFileSync, writeFileSync } from 'node:fs';
import { PAGE, withTable } from './option-table.ts';

writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')));
