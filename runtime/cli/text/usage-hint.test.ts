// Docker's words and slips of the finger, as typed: each hint helps, and none repeats what was
// refused.
import { describe, expect, test } from 'vitest';
import type { Io } from '../process/io.ts';
import { buildProgram, COMMANDS, run } from '../program.ts';
import { OPTION_WORDS } from './docker-words.ts';

function io(write: (text: string) => unknown, finish: (status: number) => unknown): Io {
  const output = { isTTY: false, write };
  const [env, cwd] = [{ NO_COLOR: '1' }, '/'];
  return { stdin: {}, stdout: output, stderr: output, env, cwd, finish };
}

async function typed(line: string) {
  let text = '';
  let status: number | undefined;
  await run(
    line.split(' '),
    io(
      (more) => (text += more),
      (code) => (status = code),
    ),
  );
  const [fact, hint, ...rest] = text.split('\n');
  expect(rest, text).toEqual(['']);
  return { fact, hint: hint?.replace(/^ {2}hint: /, ''), status };
}

test.each([
  ['shell R box --net host', '--network'],
  ['shell R box --net=host', '--network'],
  ['shell R box --ulimit nofile=5', 'ulimit -n'],
  ['shell R box -p 80:80', 'address of its own'],
  ['shell R box --hostname x', 'second argument'],
  ['shell R box --entrypoint sh', '`--`'],
  ['shell R box --privileged', '--cap-add ALL'],
  ['shell R box --shm-size 64m', '--tmpfs /dev/shm:size=64m'],
  ['shell R box --read-only=true', '--read-only takes no value'],
  ['shell R box --rm -d -- true', 'terrarium delete'],
  ['shell R box -v nosuch:/data -- true', 'no named volumes'],
  ['shell R box --network bridge', 'veth (default), none, host, or ns:PATH'],
  ['shell R box --network bogus', 'veth (default), none, host, or ns:PATH'],
  ['shell R box --network hots', 'did you mean host?'],
  ['shell R box --network container:web', '`terrarium state web`'],
  ['shell R box --pid private', 'leave it out'],
  ['shell R box --pid=container:web', 'ns:/proc/PID/ns/pid'],
  ['shell R box --ipc shareable', 'leave it out'],
  ['exec web --privileged -- ls', '`terrarium shell`'],
  ['exec web ls -l', 'put `--` before the command: terrarium exec web -- ls -l'],
  ['exec -u root web ls -l', 'terrarium exec -u root web -- ls -l'],
  ['exec web --env A=b ls --net', 'terrarium exec web --env A=b -- ls --net'],
  ['shell R box ls -l', 'put `--` before the command: terrarium shell R box -- ls -l'],
  ['shell R box -m 64m ls -la /', 'terrarium shell R box -m 64m -- ls -la /'],
  ['explain R box ls -l', 'terrarium explain R box -- ls -l'],
  ['--memory 64m shell R box', 'terrarium shell … --memory'],
  ['pull alpine', 'a root file system is a directory'],
  ['run -it alpine sh', '`terrarium shell'],
  ['stop web', '`terrarium kill'],
  ['list --all', 'all are listed'],
  ['logs web --tail 5', 'tail -n 5'],
])('%s', async (line, hint) => {
  const answer = await typed(line);
  expect(answer.status).toBe(125);
  expect(answer.fact).toMatch(/^terrarium: /);
  expect(answer.hint).toContain(hint);
  expect(answer.hint).not.toContain('did you mean --init');
});

test.each(['constructor', 'toString', 'xyzzy'])('%s is no word of docker’s', async (word) => {
  expect((await typed(word)).hint).toBe('--help lists what there is');
  expect((await typed(`shell R box --${word}`)).hint).toBe('--help lists what there is');
});

describe('the table', () => {
  test.each(Object.entries(OPTION_WORDS))(
    'of %s has no option of ours, and names none that is not',
    async (name, words) => {
      const program = await buildProgram(
        io(
          () => 0,
          () => 0,
        ),
        '1',
        Object.keys(COMMANDS),
      );
      const ours = (command: string) =>
        program.commands
          .find((each) => each.name() === command)
          ?.options.flatMap(({ short, long }) => [short, long]);
      const known = new Set([...(ours(name) ?? []), ...(ours('shell') ?? [])]);
      expect(Object.keys(words).filter((word) => ours(name)?.includes(word))).toEqual([]);
      // A hint begins with the option that does it here.
      const named = Object.values(words).flatMap((hint) => /^--?[a-z-]+/.exec(hint)?.[0] ?? []);
      expect(named.filter((flag) => !known.has(flag))).toEqual([]);
    },
  );

  test('names no command that is not ours', async () => {
    const { COMMAND_WORDS } = await import('./docker-words.ts');
    const hints = [COMMAND_WORDS, ...Object.values(OPTION_WORDS)].flatMap((words) =>
      Object.values(words),
    );
    const named = hints.flatMap((hint) =>
      [...hint.matchAll(/terrarium ([a-z]+)/g)].flatMap(([, command]) => command ?? []),
    );
    expect(named.filter((command) => !Object.hasOwn(COMMANDS, command))).toEqual([]);
    expect(Object.keys(COMMAND_WORDS).filter((word) => Object.hasOwn(COMMANDS, word))).toEqual([]);
  });
});

test('-i, -it and --rm are what happens anyway', async () => {
  for (const line of ['shell /nosuch box -it --rm', 'exec -it nosuch sh', 'exec -i nosuch sh'])
    expect((await typed(line)).fact).toMatch(/nosuch/);
});
