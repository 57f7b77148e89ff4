// Bad input, second part: invalid limits, addresses, names and options. A clear error each, and
// nothing left behind.
import { randomInt } from 'node:crypto';
import { totalmem } from 'node:os';
import { expect } from 'vitest';
import { addressesOf, SLOTS } from '../runtime/network/addresses.ts';
import { type Context, testRequirement } from './suite.ts';
import { DEFAULT_ROOTFS, randomName } from './support/places.ts';
import { refuses } from './support/refused.ts';
import { terrarium } from './support/subject.ts';
import { keptOf } from './support/traces.ts';

/** An address that is rarely in use: one /30 of 32768. */
function someAddress(): string {
  return addressesOf(randomInt(SLOTS)).container;
}

/** A container that keeps running, to collide with. Returns its name. */
async function occupy({ id, onCleanup }: Context, ...options: string[]): Promise<string> {
  const name = randomName(`${id}-first`);
  onCleanup(() => terrarium(['delete', '--force', name]));
  const flags = ['--name', name, '--detach', ...options];
  const start = ['shell', DEFAULT_ROOTFS, 'first', ...flags, '--', 'sleep', '60'];
  const { stderr, exitCode } = await terrarium(start);
  if (exitCode !== 0) throw new Error(`the container to be in the way of did not start: ${stderr}`);
  return name;
}

testRequirement('BAD-11', (context) =>
  refuses(context, {
    say: 'A limit of 64 KiB: the kernel charges page tables and stacks to the container too.',
    start: '--memory 64k',
    fact: '--memory "64k" is too little memory to start anything in',
    hint: /the least that works is 2 MiB/,
    control: ['the least memory that the hint names', '--memory 2m'],
  }),
);

testRequirement('BAD-12', (context) =>
  refuses(context, {
    say: '64mb? is no size, and nothing is guessed.',
    start: "--memory '64mb?'",
    fact: '--memory "64mb?" is not a size',
    hint: /64m, 1\.5g, 67108864/,
    control: ['64mb is one', '--memory 64mb'],
  }),
);

testRequirement('BAD-13', (context) =>
  refuses(context, {
    say: 'A negative limit.',
    start: '--memory -64m',
    fact: '--memory "-64m" is not a size',
    hint: /a number with b, k, m/,
    control: ['the same without the sign', '--memory 64m'],
  }),
);

testRequirement('BAD-14', (context) => {
  const kibibytes = totalmem() / 1024;
  return refuses(context, {
    say: 'One KiB more than the host has: a limit that could never bind.',
    start: `--memory ${kibibytes + 1}k`,
    fact: /is more memory than the host has/,
    hint: /the host has [\d.]+ [MGT]iB; leave the limit out for no limit/,
    control: ['exactly as much as the host has', `--memory ${kibibytes}k`],
  });
});

testRequirement('BAD-15', (context) =>
  refuses(context, {
    say: 'No processor time at all.',
    start: '--cpus 0',
    fact: '--cpus "0" is too little to run at all',
    hint: /a number from 0\.01 to \d+, the host's processors/,
    control: ['a tenth of a processor runs', '--cpus 0.1'],
  }),
);

testRequirement('BAD-16', async (context) => {
  const address = someAddress();
  const first = await occupy(context, '--ip', address);
  await refuses(context, {
    say: `A container has ${address}. Ask for the same address for another.`,
    start: `--ip ${address}`,
    fact: `address ${address} is in use`,
    hint: /terrarium list/,
    async beforeControl(line) {
      await context.say('The first one keeps it, and still answers.');
      expect(context.outside('claims of the first', keptOf(first).address?.length ?? 0)).toBe(1);
      await expect(line).toPrint(
        `terrarium exec ${first} -- ip -o address show eth0`,
        (printed) => printed.includes(` ${address}`),
        'address of the first',
      );
      await terrarium(['delete', '--force', first]);
    },
    control: ['the same address once the first has gone', `--ip ${address}`],
  });
});

testRequirement('BAD-17', (context) => {
  const address = `${someAddress()}/30`;
  return refuses(context, {
    say: 'An address of a home network.',
    start: '--ip 192.168.1.2/30',
    fact: '--ip "192.168.1.2/30" is outside 198.18.0.0/15',
    hint: /such as 198\.18\.0\.2/,
    control: [
      'an address inside the range',
      { options: `--ip ${address}`, command: 'ip address show eth0' },
      (printed) => printed.includes(` ${address}`),
    ],
  });
});

testRequirement('BAD-18', (context) =>
  refuses(context, {
    say: 'An address with a part missing, which some programs would read as another one.',
    start: '--ip 198.18.5',
    fact: '--ip "198.18.5" is no IPv4 address',
    hint: /dotted decimal/,
    control: ['an address of four numbers', `--ip ${someAddress()}`],
  }),
);

testRequirement('BAD-19', async (context) => {
  const taken = await occupy(context);
  await refuses(context, {
    say: `A container called ${taken} runs. Ask for another of that name.`,
    start: { name: taken },
    fact: `container ${taken} exists already`,
    hint: `\`terrarium delete ${taken}\` removes it; or choose another --name`,
    async beforeControl(line) {
      await context.say('The container with that name keeps running, and can be entered.');
      const hostname = 'hostname in the first container, afterwards';
      await expect(line).toPrint(`terrarium exec ${taken} -- hostname`, 'first', hostname);
    },
    control: ['another name', {}],
  });
});

testRequirement('BAD-20', (context) =>
  refuses(context, {
    say: 'A name that leads out of the state directory.',
    start: { name: (own) => `../${own}` },
    fact: /--name "\.\.\/bad-20-\w+" is no id for a container/,
    hint: /no two dots in a row/,
    control: ['the same without ../', {}],
  }),
);

testRequirement('BAD-28', (context) =>
  refuses(context, {
    say: 'A command that the root file system does not have.',
    start: { command: 'no-such-command' },
    exitCode: 127,
    fact: /execve no-such-command: ENOENT/,
    hint: /no-such-command|PATH/,
    control: ['a command that is there', {}],
  }),
);

testRequirement('BAD-29', (context) =>
  refuses(context, {
    say: 'Two letters swapped in an option.',
    start: '--memroy 64m',
    fact: "unknown option '--memroy'",
    hint: /did you mean --memory\?/,
    control: ['the option that was suggested', '--memory 64m'],
  }),
);
