// Where `npm run verify` examines the released executable, these requirements still run from the
// sources: one of each topic that has several. `npm test` proves all of them there.
import type { RequirementId } from '../requirements.ts';

export const ON_SOURCES = [
  ...['NS-01', 'ROOT-01', 'HOST-01', 'PS-01', 'NET-03', 'LIM-01', 'MULTI-01'],
  ...['OWN-01', 'SAFE-01', 'CLEAN-01', 'CLI-02', 'BAD-01', 'SYSD-01'],
] as const satisfies RequirementId[];
