// No other runtime: no container runtime, and no other program of the host, is needed or invoked.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { RequirementContext } from '../harness/spec/context.ts';
import { OURS, testRequirement } from './suite.ts';
import { type Execution, executions, ownerOf, traced } from './support/executed.ts';
import { TERRARIUM } from './support/places.ts';
import { wrapped } from './support/subject.ts';
import { groupOf } from './support/units.ts';

const RUNTIMES = new RegExp(
  `^(${[
    'runc|crun|youki|docker.*|podman|containerd.*|ctr|nerdctl|buildah|lxc.*',
    'systemd-nspawn|systemd-run|machinectl|bwrap|firejail|nsjail',
    'unshare|nsenter|chroot|ip|mount|umount|cgexec',
  ].join('|')})$`,
);

function directoryFor({ onCleanup }: Pick<RequirementContext, 'onCleanup'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'own-'));
  onCleanup(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Each program, and its owner. */
function list(executed: readonly Execution[]): string {
  const project = join(TERRARIUM, '../../');
  return executed
    .map((each) => `${ownerOf(each)}: ${each.command.replaceAll(project, '')}\n`)
    .join('');
}

testRequirement('OWN-01', OURS, async (context) => {
  const { shell, control, host, say, inside, outside, artefact } = context;
  const directory = directoryFor(context);
  const [run, enter, free] = [`${directory}/run`, `${directory}/enter`, `${directory}/control`];
  await say('Run a container shell; a tracer records every program executed below it (ptrace).');
  const options = { memory: '64m', cpus: '0.5', pidsLimit: '64', tmpfs: ['/tmp'], init: true };
  const box = await shell(options, traced(run));
  await say('Use programs of its root file system, enter it by exec, and exit.');
  await box.type('/bin/ls /');
  // On a machine with systemd one more init holds the scope.
  const inScope = /\/terrarium\.[^/]+\.scope\//.test(groupOf(box.host.pid));
  await box.background('echo-server 7000 &', /listening on \S+\n/);
  await expect(box).toPrint('echo-client 127.0.0.1 7000 hello', /\necho hello$/);
  const exec = [TERRARIUM, 'exec', box.name, '--', '/bin/hostname'];
  const entered = await host.run('exec-trace', [enter, ...exec]);
  expect(inside('/bin/hostname by exec', entered.stdout)).toBe('box');
  expect(await box.exit('exit 7')).toBe(7);

  const executed = [...executions(run), ...executions(enter)];
  artefact({
    name: 'programs executed, and whose they are',
    mediaType: 'text/plain',
    text: list(executed),
  });
  const of = (owner: string) => executed.filter((execution) => ownerOf(execution) === owner);
  expect(outside('programs of others', list(of('foreign')) || 'none')).toBe('none');
  expect(executed.filter(({ program }) => RUNTIMES.test(basename(program)))).toEqual([]);
  for (const owner of ['launcher', 'runtime'])
    expect(outside(`times that the ${owner} was executed`, of(owner).length)).toBe(2);
  expect(outside('times that the init was executed', of('init').length)).toBe(inScope ? 3 : 2);
  const own = of('root filesystem').map(({ command }) => command);
  expect(inside('programs of the root file system', own.join(', '))).toBe(
    '/bin/sh, /bin/ls /, echo-server 7000, echo-client 127.0.0.1 7000 hello, /bin/hostname',
  );

  await say('The control: the tracer lists each program of a launcher that uses others.');
  await host.run('exec-trace', [free, 'unshare', '--mount', 'mount', '--version']);
  const others = executions(free).filter((execution) => ownerOf(execution) === 'foreign');
  control('a container made with unshare(1) and mount(8), under the same tracer', {
    outcome:
      others.map(({ program, where }) => `${basename(program)} ${where}`).join() ===
      'unshare own,mount other'
        ? 'opposite'
        : 'same',
    observed: others.map(({ program, where }) => `${program} in its ${where}`).join(', '),
  });
});

testRequirement('OWN-02', OURS, async (context) => {
  const { shell, control, host, say, outside } = context;
  const bare = ['/usr/bin/env', '-i', 'PATH=', 'TERM=xterm-256color'];
  await say('Open a container shell with an empty PATH, and nothing else in the environment.');
  const withoutPath = wrapped((commandLine) => [...bare, ...commandLine]);
  const box = await shell({ memory: '64m' }, withoutPath);
  const environment = readFileSync(`/proc/${box.pid}/environ`, 'utf8').split('\0');
  const path = environment.find((entry) => entry.startsWith('PATH=')) ?? 'none';
  expect(outside('PATH of the runtime', path)).toBe('PATH=');
  await say('It has its hostname, its link with an address, its limit and its own PATH.');
  await expect(box).toHaveHostname('box');
  expect(outside('its address', (await host.pair(box)).container.address)).toMatch(/^198\.1[89]\./);
  const limit = box.host.cgroup('memory.limit_in_bytes', 'memory.max') ?? 'none';
  expect(outside('its memory limit', limit)).toBe(String(64 * 1024 * 1024));
  await expect(box).toPrint('echo $PATH', /\/bin/);
  await expect(box).toPrint('sh -c "exit 3"; echo $?', '3');
  expect(await box.exit()).toBe(0);

  await say('The control: a program that other runtimes call is not found with this PATH.');
  await control(
    () => host.shell(),
    async (free) => [
      await expect(free).toExitWith('/usr/bin/env mount --version', 0),
      await expect(free).toExitWith('/usr/bin/env -i PATH= mount --version', 127),
    ],
  );
});
