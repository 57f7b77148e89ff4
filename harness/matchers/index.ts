// All matchers that record. Importing this file adds them to vitest's expect.
import { expect } from 'vitest';
import { answerMatchers } from './answers.ts';
import { identityMatchers } from './identity.ts';
import { limitMatchers } from './limits.ts';
import { namespaceMatchers } from './namespaces.ts';

expect.extend({ ...answerMatchers, ...identityMatchers, ...limitMatchers, ...namespaceMatchers });
