// A process that cannot be looked at is not dead, and a world that cannot be read is not another:
// `gc` and `delete` would end what lives.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const RUNTIME = join(import.meta.dirname, '../..');

/** Each expression's value, or its error's code, in a process without a descriptor to spare. */
function withoutDescriptors(expressions: readonly string[]): unknown {
  const program = `
    import { openSync } from 'node:fs';
    import { alive, identityOf } from '${join(import.meta.dirname, 'process.ts')}';
    import { ownWorld, placeOf } from '${join(import.meta.dirname, 'world.ts')}';
    import { holderOfId } from '${join(RUNTIME, 'execute/journal/holders.ts')}';
    import { exitRecord } from '${join(RUNTIME, 'container/state/state.ts')}';
    import { LinesInRoot } from '${join(RUNTIME, 'rootfs/lines.ts')}';
    // Nothing has been looked at before.
    const own = { pid: process.pid, startTime: '1' };
    try { for (;;) openSync('/dev/null'); } catch {}
    const looks = [${expressions.map((expression) => `() => ${expression}`).join()}];
    const results = looks.map((look) => {
      try { return look(); } catch (error) { return error.code; }
    });
    process.stdout.write(JSON.stringify(results));`;
  const script = 'ulimit -n 256; exec "$0" --input-type=module-typescript --eval "$1"';
  const printed = execFileSync('sh', ['-c', script, process.execPath, program], {
    encoding: 'utf8',
  });
  return JSON.parse(printed);
}

it('what cannot be looked at for want of descriptors is no answer', () => {
  expect(
    withoutDescriptors(['alive(own)', 'identityOf(process.pid)', 'ownWorld().bootId']),
  ).toEqual(['EMFILE', 'EMFILE', 'EMFILE']);
});

it('nor are the users of a root file system', () => {
  expect(withoutDescriptors(["[...new LinesInRoot('/', '/etc/passwd')].length"])).toEqual([
    'EMFILE',
  ]);
});

it('nor are a journal that others have open, and how a container ended', () => {
  expect(withoutDescriptors(["holderOfId('web', () => false)", "exitRecord('web')"])).toEqual([
    'EMFILE',
    'EMFILE',
  ]);
});

it('what is not there is one, also then', () => {
  expect(withoutDescriptors(["placeOf('/no/such/place')"])).toEqual(['']);
});
