// What a caller that is not typed may pass: each mistake is a ConfigError with its path and value,
// by rejection where a promise is due.
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { readHostFacts } from '../../host/read.ts';
import {
  createContainer,
  createPool,
  type ExecOptions,
  openContainer,
  type PoolOptions,
  type PoolRunOptions,
  run,
} from '../container.ts';
import { example, gone } from '../example-container.ts';
import { signalOf } from './check.ts';

const host = readHostFacts();

/** A value of a program without types. */
function untyped<T>(value: unknown): T {
  const parsed: { value: T } = Object.assign(Object.create(null), { value });
  return parsed.value;
}

/** The paths and values of what was wrong; a rejection, or `thrown` where it came at once. */
async function wrong(call: () => unknown): Promise<readonly unknown[]> {
  let promise: unknown;
  try {
    promise = call();
  } catch (error) {
    return ['thrown', ...problems(error)];
  }
  try {
    await promise;
  } catch (error) {
    return problems(error);
  }
  return ['nothing'];
}

function problems(error: unknown): unknown[] {
  if (!(error instanceof ConfigError)) return [String(error)];
  return error.problems.map(({ path, value }) => [path, value]);
}

test.each([
  ['KILL', 9],
  ['SIGKILL', 9],
  ['term', 15],
  ['SIGRTMIN+3', 37],
  [10, 10],
  [0, 0],
])('the signal %j is %i', (signal, number) => {
  expect(signalOf(signal)).toBe(number);
});

test.each([['KILL2'], [''], [-1], [65], [1.5], [Number.NaN], [null], [{}], ['constructor']])(
  '%j is no signal',
  (signal) => {
    expect(() => signalOf(signal)).toThrow(ConfigError);
  },
);

describe.skipIf(host.euid !== 0)('options that are none (needs root)', () => {
  const closed = openSync('/dev/null', 'r');
  closeSync(closed);

  it.each([
    ['pipes', [['stdio', 'pipes']]],
    [null, [['stdio', null]]],
    [[0, 1], [['stdio', '[ 0, 1 ]']]],
    [['pipes', 1, 2], [['stdio[0]', 'pipes']]],
    [
      [0, -1, 2.5],
      [
        ['stdio[1]', -1],
        ['stdio[2]', 2.5],
      ],
    ],
    [[0, 1, 9999], [['stdio[2]', 9999]]],
  ])('stdio %j is named by run, createContainer and createPool', async (stdio, expected) => {
    const { stdio: _, command, id: __, ...options } = example('true');
    const given = { ...options, stdio: untyped<'ignore'>(stdio) };
    expect(await wrong(() => run({ ...given, command }))).toEqual(expected);
    expect(await wrong(() => createContainer({ ...given, command }))).toEqual(expected);
    expect(await wrong(() => createPool({ ...given, size: 1 }))).toEqual(expected);
  });

  it('a closed descriptor is named, beside what else is wrong', async () => {
    const options = { ...example('true'), memory: 'much', stdio: [0, 1, closed] as const };
    expect(await wrong(() => run(options))).toEqual([
      ['memory', 'much'],
      ['stdio[2]', closed],
    ]);
  });

  it.each([
    [{ windowSize: { columns: 'a', rows: 70_000 } }, ['windowSize.columns', 'windowSize.rows']],
    [{ windowSize: 5 }, ['windowSize']],
    [{ start: 'no' }, ['start']],
    [{ signal: 'no' }, ['signal']],
  ])('%j is named', async (more, paths) => {
    const options = untyped<ReturnType<typeof example>>({ ...example('true'), ...more });
    const found = await wrong(() => createContainer(options));
    expect(found.flat().filter((item) => paths.includes(String(item)))).toEqual(paths);
  });

  it('what is no object, and what belongs to another call, is refused', async () => {
    for (const given of [undefined, null, 5, 'x']) {
      const options = untyped<ReturnType<typeof example>>(given);
      const expected = [['options', given]];
      expect(await wrong(() => run(options))).toEqual(expected);
      expect(await wrong(() => createContainer(options))).toEqual(expected);
      expect(await wrong(() => createPool({ ...options, size: 0 }))).toEqual([['size', 0]]);
      expect(await wrong(() => createPool(untyped<PoolOptions>(given)))).toEqual(expected);
    }
    const waiting = untyped<ReturnType<typeof example>>({ ...example('true'), start: false });
    expect(await wrong(() => run(waiting))).toEqual([['start', false]]);
    for (const id of [undefined, 5])
      await expect(openContainer(untyped(id))).rejects.toThrow(`there is no container ${id}`);
  });

  it('a container names what is wrong with kill, exec, update and resize', async () => {
    const options = example('sleep', '60');
    await using container = await createContainer({ ...options, terminal: true });
    const exec = (given: unknown) => wrong(() => container.exec(untyped<ExecOptions>(given)));
    expect(await exec(undefined)).toEqual([['options', undefined]]);
    expect(await exec({})).toEqual([['command', undefined]]);
    expect(await exec({ command: 'ls' })).toEqual([['command', 'ls']]);
    expect(await exec({ command: ['ls'], env: 5 })).toEqual([['env', 5]]);
    expect(await exec({ command: ['ls'], user: 5 })).toEqual([['user', 5]]);
    expect(await exec({ command: ['ls'], comand: 1 })).toEqual([['comand', 1]]);
    expect(await exec({ command: ['ls'], stdio: 'pipes', signal: 5 })).toEqual([
      ['stdio', 'pipes'],
      ['signal', 5],
    ]);
    expect(await wrong(() => container.update(untyped({ memory: '64m' })))).toEqual([
      'thrown',
      ['memory', '64m'],
    ]);
    expect(await wrong(() => container.update(untyped({ pidsLimit: '5' })))).toEqual([
      'thrown',
      ['pidsLimit', '5'],
    ]);
    expect(await wrong(() => container.terminal?.resize(-1, 24))).toEqual([
      'thrown',
      ['columns', -1],
    ]);
    expect(await wrong(() => container.kill('KILT'))).toEqual(['thrown', ['signal', 'KILT']]);
    const executed = await container.exec({ command: ['sleep', '61'], stdio: 'ignore' });
    expect(await wrong(() => executed.kill('KILT'))).toEqual(['thrown', ['signal', 'KILT']]);
    executed.kill('TERM');
    expect(await executed.wait()).toEqual({ exitCode: undefined, signal: 'SIGTERM' });
    container.kill('KILL');
    expect(await container.wait()).toEqual({ exitCode: undefined, signal: 'SIGKILL' });
    // It rejects, although that it has ended is known at once.
    const late = container.exec({ command: ['true'] });
    await expect(late).rejects.toThrow('is not running');
    await container.delete();
    await gone(options.id);
  });

  it('a pool names what is wrong with a command', async () => {
    const { command: _, id: __, ...options } = example('true');
    await using pool = await createPool({ ...options, size: 1 });
    const inPool = (given: unknown) => wrong(() => pool.run(untyped<PoolRunOptions>(given)));
    expect(await inPool(undefined)).toEqual([['options', undefined]]);
    expect(await inPool({})).toEqual([['command', undefined]]);
    expect(await inPool({ command: 'ls' })).toEqual([['command', 'ls']]);
    expect(await inPool({ command: ['ls'], signal: 5 })).toEqual([['signal', 5]]);
    expect(await inPool({ command: ['ls'], memory: '64m' })).toEqual([['memory', '64m']]);
    expect(await pool.run({ command: ['true'] })).toMatchObject({ exitCode: 0 });
  });
});
