// Loaded before each test file of an `npm test` on the sources if the executable is up to date: unit
// tests, which need the command and not its sources, start that in a tenth of the time.
import { expect } from 'vitest';

const spec = expect.getState().testPath?.endsWith('.spec.ts') ?? false;
process.env.TERRARIUM_START = spec ? 'sources' : 'executable';
