// Root file systems made by somebody who wants the runtime to write or mount where their links
// point: on the host.
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import * as hostile from '../fixtures/rootfs/hostile.ts';
import { removeTree } from '../fixtures/rootfs/replace.ts';
import { mountsOf } from '../harness/observe/mounts.ts';
import { testRequirement } from './suite.ts';
import { TERRARIUM } from './support/places.ts';
import { openHostShell, openShell } from './support/session.ts';

/**
 * Everything that a write, a mount point made, a chmod or chown would change, of a directory and
 * what is in it.
 */
function snapshot(directory: string): string {
  return ['.', ...readdirSync(directory).sort()]
    .map((name) => {
      const { mode, uid, gid, size, mtimeMs, ctimeMs } = lstatSync(join(directory, name));
      return [name, mode.toString(8), uid, gid, size, mtimeMs, ctimeMs].join(' ');
    })
    .join('\n');
}

interface Trap {
  /** The path in the root file system that is a link to `to`. */
  readonly at: string;
  readonly root: hostile.HostileRootfs;
  /** What makes the runtime step on it. */
  readonly options: string;
  /** The step that refuses; without one, what is made stays inside. */
  readonly refusal?: RegExp;
}

async function traps(scratch: string, victim: string): Promise<Trap[]> {
  const etc = await hostile.etcSymlink(scratch, victim);
  const volume = join(scratch, 'volume');
  mkdirSync(volume);
  return [
    {
      at: 'proc',
      root: await hostile.procSymlink(scratch, victim),
      options: '',
      refusal: /mount proc on \/proc .*ELOOP/,
    },
    {
      at: 'sys',
      root: await hostile.sysSymlink(scratch, victim),
      options: '',
      refusal: /mount sysfs on \/sys .*ELOOP/,
    },
    {
      at: 'dev',
      root: await hostile.devSymlink(scratch, victim),
      options: '',
      refusal: /mount tmpfs on \/dev .*ELOOP/,
    },
    {
      at: 'etc',
      root: etc,
      options: `--volume ${volume}:/etc/made`,
    },
    { at: 'data', root: etc, options: '--tmpfs /data/made' },
    { at: 'etc', root: etc, options: '--workdir /etc/made' },
  ];
}

testRequirement('SAFE-08', async (context) => {
  const scratch = mkdtempSync(join(tmpdir(), 'safe-08-'));
  context.onCleanup(() => removeTree(scratch));
  const victim = join(scratch, 'victim');
  mkdirSync(victim);
  writeFileSync(join(victim, 'kept'), 'as it was\n');
  const before = snapshot(victim);
  const set = await traps(scratch, victim);
  const host = await openHostShell(context, 'a host shell', 'subject');
  await host.type(`cd ${scratch}; PATH=${dirname(TERRARIUM)}:$PATH`);

  await context.say(
    'Root file systems whose /proc, /sys, /dev, /etc and /data are links to a directory of the host. What is set up there is refused.',
  );
  for (const { at, root, options, refusal } of set) {
    if (refusal === undefined) continue;
    const answer = await host.type(
      `terrarium shell ${basename(root.path)} hostile --network none ${options}`.trimEnd(),
    );
    expect(answer).toMatch(refusal);
    expect(await host.type('echo $?')).toBe('125');
    expect(snapshot(victim)).toBe(before);
    context.observe({
      label: `/${at} → host ${options.split(' ')[0]}`,
      inside: refusal.exec(answer)?.[0],
      host: 'unchanged',
      decisive: true,
    });
  }

  await context.say(
    'A mount or a directory to start in is made where the link leads inside: below the root file system, which had no such directory.',
  );
  for (const { at, root, options, refusal } of set) {
    if (refusal !== undefined) continue;
    const inside = join(root.path, victim);
    rmSync(inside, { recursive: true, force: true });
    const start = `terrarium shell ${basename(root.path)} hostile --network none ${options}`;
    expect(await host.type(`${start} -- sh -c 'cd /${at}/made && pwd -P'`)).toBe(`${victim}/made`);
    expect(readdirSync(inside)).toContain('made');
    expect(snapshot(victim)).toBe(before);
    context.observe({
      label: `/${at} → host ${options.split(' ')[0]}`,
      inside: 'made below the root file system',
      host: 'unchanged',
      decisive: true,
    });
  }

  await context.say(
    'With /dev/null or /dev/console as the link, the container runs: both are made anew in a /dev of its own.',
  );
  const devices = [
    await hostile.devNullSymlink(scratch, join(victim, 'null')),
    await hostile.devConsoleSymlink(scratch, join(victim, 'console')),
  ];
  for (const root of devices) {
    const { shell } = await openShell(context, { rootfs: root.path, network: 'none' });
    expect(await shell.type('stat -c "%F %t:%T" /dev/null')).toBe('character special file 1:3');
    expect(await shell.type('stat -c "%F" /dev/console')).toBe('character special file');
    await shell.type('echo overwritten >/dev/null; chmod 777 /dev/null');
    expect(await shell.exit()).toBe(0);
    expect(snapshot(victim)).toBe(before);
  }
  expect(mountsOf('self').filter(({ point }) => point.startsWith(scratch))).toEqual([]);
  context.observe({
    label: '/dev/null and /dev/console → host',
    inside: 'character devices',
    host: 'unchanged',
    decisive: true,
  });

  await context.say(
    'The control: whoever follows these links on the host writes into its directory.',
  );
  const paths = [
    ...set.map(({ at, root }) => join(root.path, at, 'made')),
    ...devices.flatMap(({ path }, i) => join(path, 'dev', i === 0 ? 'null' : 'console')),
  ];
  const hits: string[] = [];
  for (const path of paths) {
    const former = snapshot(victim);
    await host.type(`echo overwritten >${path.slice(scratch.length + 1)}`);
    if (snapshot(victim) !== former) hits.push(path.slice(scratch.length + 1));
  }
  context.control('the same paths, written to on the host without a container', {
    outcome: hits.length === paths.length ? 'opposite' : 'same',
    observed: `${readdirSync(victim).join(', ')} in the host’s directory, by ${hits.join(', ')}`,
  });
});
