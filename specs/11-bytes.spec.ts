// Names and words from before UTF-8, or from another system: Linux takes any byte but NUL, and so
// does a container.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { deleteIfThere } from './support/subject.ts';

testRequirement('BYTES-01', async (context) => {
  const terminal = await openTerminal(context);
  const name = `bytes-01-${randomBytes(3).toString('hex')}`;
  await context.say(
    'A root file system in a directory whose name is Latin-1: each é of it is one byte, e9.',
  );
  await terminal.type('d=$(mktemp -d); r=$d/r$(printf "\\351")sum$(printf "\\351")');
  context.onCleanup(() => terminal.type('rm -rf --one-file-system "$d"'));
  context.onCleanup(() => deleteIfThere(name));
  await terminal.type('mkdir "$d/v$(printf "\\350")"; cp -a default "$r"; ls -d "$r" | od -An -c');
  const start = `terrarium shell "$r" box --network none`;

  await context.say('Every byte but NUL as one argument: its digest inside and on the host.');
  await terminal.type(
    'all=$(i=1; while [ $i -lt 256 ]; do printf "\\\\$(printf %o $i)"; i=$((i+1)); done)',
  );
  const digest = (bytes: string) => `sh -c 'printf %s "$1" | md5sum' sh ${bytes}`;
  const sent = await terminal.type(digest('"$all"'));
  const received = await terminal.type(`${start} -- ${digest('"$all"')}`);
  expect(received).toMatch(/^[0-9a-f]{32} /);
  expect(received).toBe(sent);
  context.observe({ label: 'md5 of one argument', inside: received, host: sent, decisive: true });

  await context.say('A variable, one that is passed on, the working directory and a volume.');
  const bytes = 'printf "%s %s " "$X" "$Y"; pwd; ls /m*';
  const shown = await terminal.type(
    `Y=$(printf "\\377") ${start} -e X="$(printf "\\351\\303")" -e Y -w "/w$(printf "\\347")" ` +
      `-v "$d/v$(printf "\\350"):/m$(printf "\\350")" -- sh -c '${bytes}' | head -1 | od -An -tx1`,
  );
  expect(shown).toBe(' e9 c3 20 ff 20 2f 77 e7 0a');
  context.observe({ label: '$X, $Y and pwd', inside: shown, decisive: true });

  await context.say('A container in the background: what is executed in it gets its bytes, too.');
  await terminal.type(`${start} -d -n ${name} -- sleep 1001`);
  const executed = await terminal.type(
    `terrarium exec ${name} -- echo "$(printf "\\200\\377")" | od -An -tx1`,
  );
  expect(executed).toBe(' 80 ff 0a');
  context.observe({ label: 'an argument of exec', inside: executed, decisive: true });
  await context.say('People see an escape, programs that read JSON a lone surrogate.');
  expect(await terminal.type(`terrarium state ${name} | grep rootfs`)).toMatch(/r\\xe9sum\\xe9$/);
  expect(await terminal.type(`terrarium state ${name} --format json | grep rootfs`)).toContain(
    '/r\\udce9sum\\udce9"',
  );

  await context.say(
    'The control: the replacement character, which is what a program gets where bytes are taken for text.',
  );
  const replaced = await terminal.type(
    `${start} -- sh -c 'printf %s "$1" | od -An -tx1' sh "$(printf "\\357\\277\\275")"`,
  );
  const kept = await terminal.type(
    `${start} -- sh -c 'printf %s "$1" | od -An -tx1' sh "$(printf "\\351")"`,
  );
  expect(kept).toBe(' e9');
  context.control('the same question about U+FFFD', {
    outcome: replaced === kept ? 'same' : 'opposite',
    observed: replaced,
  });
});
