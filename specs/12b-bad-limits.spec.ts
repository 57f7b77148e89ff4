// Bad input, second part: limits, addresses, names and options that cannot be. A clear error each,
// and nothing left behind.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { addressesOf, SLOTS } from '../runtime/network/addresses.ts';
import { testRequirement } from './suite.ts';
import { claims, openCommandLine } from './support/refused.ts';
import type { Context } from './support/session.ts';
import { terrarium } from './support/subject.ts';

/** As typed: relative to the project. */
const ROOTFS = 'fixtures/rootfs/out/default';

/** The command that both the refusal and the control are typed from. */
function start(name: string, options: string, command = 'true'): string {
  return `terrarium shell ${ROOTFS} box --name ${name} ${options} -- ${command}`;
}

/** An address that hardly anybody else has: one /30 of 32768. */
function someAddress(): string {
  return addressesOf(randomInt(SLOTS)).container;
}

/** A container that stays, for others to be in the way of. */
async function occupy(context: Context, name: string, ...options: string[]): Promise<void> {
  context.onCleanup(() => terrarium(['delete', '--force', name]));
  const { stderr, exitCode } = await terrarium([
    'shell',
    ROOTFS,
    'first',
    '--name',
    name,
    '--detach',
    ...options,
    '--',
    'sleep',
    '60',
  ]);
  if (exitCode !== 0) throw new Error(`the container to be in the way of did not start: ${stderr}`);
}

testRequirement('BAD-11', async (context) => {
  const line = await openCommandLine(context);
  await context.say(
    'A limit of 64 KiB: the kernel charges page tables and stacks to the container too.',
  );
  await line.refuses(start(line.name, '--memory 64k'), {
    exitCode: 125,
    fact: '--memory "64k" is too little memory to start anything in',
    hint: /the least that works is 2 MiB/,
  });
  await context.say('The control: the least that the hint names does work.');
  await line.accepts('the least memory that the hint names', start(line.name, '--memory 2m'));
});

testRequirement('BAD-12', async (context) => {
  const line = await openCommandLine(context);
  await context.say('64mb? is no size, and nothing is guessed.');
  await line.refuses(start(line.name, "--memory '64mb?'"), {
    exitCode: 125,
    fact: '--memory "64mb?" is not a size',
    hint: /64m, 1\.5g, 67108864/,
  });
  await context.say('The control: 64mb is one.');
  await line.accepts('--memory 64mb', start(line.name, '--memory 64mb'));
});

testRequirement('BAD-13', async (context) => {
  const line = await openCommandLine(context);
  await context.say('A negative limit.');
  await line.refuses(start(line.name, '--memory -64m'), {
    exitCode: 125,
    fact: '--memory "-64m" is not a size',
    hint: /a number with b, k, m/,
  });
  await context.say('The control: the same without the sign.');
  await line.accepts('--memory 64m', start(line.name, '--memory 64m'));
});

testRequirement('BAD-14', async (context) => {
  const line = await openCommandLine(context);
  const kibibytes = Number(
    /^MemTotal:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1],
  );
  await context.say('One KiB more than the host has: a limit that could never bind.');
  await line.refuses(start(line.name, `--memory ${kibibytes + 1}k`), {
    exitCode: 125,
    fact: /is more memory than the host has/,
    hint: /the host has [\d.]+ [MGT]iB; leave the limit out for no limit/,
  });
  await context.say('The control: exactly as much as the host has.');
  await line.accepts('exactly the memory of the host', start(line.name, `--memory ${kibibytes}k`));
});

testRequirement('BAD-15', async (context) => {
  const line = await openCommandLine(context);
  await context.say('No processor time at all.');
  await line.refuses(start(line.name, '--cpus 0'), {
    exitCode: 125,
    fact: '--cpus "0" is too little to run at all',
    hint: /a number from 0\.01 to \d+, the host's processors/,
  });
  await context.say('The control: a tenth of a processor runs.');
  await line.accepts('--cpus 0.1', start(line.name, '--cpus 0.1'));
});

