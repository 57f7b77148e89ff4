// Loaded before each spec where the subject is the executable: the requirements of ON_SOURCES run
// from the sources. Tests of one process run one after the other, and start what its environment
// says.
import { beforeEach } from 'vitest';
import { ON_SOURCES } from './sources.ts';

const fromSources: readonly string[] = ON_SOURCES;

beforeEach(({ task }) => {
  process.env.TERRARIUM_START = fromSources.includes(task.name) ? 'sources' : 'executable';
});
