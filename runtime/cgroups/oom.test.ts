import { fstatSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ContainerCgroups, chooseCgroups } from './directories.ts';
import { parseOomRecord } from './oom.ts';
import { type OomReport, watchOom } from './oom-watch.ts';

const record = (fields: string, head = '6,1234,5678901,-') =>
  `${head};oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,${fields}\n`;
const USUAL =
  'oom_memcg=/terrarium-x,task_memcg=/terrarium-x/below,task=memory-hog,pid=123,uid=65534';

describe('parseOomRecord', () => {
  it('names the victim, the limit it hit, and when', () => {
    expect(parseOomRecord(record(USUAL))).toEqual({
      process: 'memory-hog',
      pid: 123,
      uid: 65534,
      cgroup: '/terrarium-x',
      taskCgroup: '/terrarium-x/below',
      atUs: 5678901,
    });
  });

  it('reads past a dictionary and a caller field', () => {
    expect(
      parseOomRecord(`${record(USUAL, '6,1,2,-,caller=T123')} SUBSYSTEM=memory\n`),
    ).toMatchObject({ pid: 123, atUs: 2 });
  });

  it('takes a name that imitates the line for what it is', () => {
    const fields = 'oom_memcg=/terrarium-x,task_memcg=/terrarium-x,task=a,pid=1,uid=0,pid=77,uid=5';
    expect(parseOomRecord(record(fields))).toMatchObject({
      process: 'a,pid=1,uid=0',
      pid: 77,
      uid: 5,
    });
    expect(
      parseOomRecord(record('oom_memcg=/t,task_memcg=/t,task=x,task=y,pid=77,uid=5')),
    ).toMatchObject({
      process: 'x,task=y',
      taskCgroup: '/t',
    });
  });

  it('decodes what the log escapes', () => {
    expect(
      parseOomRecord(record('oom_memcg=/t,task_memcg=/t,task=a\\x5cb\\x0ac,pid=7,uid=0')),
    ).toMatchObject({ process: 'a\\b\nc' });
  });

  it.each([
    ['another line', '6,1,2,-;Memory cgroup out of memory: Killed process 123 (hog)'],
    ['a kill of the whole machine', record(USUAL).replace('CONSTRAINT_MEMCG', 'CONSTRAINT_NONE')],
    ['what a program wrote into the log itself', record(USUAL, '12,1234,5678901,-')],
    ['a line that was cut', record('oom_memcg=/t,task_memcg=/t,task=hog,pid=7')],
    ['nothing', ''],
  ])('leaves out %s', (_, text) => {
    expect(parseOomRecord(text)).toBeUndefined();
  });
});

it('watches nothing where a v2 tree has no memory controller (cgroup_disable=memory)', () => {
  const layout = {
    mode: 'v2',
    root: '/r',
    controllers: ['cpu', 'pids'],
    enabled: ['cpu', 'pids'],
    swapAccounting: false,
  } as const;
  const events = { eventfd: () => -1, readable: async () => {} };
  expect(watchOom('a', chooseCgroups('a', layout, []), events, () => {})).toBeUndefined();
});

describe('where the kernel gives no events (no descriptors; v1 with PREEMPT_RT)', () => {
  /** A group's file as the kernel writes it, in a directory that is none of its own. */
  function group(mode: 'v1' | 'v2') {
    const directory = mkdtempSync(join(tmpdir(), 'terrarium-oom-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, mode === 'v2' ? 'memory.events' : 'memory.oom_control');
    const kills = (count: number) => writeFileSync(file, `low 0\noom_kill ${count}\n`);
    kills(0);
    const cgroups: ContainerCgroups = {
      mode,
      cpuset: false,
      directories: [{ controllers: ['memory'], path: directory, root: directory }],
    };
    return { cgroups, directory, kills };
  }

  const refused = () => {
    throw Object.assign(new Error('EMFILE'), { errno: 24, syscall: 'eventfd' });
  };

  it('no descriptor for an eventfd: what happened is reported at the end', async () => {
    const { cgroups, kills } = group('v1');
    const reports: OomReport[] = [];
    const events = { eventfd: refused, readable: async () => {} };
    const watch = watchOom('nobody', cgroups, events, (report) => reports.push(report));
    kills(2);
    await watch?.stop();
    expect(reports).toMatchObject([{ kills: 2, victims: [] }]);
  });

  it('no file takes the eventfd: the same, and it is closed', async () => {
    const { cgroups, directory, kills } = group('v1');
    mkdirSync(join(directory, 'cgroup.event_control'));
    const fd = openSync('/dev/null', 'r+');
    const reports: OomReport[] = [];
    const events = { eventfd: () => fd, readable: () => Promise.reject(new Error('not asked')) };
    const watch = watchOom('nobody', cgroups, events, (report) => reports.push(report));
    expect(() => fstatSync(fd)).toThrow('EBADF');
    kills(3);
    await watch?.stop();
    expect(reports).toMatchObject([{ kills: 3 }]);
  });

  it('listening fails later: the same', async () => {
    const { cgroups, directory, kills } = group('v1');
    writeFileSync(join(directory, 'cgroup.event_control'), '');
    const reports: OomReport[] = [];
    const events = { eventfd: () => openSync('/dev/null', 'r+'), readable: async () => refused() };
    const watch = watchOom('nobody', cgroups, events, (report) => reports.push(report));
    kills(1);
    await watch?.stop();
    expect(reports).toMatchObject([{ kills: 1 }]);
  });
});
