// The hostname: what was passed as an argument is what the shell shows, and nobody outside notices.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';

testRequirement('HOST-01', async ({ shell, control, host, say, inside }) => {
  const own = host.hostname();
  const name = `web-${randomBytes(3).toString('hex')}`;
  await say(`Open a container shell with the hostname ${name}.`);
  const box = await shell({ hostname: name });
  await say('Ask by hostname(1), and the kernel by another way: /proc/sys/kernel/hostname.');
  await expect(box).toHaveHostname(name);
  expect(
    inside('PIDs of the shell, from the outermost namespace on', box.host.status('NSpid')),
  ).toMatch(/^\d+\s+1$/);
  await say('The control: the same commands on the host print the name that it had before.');
  await control(
    () => host.shell(),
    (free) => expect(free).toHaveHostname(own),
  );
  expect(await box.exit()).toBe(0);
});

testRequirement('HOST-02', async ({ shell, control, host, say }) => {
  const own = host.hostname();
  await say('Open a container shell with another name than the host has.');
  const outside = await host.shell('the host', 'subject');
  const box = await shell({ hostname: 'web2' });
  await expect(box).toHaveHostname('web2');
  await say('While the container lives, the host still has its own name.');
  expect(await outside.type('hostname')).toBe(own);
  await say(
    'The control: a container in the host’s UTS namespace has no other name than the host.',
  );
  await control(
    () => shell({ hostname: own, uts: 'host' }),
    (free) => expect(free).toHaveHostname(own),
  );
  expect(await box.exit()).toBe(0);
  expect(await outside.type('hostname')).toBe(own);
});

testRequirement('HOST-03', async ({ shell, control, host, say, outside }) => {
  const own = host.hostname();
  await say('Open a container shell that may rename its machine, and one that may not.');
  const changer = await shell({ hostname: 'web3', capAdd: ['SYS_ADMIN'] });
  const other = await shell({ hostname: 'other' });
  await expect(other).toPrint('hostname renamed', /Operation not permitted$/);
  await say(
    'Change the name there. The control: a shell in the first’s UTS namespace has it, too.',
  );
  await control(
    async () => {
      await changer.type('hostname renamed');
      const inside = await host.shell();
      await inside.type(`exec nsenter --uts=/proc/${changer.host.pid}/ns/uts sh`);
      return inside;
    },
    (sharing) => expect(sharing).toHaveHostname('renamed'),
    'a shell in the same UTS namespace',
  );
  await say('The second and the host have their own.');
  await expect(changer).toHaveHostname('renamed');
  await expect(other).toHaveHostname('other');
  expect(outside('hostname of the host', host.hostname())).toBe(own);
});
