// The README's commands on a Debian 13, typed by a user with sudo.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Evidence } from '../../harness/evidence/model.ts';
import { bareCopy } from './checkout.ts';
import { Debian } from './debian.ts';
import { once } from './passed.ts';

const HOME = 'home/student';

once('Debian 13: sudo npm run shell, sudo npm run verify, sudo npm test', async ({ annotate }) => {
  const debian = await Debian.copy();
  const copy = bareCopy(join(debian.root, HOME, 'terrarium'));
  execFileSync('chroot', [debian.root, 'chown', '-R', 'student:student', `/${HOME}/terrarium`]);
  const { uid } = statSync(join(debian.root, HOME));

  const shell = await debian.asUser('cd terrarium && sudo npm run shell', {
    input: 'echo "$(hostname) $(id -u) $$"\nexit 3\n',
  });
  expect(shell.output).toContain('terrarium: installing with apt: ');
  expect(shell.output).toMatch(/^terrarium 0 1\r*$/m);
  expect(shell.status).toBe(3);
  // Files made under sudo belong to the user.
  for (const made of ['node_modules', 'build', 'build/stamps/native'])
    expect(statSync(join(copy, made)).uid, made).toBe(uid);

  // After the set-up it needs no network.
  const verify = await debian.asUser('cd terrarium && sudo npm run verify', { network: false });
  const evidenceIn = (directory: string): Evidence =>
    JSON.parse(debian.read(`${HOME}/terrarium/${directory}/evidence.json`));
  const evidence = evidenceIn('reports/out');
  const ids = (wanted: string) =>
    evidence.requirements.flatMap(({ id, verdict }) => (verdict === wanted ? [id] : []));
  await annotate(
    `${ids('proven').length} proven, not proven here: ${ids('not-proven-here').join(', ') || 'none'}`,
  );
  expect(verify.status, verify.output.slice(-20_000)).toBe(0);
  expect(ids('refuted')).toEqual([]);
  expect(ids('proven').length).toBeGreaterThan(80);

  const tests = await debian.asUser('cd terrarium && sudo npm test', { network: false });
  expect(tests.status, tests.output.slice(-20_000)).toBe(0);
  const { checks } = evidenceIn('reports/out/test');
  await annotate(`${checks.passed} unit tests passed, ${checks.skipped} skipped`);
  expect(checks.failed).toEqual([]);
  expect(checks.passed).toBeGreaterThan(1000);
});
