import { describe, expect, it } from 'vitest';
import { chooseCgroups } from './directories.ts';
import { parseOomRecord } from './oom.ts';
import { watchOom } from './oom-watch.ts';

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
  expect(watchOom('a', chooseCgroups('a', layout, false), events, () => {})).toBeUndefined();
});
