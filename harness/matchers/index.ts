// All matchers that record. Importing this file adds them to vitest's expect.
import { expect } from 'vitest';
import { answerMatchers } from './answers.ts';
import { cpuMatchers } from './cpu.ts';
import { footprintMatchers } from './footprint.ts';
import { identityMatchers } from './identity.ts';
import { memoryMatchers } from './memory.ts';
import { namespaceMatchers } from './namespaces.ts';
import { pidsMatchers } from './pids.ts';

expect.extend({
  ...answerMatchers,
  ...cpuMatchers,
  ...footprintMatchers,
  ...identityMatchers,
  ...memoryMatchers,
  ...namespaceMatchers,
  ...pidsMatchers,
});
