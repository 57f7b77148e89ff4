// The process behaves in the engine as in Node: identity, exits, signals, timers, sockets.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeBytes } from '../../../../runtime/base/bytes.ts';
import { SCENARIOS } from './scenarios.ts';
import {
  expectSame,
  expectSamePlay,
  needsTrial,
  played,
  playedBeside,
  scratch,
} from './trial.fixture.ts';

beforeEach(needsTrial);

test('identity', () => {
  expectSame([
    ['process.hostname'],
    ['process.release'],
    ['process.arch'],
    ['process.euid'],
    ['process.clock'],
    ...[-1, 0, 1, 2, 99, 1.5, 2 ** 31].map((fd) => ['process.isatty', fd] as const),
  ]);
});

test('kill, and its errors', () => {
  expectSame([
    ['process.kill', 999_999_999, 0],
    ['process.kill', 999_999_999, 'SIGTERM'],
    ['process.kill', 999_999_999, 'SIGWHAT'],
    ['process.kill', 999_999_999, 'toString'],
    ['process.kill', 1, 99],
  ]);
});

test('a delay, and one that is aborted', () => {
  expectSame([
    ['process.delay', 2, 'value'],
    ['process.delay', 0],
    ...[true, false].flatMap((before) =>
      ['why', null].map((reason) => ['process.aborted', reason, before] as const),
    ),
  ]);
});

const WITHOUT_MORE = Object.keys(SCENARIOS).filter(
  (name) =>
    !['random', 'variable', 'pipe', 'connect', 'refused', 'unheard', 'large', 'watched'].includes(
      name,
    ),
);

test.each(WITHOUT_MORE)('%s', (name) => {
  expectSamePlay([name]);
});

test('random numbers are others in each process', () => {
  const [first, second] = [played('engine', ['random']), played('engine', ['random'])];
  expect(first).toEqual({ stdout: expect.stringMatching(/^\d[\d.e-]*\n$/), end: 0 });
  expect(second.end).toBe(0);
  expect(second.stdout).not.toBe(first.stdout);
});

test('words, those without text too', () => {
  expectSamePlay(['words', '', 'é', '😀 ', "'", '\n', '-h']);
  // Node gives U+FFFD; ours keeps the bytes.
  const shell = 'exec "$@" "$(printf \'a\\351\\303\\251\')"';
  expect(played('engine', ['words'], { shell }).stdout).toBe('["a\\udce9\xc3\xa9"]\n');
});

test('variables: the first of two, none, with bytes in it', () => {
  for (const name of ['PLAIN', 'EMPTY', 'GONE', 'EQUALS', 'constructor', '__proto__x'])
    expectSamePlay(['variable', name], { env: { PLAIN: 'é 😀', EMPTY: '', EQUALS: 'a=b' } });
  const { stdout } = played('engine', ['variable', 'RAW'], {
    shell: 'exec env "RAW=$(printf \'\\351\')" "$@"',
  });
  expect(stdout).toBe('"\\udce9" true\n');
});

test('the working directory, and one that is gone', () => {
  const directory = scratch();
  mkdirSync(join(directory, 'é'));
  expectSamePlay(['cwd'], { shell: `cd ${directory}/é && exec "$@"` });
  mkdirSync(encodeBytes(join(directory, '\udce9')));
  expectSamePlay(['cwd'], { shell: `cd "${directory}/$(printf '\\351')" && exec "$@"` });
  expectSamePlay(['cwd'], {
    shell: `mkdir -p ${directory}/gone && cd ${directory}/gone && rmdir ../gone && exec "$@"`,
  });
});

test('a pipe that no process reads', () => {
  expectSamePlay(['pipe'], { shell: '{ "$@" 3>&1 >&4 | :; } 4>&1' });
});

describe('unix sockets', () => {
  let server: Server;
  let path = '';
  beforeAll(async () => {
    path = `/tmp/terrarium-trial-${process.pid}.sock`;
    server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(path);
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
  });

  // The server is in this process, which a synchronous child would block.
  const both = async (...words: string[]) => {
    const theirs = await playedBeside('node', words);
    expect(await playedBeside('engine', words)).toEqual(theirs);
  };

  test('an answer, and its end', () => both('connect', path));
  test('more than a socket holds', () => both('large', path, '3000000'));
  test('none that listens', () => both('refused', `${path}.none`));
  test('a file that is no socket', () => both('refused', '/dev/null'));
  test('an error that nothing hears', () => both('unheard', `${path}.none`));
});

test('a file that changes', () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  expectSamePlay(['watched', file]);
  expectSamePlay(['watched', `${file}.none`]);
});
