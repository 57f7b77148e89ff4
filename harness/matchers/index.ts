// All matchers that record. Importing this file adds them to vitest's expect.
import { expect } from 'vitest';
import { answerMatchers } from './answers.ts';
import { identityMatchers } from './identity.ts';
import { limitMatchers } from './limits.ts';
import { namespaceMatchers } from './namespaces.ts';
import { networkMatchers } from './network.ts';
import { processMatchers } from './processes.ts';

expect.extend({
  ...answerMatchers,
  ...identityMatchers,
  ...limitMatchers,
  ...namespaceMatchers,
  ...networkMatchers,
  ...processMatchers,
});
