// A process that is really called with such bytes: a shell's printf makes them, for Node can pass
// only text.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeBytes } from '../../base/bytes.ts';
import { ownArguments, ownVariable } from './invocation.ts';

const MODULE = join(import.meta.dirname, 'invocation.ts');
const SHOW = `
import { ownArguments, ownDirectory, ownEnvironment } from '${MODULE}';
process.env.LATER = '\\ufffd';
delete process.env.GONE;
console.log(JSON.stringify({
  args: ownArguments(process.argv.slice(1)),
  env: ['X', 'PLAIN', 'LATER', 'GONE', 'NONE', 'K\\udce9'].map((name) => ownEnvironment[name] ?? null),
  cwd: ownDirectory(),
}));`;

/** `words`: of a shell, after the flags of Node that evaluate SHOW. */
function called(words: string, { cwd = '/', flags = '' } = {}) {
  const script = `X=$(printf 'a\\351') PLAIN=é GONE=$(printf '\\351') exec env "$(printf 'K\\351=\\377')" \
"$NODE" ${flags} --input-type=module --eval "$SHOW" -- ${words}`;
  const text = execFileSync('/bin/sh', ['-c', `cd "$(printf '${cwd}')" && ${script}`], {
    env: { ...process.env, NODE: process.execPath, SHOW },
    encoding: 'utf8',
  });
  const shown: { args: string[]; env: (string | null)[]; cwd: string } = JSON.parse(text);
  return shown;
}

describe('what a process was called with', () => {
  it('is arguments with their bytes, whatever flags come before', () => {
    const words = `"$(printf '\\351')" '' é "$(printf '\\357\\277\\275 \\303')" ''`;
    const args = ['\udce9', '', 'é', '\ufffd \udcc3', ''];
    expect(called(words).args).toEqual(args);
    expect(called(words, { flags: '--no-warnings --stack-trace-limit=3' }).args).toEqual(args);
    expect(called('\ufffd').args).toEqual(['\ufffd']);
  });

  it('is variables with their bytes, and what was set since', () => {
    expect(called('').env).toEqual(['a\udce9', 'é', '\ufffd', null, null, '\udcff']);
  });

  it('is a directory with its bytes', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'terrarium-cwd-'));
    try {
      mkdirSync(encodeBytes(`${scratch}/\udce9`));
      expect(called('', { cwd: `${scratch}/\\351` }).cwd).toBe(`${scratch}/\udce9`);
      expect(called('', { cwd: scratch }).cwd).toBe(scratch);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  it('is left as Node has it where it is text, or where the kernel says something else', () => {
    const plain = ['a', 'é'];
    expect(ownArguments(plain)).toBe(plain);
    const others = ['\ufffd of no user'];
    expect(ownArguments(others)).toBe(others);
    expect(ownVariable('PATH')).toBe(process.env.PATH);
    expect(ownVariable('constructor')).toBeUndefined();
  });
});
