// What completion answers, by words; shells.test.ts has real shells ask for it.
import { describe, expect, test } from 'vitest';
import { buildProgram, COMMANDS } from '../program.ts';
import { completions, placeholderOf } from './complete.ts';
import { VALUES } from './values.ts';

const env = { HOME: '/root', HOSTTYPE: 'x86_64' };
const silent = { isTTY: false, write: () => true };
const io = {
  ...{ stdin: {}, stdout: silent, stderr: silent, env, cwd: '/' },
  finish: () => {},
};
const program = await buildProgram(io, '1', Object.keys(COMMANDS));

async function answer(...words: string[]) {
  const lines = (await completions(program, words, env)).trimEnd().split('\n');
  const [paths, prefix = ''] = (lines.pop() ?? '').split('\t');
  return { values: lines.map((line) => line.split('\t')[0] ?? ''), paths, prefix };
}

const values = async (...words: string[]) => (await answer(...words)).values;

describe('what may follow', () => {
  test('commands, each with its summary', async () => {
    expect(await values('')).toEqual([...Object.keys(COMMANDS), 'help']);
    expect(await values('st')).toEqual(['state', 'stats']);
    expect(await completions(program, ['upd'], env)).toContain(
      `update\t${COMMANDS.update?.summary}\n`,
    );
    expect(await values('help', 'ex')).toEqual(['explain', 'exec']);
    expect(await values('help', 'exec', '')).toEqual([]);
  });

  test('the options of that command, but those given already', async () => {
    expect(await values('--')).toEqual(['--version', '--help']);
    expect(await values('exec', '--')).toContain('--workdir');
    expect(await values('exec', '--')).not.toContain('--memory');
    expect(await values('shell', '-m', '64m', '--memory-s')).toEqual(['--memory-swap']);
    expect(await values('shell', '--memory=64m', '--memory-s')).toEqual(['--memory-swap']);
    expect(await values('shell', '-e', 'A=1', '--en')).toEqual(['--env']);
  });

  test('an option’s values, as its next word or behind =', async () => {
    expect(await values('list', '--format', '')).toEqual(['table', 'json']);
    expect(await values('explain', '--format=')).toEqual(
      ['table', 'json', 'sh'].map((format) => `--format=${format}`),
    );
    expect(await values('shell', '--network', '')).toEqual(['veth', 'none', 'host', 'ns:']);
    expect(await values('shell', '--pid', '')).toEqual(['host', 'ns:']);
    expect(await values('shell', '--mount-ns', '')).toEqual(['ns:']);
    expect(await values('shell', '--cap-add', 'SYS_P')).toEqual(['SYS_PTRACE', 'SYS_PACCT']);
    expect(await values('shell', '-e', 'HO')).toEqual(['HOME', 'HOSTTYPE']);
    expect(await values('shell', '--nonsense=', '')).toEqual([]);
  });

  test('paths where there is one to give', async () => {
    expect(await answer('shell', '')).toEqual({ values: [], paths: ':directories', prefix: '' });
    expect(await answer('shell', '-v', '/sr')).toMatchObject({ paths: ':files', prefix: '' });
    expect(await answer('shell', '-v', '/srv:/d')).toMatchObject({ paths: ':nothing' });
    expect(await answer('shell', '--network=ns:/run')).toEqual({
      ...{ values: [], paths: ':files', prefix: '--network=ns:' },
    });
    expect(await answer('shell', '--mount', 'type=bind,src=/s')).toMatchObject({
      ...{ paths: ':files', prefix: 'type=bind,src=' },
    });
    // Inside of the container: not a path of ours.
    expect(await answer('shell', '--workdir', '/')).toMatchObject({ paths: ':nothing' });
  });

  test('a signal’s name, as it was begun', async () => {
    expect(await values('kill', 'web', 'TER')).toEqual(['TERM']);
    expect(await values('kill', 'web', 'SIGTER')).toEqual(['SIGTERM']);
  });

  test('the command to run comes after --, and is not ours to know', async () => {
    expect(await values('shell', '/srv', 'box', '')).toEqual(['--']);
    expect(await answer('exec', 'web', '--', '')).toEqual({
      ...{ values: [], paths: ':nothing', prefix: '' },
    });
    expect(await values('exec', 'web', '--', '--')).toEqual([]);
  });

  test('nothing for what there is not', async () => {
    expect(await values('nonsense', '')).toEqual([]);
    expect(await values('constructor', '')).toEqual([]);
    expect(await values('doctor', '')).toEqual([]);
    expect(await values('state', 'web', '')).toEqual([]);
    expect(await values()).toEqual([...Object.keys(COMMANDS), 'help']);
  });
});

test('what can be completed stands somewhere as a placeholder', () => {
  const used = program.commands.flatMap(({ options, registeredArguments }) => [
    ...options.map(placeholderOf),
    ...registeredArguments.map((argument) => argument.name()),
  ]);
  expect(used.length).toBeGreaterThan(20);
  expect(Object.keys(VALUES).filter((name) => !used.includes(name))).toEqual([]);
});
