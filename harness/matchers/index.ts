// All matchers that record. Importing this file adds them to vitest's expect.
import { expect } from 'vitest';
import { answerMatchers } from './answers.ts';
import { cpuMatchers } from './cpu.ts';
import { footprintMatchers } from './footprint.ts';
import { identityMatchers } from './identity.ts';
import { memoryMatchers } from './memory.ts';
import { namespaceMatchers } from './namespaces.ts';
import { networkMatchers } from './network.ts';
import { pidsMatchers } from './pids.ts';
import { processMatchers } from './processes.ts';

expect.extend({
  ...answerMatchers,
  ...cpuMatchers,
  ...footprintMatchers,
  ...identityMatchers,
  ...memoryMatchers,
  ...namespaceMatchers,
  ...networkMatchers,
  ...pidsMatchers,
  ...processMatchers,
});
