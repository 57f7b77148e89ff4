// Loaded before each test file of `npm test` if the executable is up to date: unit tests, which
// need the command and not its sources, start that in a tenth of the time. Specs keep the sources.
import { expect } from 'vitest';

const spec = expect.getState().testPath?.endsWith('.spec.ts') ?? false;
process.env.TERRARIUM_START = spec ? 'sources' : 'executable';
