// The hostname: the shell shows the argument, and the host keeps its own.
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';
import { randomName } from './support/places.ts';

testRequirement('HOST-01', async ({ shell, control, host, say }) => {
  const own = host.hostname();
  const name = randomName('web');
  await say(`Open a container shell with the hostname ${name}, and run hostname.`);
  const box = await shell({ hostname: name });
  await say('The host reads it, too: it enters the UTS namespace of the shell by setns(2).');
  await expect(box).toHaveHostname(name);
  await say('The control: on the host the same command prints the host’s name.');
  await control(
    () => host.shell(),
    (free) => expect(free).toHaveHostname(own),
  );
  expect(await box.exit()).toBe(0);
});

testRequirement('HOST-02', async ({ shell, control, host, say, outside }) => {
  const own = host.hostname();
  await say('Open a container shell with a hostname other than the host’s.');
  const box = await shell({ hostname: 'web2' });
  await expect(box).toHaveHostname('web2');
  await say('While the container runs, the host keeps its own name.');
  expect(outside('hostname of the host', host.hostname())).toBe(own);
  await say('The control: a shell in the host’s UTS namespace has the host’s name.');
  await control(
    () => shell({ hostname: own, uts: 'host' }),
    (free) => expect(free).toHaveHostname(own),
  );
  expect(await box.exit()).toBe(0);
  expect(outside('hostname of the host afterwards', host.hostname())).toBe(own);
});

testRequirement('HOST-03', async ({ shell, control, host, say, outside }) => {
  const own = host.hostname();
  await say('Open a container shell that may rename its machine, and a second one.');
  const changer = await shell({ hostname: 'web3', capAdd: ['SYS_ADMIN'] });
  const other = await shell({ hostname: 'other' });
  await say('Change the name in the first. The second and the host keep theirs.');
  await changer.type('hostname renamed');
  await expect(changer).toHaveHostname('renamed');
  await expect(other).toHaveHostname('other');
  expect(outside('hostname of the host', host.hostname())).toBe(own);
  await say('The control: a shell in the first one’s UTS namespace has the new name.');
  await control(
    () => host.shellIn(changer, 'uts'),
    (sharing) => expect(sharing).toHaveHostname('renamed'),
  );
});
