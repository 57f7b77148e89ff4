// docs/api.md has all of it: each name that the package exports, each option, each member.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CALL_OPTIONS } from './container/call/call.ts';
import { RunError } from './container/call/run-error.ts';
import { Container } from './container/container.ts';
import { OPTIONS } from './options/index.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/api.md'), 'utf8');
const entry = readFileSync(join(import.meta.dirname, 'index.ts'), 'utf8');

/** Names that the page does not have as code. */
function missing(names: readonly string[]): string[] {
  const code = [...page.matchAll(/`[^`\n]+`/g)].join(' ');
  return names.filter((name) => !new RegExp(`\\b${name}(?:s\\b|\\b)`).test(code));
}

describe('docs/api.md', () => {
  it('misses what does not exist (control)', () => {
    expect(missing(['run', 'dockerize'])).toEqual(['dockerize']);
  });

  it('has every name of the entry', () => {
    const names = [...entry.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
      list.split(',').map((name) => name.replace('type ', '').trim()),
    );
    expect(names.length).toBeGreaterThan(40);
    expect(missing(names.filter((name) => name !== ''))).toEqual([]);
  });

  it('has every option', () => {
    const names = Object.keys(OPTIONS);
    expect(names.length).toBeGreaterThan(25);
    expect(missing([...names, ...CALL_OPTIONS, 'stdio', 'signal', 'start', 'windowSize'])).toEqual(
      [],
    );
  });

  it('has every member of a container and of an error', () => {
    const members = Object.getOwnPropertyNames(Container.prototype);
    expect(missing(members.filter((name) => name !== 'constructor'))).toEqual([]);
    const error = new RunError({ kind: 'failed' }, ['true'], {});
    expect(missing(Object.getOwnPropertyNames(error).filter((name) => name !== 'stack'))).toEqual(
      [],
    );
  });
});
