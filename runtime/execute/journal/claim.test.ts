// Who holds a claim: what cannot be read is not taken for released.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { holderOfClaim } from './claim.ts';

test('the holder of a claim is known, none, or an error', () => {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-claim-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const at = (name: string) => join(directory, name);
  symlinkSync('web', at('claim'));
  writeFileSync(at('file'), '');
  symlinkSync('loop', at('loop'));
  expect(holderOfClaim(at('claim'))).toBe('web');
  expect(holderOfClaim(at('file'))).toBe('');
  expect(holderOfClaim(at('missing'))).toBe(undefined);
  expect(() => holderOfClaim(at('loop/claim'))).toThrow('ELOOP');
});
