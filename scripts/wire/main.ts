// Generates runtime/native/protocol.ts from native/wire/*.h, which C++ and TypeScript share. A file
// that is up to date keeps its time, so nothing is rebuilt.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeaderError, readHeader } from './header.ts';
import { moduleOf } from './module.ts';

const ROOT = join(import.meta.dirname, '../..');
const HEADERS = ['native/wire/protocol.h', 'native/wire/event.h'];
const MODULE = join(ROOT, 'runtime/native/protocol.ts');

function before(): string | undefined {
  try {
    return readFileSync(MODULE, 'utf8');
  } catch {
    return undefined;
  }
}

try {
  const items = HEADERS.flatMap((file) => readHeader(file, readFileSync(join(ROOT, file), 'utf8')));
  const text = moduleOf(items);
  if (text !== before()) {
    const part = `${MODULE}.${process.pid}`;
    writeFileSync(part, text);
    renameSync(part, MODULE);
  }
} catch (error) {
  if (!(error instanceof HeaderError)) throw error;
  console.error(`terrarium: ${error.message}`);
  console.error('  hint: scripts/wire/header.ts lists what a header in native/wire/ may say');
  process.exitCode = 1;
}
