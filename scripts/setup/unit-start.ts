// Loaded before each test file if `npm test` runs on the sources and the executable is up to date.
// Unit tests need the command and not its sources: the executable starts in a tenth of the time.
import { expect } from 'vitest';

const spec = expect.getState().testPath?.endsWith('.spec.ts') ?? false;
process.env.TERRARIUM_START = spec ? 'sources' : 'executable';