testRequirement('BAD-16', async (context) => {
  const line = await openCommandLine(context);
  const address = someAddress();
  await context.say(`A container has ${address}. Ask for the same address for another.`);
  await occupy(context, `${line.name}-first`, '--ip', address);
  await line.refuses(start(line.name, `--ip ${address}`), {
    exitCode: 125,
    fact: new RegExp(`address ${address.replaceAll('.', '\\.')} is in use`),
    hint: /terrarium list/,
  });
  await context.say('The first one keeps it, and answers as before.');
  expect(claims(`${line.name}-first`)).toHaveLength(1);
  const { stdout } = await terrarium([
    'exec',
    `${line.name}-first`,
    '--',
    'ip',
    'address',
    'show',
    'eth0',
  ]);
  expect(stdout).toContain(address);
  await context.say('The control: once the first has gone, the address is free.');
  await terrarium(['delete', '--force', `${line.name}-first`]);
  await line.accepts(
    'the same address when nobody has it any more',
    start(line.name, `--ip ${address}`),
  );
});

testRequirement('BAD-17', async (context) => {
  const line = await openCommandLine(context);
  const address = someAddress();
  await context.say("An address of somebody's home network.");
  await line.refuses(start(line.name, '--ip 192.168.1.2/30'), {
    exitCode: 125,
    fact: '--ip "192.168.1.2/30" is outside 198.18.0.0/15',
    hint: /such as 198\.18\.0\.2/,
  });
  await context.say('The control: an address inside the range.');
  const shown = await line.accepts(
    'an address inside the range',
    start(line.name, `--ip ${address}/30`, 'ip address show eth0'),
  );
  expect(shown).toContain(`${address}/30`);
});

testRequirement('BAD-18', async (context) => {
  const line = await openCommandLine(context);
  await context.say(
    'An address with a part missing, which some programs would read as another one.',
  );
  await line.refuses(start(line.name, '--ip 198.18.5'), {
    exitCode: 125,
    fact: '--ip "198.18.5" is no IPv4 address',
    hint: /dotted decimal/,
  });
  await context.say('The control: four numbers.');
  const address = someAddress();
  await line.accepts('an address of four numbers', start(line.name, `--ip ${address}`));
});

testRequirement('BAD-19', async (context) => {
  const line = await openCommandLine(context);
  const taken = `${line.name}-first`;
  await context.say(`A container called ${taken} runs. Ask for another of that name.`);
  await occupy(context, taken);
  const typed = await line.type(start(taken, ''));
  expect(typed).toEqual({
    exitCode: 125,
    output: `terrarium: container ${taken} exists already\n  hint: \`terrarium delete ${taken}\` removes it; or choose another --name`,
  });
  context.observe({ label: 'exit code', inside: typed.exitCode, decisive: true });
  await context.say('The container that has the name is left alone: it runs, and can be entered.');
  const hostname = await line.type(`terrarium exec ${taken} -- hostname`);
  expect(hostname).toEqual({ exitCode: 0, output: 'first' });
  context.observe({
    label: 'hostname in the first container, afterwards',
    inside: hostname.output,
    decisive: true,
  });
  await context.say('The control: another name is free.');
  await line.accepts('another name', start(line.name, ''));
  await line.leavesNothing();
});

testRequirement('BAD-20', async (context) => {
  const line = await openCommandLine(context);
  await context.say('A name that leads out of the state directory.');
  await line.refuses(start(`../${line.name}`, ''), {
    exitCode: 125,
    fact: `--name "../${line.name}" is no id for a container`,
    hint: /no two dots in a row/,
  });
  await context.say('The control: the same name without the way up.');
  await line.accepts('the same without ../', start(line.name, ''));
});

testRequirement('BAD-28', async (context) => {
  const line = await openCommandLine(context);
  await context.say('A command that the root file system does not have.');
  await line.refuses(start(line.name, '', 'no-such-command'), {
    exitCode: 127,
    fact: /execve no-such-command: ENOENT/,
    hint: /no-such-command|PATH/,
  });
  await context.say('The control: one that it has.');
  await line.accepts('a command that is there', start(line.name, '', 'true'));
});

testRequirement('BAD-29', async (context) => {
  const line = await openCommandLine(context);
  await context.say('Two letters swapped in an option.');
  await line.refuses(start(line.name, '--memroy 64m'), {
    exitCode: 125,
    fact: "unknown option '--memroy'",
    hint: /did you mean --memory\?/,
  });
  await context.say('The control: as the suggestion says.');
  await line.accepts('the option that was suggested', start(line.name, '--memory 64m'));
});
