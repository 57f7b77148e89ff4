// Arguments and paths that are not UTF-8: Linux takes any byte but NUL, and so does a container.
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { randomName } from './support/places.ts';
import { deleteIfThere } from './support/subject.ts';

/** A command that prints the digest of its argument, and one that prints its bytes. */
const digest = (bytes: string) => `sh -c 'printf %s "$1" | md5sum' sh ${bytes}`;
const hex = (bytes: string) => `sh -c 'printf %s "$1" | od -An -tx1' sh "$(printf "${bytes}")"`;

testRequirement('BYTES-01', async (context) => {
  const { id, say, control, outside, onCleanup } = context;
  const terminal = await openTerminal(context);
  const name = randomName(id);
  await say('A root file system in a directory whose name is Latin-1: each é is one byte, e9.');
  await terminal.type('d=$(mktemp -d); r=$d/r$(printf "\\351")sum$(printf "\\351")');
  onCleanup(() => terminal.type('rm -rf --one-file-system "$d"'));
  onCleanup(() => deleteIfThere(name));
  await terminal.type('mkdir "$d/v$(printf "\\350")"; cp -a default "$r"; ls -d "$r" | od -An -c');
  const start = 'terrarium shell "$r" box --network none';

  await say('Every byte but NUL as one argument: its digest inside and on the host.');
  await terminal.type(
    'all=$(i=1; while [ $i -lt 256 ]; do printf "\\\\$(printf %o $i)"; i=$((i+1)); done)',
  );
  const sent = outside('md5 of one argument', await terminal.type(digest('"$all"')));
  expect(sent).toMatch(/^[0-9a-f]{32} /);
  await expect(terminal).toPrint(`${start} -- ${digest('"$all"')}`, sent, 'md5 of one argument');

  await say('A variable, an inherited one, the working directory and a volume.');
  const shown =
    `Y=$(printf "\\377") ${start} -e X="$(printf "\\351\\303")" -e Y -w "/w$(printf "\\347")" ` +
    `-v "$d/v$(printf "\\350"):/m$(printf "\\350")" -- ` +
    `sh -c 'printf "%s %s " "$X" "$Y"; pwd; echo /m?' | od -An -tx1`;
  const bytes = ' e9 c3 20 ff 20 2f 77 e7 0a 2f 6d e8 0a';
  await expect(terminal).toPrint(shown, bytes, '$X, $Y, pwd and the volume');

  await say('A background container: a program executed in it gets the bytes, too.');
  await terminal.type(`${start} -d -n ${name} -- sleep 1001`);
  const executed = `terrarium exec ${name} -- echo "$(printf "\\200\\377")" | od -An -tx1`;
  await expect(terminal).toPrint(executed, ' 80 ff 0a', 'an argument of exec');
  await say('Messages show an escape, JSON has a lone surrogate.');
  const state = `terrarium state ${name}`;
  await expect(terminal).toPrint(`${state} | grep rootfs`, /r\\xe9sum\\xe9$/, 'state');
  const json = `${state} --format json | grep rootfs`;
  await expect(terminal).toPrint(json, /\/r\\udce9sum\\udce9"/, 'state as JSON');

  await say('The control: U+FFFD, which a program gets if bytes are decoded as text.');
  await expect(terminal).toPrint(`${start} -- ${hex('\\351')}`, ' e9', 'an argument of one byte');
  await control(
    async () => terminal,
    (free) =>
      expect(free).toPrint(
        `${start} -- ${hex('\\357\\277\\275')}`,
        ' ef bf bd',
        'an argument of one byte',
      ),
    'the replacement character, sent as it is',
  );
});
