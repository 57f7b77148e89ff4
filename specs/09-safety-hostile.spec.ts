// Root file systems with links that try to make the runtime write or mount on the host.
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { expect } from 'vitest';
import * as hostile from '../fixtures/rootfs/hostile.ts';
import { removeTree } from '../fixtures/rootfs/replace.ts';
import { mountsOf } from '../harness/observe/mounts.ts';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';

/**
 * Everything of a directory and its entries that a write, a new mount point, a chmod or a chown
 * would change.
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
  /** The option that makes the runtime use it. */
  readonly options: string;
}

/** The links to `victim`: paths refused at the start, and paths whose creation stays inside. */
async function traps(scratch: string, victim: string) {
  const etc = await hostile.etcSymlink(scratch, victim);
  const volume = join(scratch, 'volume');
  mkdirSync(volume);
  const refused: readonly (Trap & { readonly refusal: RegExp })[] = [
    {
      ...{ at: 'proc', root: await hostile.procSymlink(scratch, victim), options: '' },
      refusal: /mount proc on \/proc .*ELOOP/,
    },
    {
      ...{ at: 'sys', root: await hostile.sysSymlink(scratch, victim), options: '' },
      refusal: /mount sysfs on \/sys .*ELOOP/,
    },
    {
      ...{ at: 'dev', root: await hostile.devSymlink(scratch, victim), options: '' },
      refusal: /mount tmpfs on \/dev .*ELOOP/,
    },
  ];
  const kept: readonly Trap[] = [
    { at: 'etc', root: etc, options: `--volume ${volume}:/etc/made` },
    { at: 'data', root: etc, options: '--tmpfs /data/made' },
    { at: 'etc', root: etc, options: '--workdir /etc/made' },
  ];
  return { refused, kept };
}

testRequirement('SAFE-08', async (context) => {
  const { shell, control, say, outside, onCleanup } = context;
  const scratch = mkdtempSync(join(tmpdir(), 'safe-08-'));
  onCleanup(() => removeTree(scratch));
  const victim = join(scratch, 'victim');
  mkdirSync(victim);
  writeFileSync(join(victim, 'kept'), 'as it was\n');
  const before = snapshot(victim);
  const unchanged = (label: string) =>
    expect(outside(label, snapshot(victim) === before ? 'unchanged' : 'changed')).toBe('unchanged');
  const { refused, kept } = await traps(scratch, victim);
  const terminal = await openTerminal(context);
  await terminal.type(`cd ${scratch}`);
  const start = ({ root, options }: Trap) =>
    `terrarium shell ${basename(root.path)} hostile --network none ${options}`;

  await say('/proc, /sys and /dev are links to a directory of the host: the start is refused.');
  for (const trap of refused) {
    const label = `/${trap.at} → host`;
    await expect(terminal).toExitWith(start(trap), 125, { label, printing: trap.refusal });
    unchanged(label);
  }
  await say('A mount target or working directory is created at the link’s target inside.');
  for (const trap of kept) {
    const label = `/${trap.at} → host, ${trap.options.split(' ')[0]}`;
    const inside = join(trap.root.path, victim);
    rmSync(inside, { recursive: true, force: true });
    const where = `${start(trap)} -- sh -c 'cd /${trap.at}/made && pwd -P'`;
    await expect(terminal).toPrint(where, `${victim}/made`, label);
    expect(readdirSync(inside)).toContain('made');
    unchanged(label);
  }
  await say(
    'With a link at /dev/null or /dev/console it runs: both are made in a /dev of its own.',
  );
  const devices = [
    { at: 'dev/null', root: await hostile.devNullSymlink(scratch, join(victim, 'null')) },
    { at: 'dev/console', root: await hostile.devConsoleSymlink(scratch, join(victim, 'console')) },
  ];
  for (const { at, root } of devices) {
    const box = await shell({ rootfs: root.path, network: 'none' });
    const what = 'stat -c "%F %t:%T" /dev/null; stat -c %F /dev/console';
    const both = 'character special file 1:3\ncharacter special file';
    await expect(box).toPrint(what, both, `/${at} → host`);
    await box.type('echo overwritten >/dev/null; chmod 777 /dev/null');
    expect(await box.exit()).toBe(0);
    unchanged(`/${at} → host`);
  }
  const mounted = mountsOf('self').filter(({ point }) => point.startsWith(scratch));
  expect(outside('mounts on the host', mounted.length)).toBe(0);

  await say('The control: a shell on the host that follows these links writes there.');
  const paths = [
    ...[...refused, ...kept].map(({ at, root }) => join(root.path, at, 'made')),
    ...devices.map(({ at, root }) => join(root.path, at)),
  ];
  const written = async () => {
    let hits = 0;
    for (const path of paths) {
      const former = snapshot(victim);
      await terminal.type(`echo overwritten >${relative(scratch, path)}`);
      if (snapshot(victim) !== former) hits++;
    }
    return { host: hits };
  };
  await control(
    async () => terminal,
    (free) =>
      expect(free).toAnswer(
        `of ${paths.length} paths, those that lead there`,
        written,
        paths.length,
      ),
    'the same paths, written to on the host without a container',
  );
});
