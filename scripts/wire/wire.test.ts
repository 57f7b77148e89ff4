// What is read of a header and what is refused, and the module that was made against the compiler.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import * as protocol from '../../runtime/native/protocol.ts';
import { HeaderError, type Item, readHeader } from './header.ts';
import { moduleOf, tableName } from './module.ts';

const ROOT = join(import.meta.dirname, '../..');
const HEADERS = ['native/wire/protocol.h', 'native/wire/event.h'];

/** A header with this inside; the first line of it is line 4. */
const header = (inside: string) =>
  `#pragma once\n#include <stdint.h>\nnamespace wire {\n${inside}\n}  // namespace wire\n`;
const read = (inside: string) => readHeader('x.h', header(inside));

const EXAMPLE = `
constexpr uint32_t MAGIC = 0x1f;  // a comment
/** Of a
 *  thing. */
enum ThingKind : uint32_t { THING_A_B = 1, THING_C, THING_D = 8 };
struct Small {
  uint8_t one;
  uint32_t four[3];
  uint8_t last;
};
static_assert(sizeof(Small) == 20);
struct Large {
  Small small[2];
  int32_t number;
  uint64_t eight;
};
static_assert(sizeof(Large) == 56);`;

/** C++ that prints every number of the items as lines of `name number`. */
function program(items: readonly Item[]): string {
  const prints = items.flatMap((item) => {
    if (item.kind === 'constant') return [print(item.name, `wire::${item.name}`)];
    if (item.kind === 'enum')
      return [...item.values.keys()].map((name) => print(`${item.name} ${name}`, `wire::${name}`));
    const type = `wire::${item.name}`;
    return [
      print(`${item.name} bytes`, `sizeof(${type})`),
      ...[...item.offsets.keys()].map((field) =>
        print(`${item.name} ${field}`, `offsetof(${type}, ${field})`),
      ),
    ];
  });
  const includes = HEADERS.map((file) => `#include "${join(ROOT, file)}"\n`);
  const begin = '#include <stddef.h>\n#include <stdio.h>\nint main() {\n';
  return `${includes.join('')}${begin}${prints.join('\n')}\n}\n`;
}

function print(name: string, expression: string): string {
  return `  printf("%s %llu\\n", "${name}", (unsigned long long)(${expression}));`;
}

function compiled(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-wire-'));
  try {
    const [source, binary] = [join(directory, 'print.cc'), join(directory, 'print')];
    writeFileSync(source, text);
    execFileSync(process.env.CXX ?? 'c++', ['-std=c++20', '-o', binary, source]);
    return execFileSync(binary, { encoding: 'utf8' });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('a header', () => {
  it('is read: numbers, enums, and structs as the compiler lays them out', () => {
    const [magic, kind, small, large] = read(EXAMPLE);
    expect(magic).toEqual({ kind: 'constant', name: 'MAGIC', value: 31 });
    expect(kind).toMatchObject({
      prefix: 'THING_',
      values: new Map([
        ['THING_A_B', 1],
        ['THING_C', 2],
        ['THING_D', 8],
      ]),
    });
    expect(small).toMatchObject({
      bytes: 20,
      offsets: new Map([
        ['one', 0],
        ['four', 4],
        ['last', 16],
      ]),
    });
    expect(large).toMatchObject({
      bytes: 56,
      offsets: new Map([
        ['small', 0],
        ['number', 40],
        ['eight', 48],
      ]),
    });
  });

  it('becomes closed tables', () => {
    expect(moduleOf(read(EXAMPLE))).toContain(`
export const MAGIC = 31;

/** enum ThingKind */
export const THING_KIND = {
  a_b: 1,
  c: 2,
  d: 8,
} as const;
export type ThingKind = keyof typeof THING_KIND;

/** struct Small: where its fields are, in bytes. */
export const SMALL = {
  one: 0,
  four: 4,
  last: 16,
} as const;
export const SMALL_BYTES = 20;
`);
  });

  it.each([
    ['a calculation', 'constexpr int A = 4096 - 8;', '4: unexpected - 8;'],
    ['a name for a number', 'constexpr int A = B;', '4: a number was expected, not B'],
    [
      'a type of its own',
      'constexpr long A = 1;',
      '4: the type of a number was expected, not long',
    ],
    ['an octal number', 'constexpr int A = 010;', '4: a number was expected, not 010'],
    [
      'a number that is too large',
      '\nenum A : uint8_t { A_B = 256 };',
      '5: a number of at most 255 was expected, not 256',
    ],
    [
      'a number too large by counting',
      'enum A : uint8_t { A_B = 255, A_C };',
      '4: A_C is 256, which is taken or too large',
    ],
    [
      'two of one number',
      'enum A : int { A_B = 1, A_C = 1 };',
      '4: A_C is 1, which is taken or too',
    ],
    ['an enum class', 'enum class A : int { A_B };', '4: : was expected, not A'],
    ['an enum without a type', 'enum A { A_B };', '4: : was expected, not {'],
    [
      'two prefixes',
      'enum A : int {\n A_B,\n B_C };',
      '6: a name that begins with A_ was expected',
    ],
    ['no prefix', 'enum A : int { B };', '4: a name that begins with B_ was expected, not B'],
    [
      'a struct without its size',
      'struct A {\n int a;\n};',
      '7: static_assert was expected, not }',
    ],
    [
      'a struct of another size',
      'struct A {\n int a;\n};\nstatic_assert(sizeof(A) == 8);',
      '7: A has 4 bytes, not 8',
    ],
    ['a pointer', 'struct A {\n char* a; };', '5: unexpected * a; };'],
    [
      'a field of a later type',
      'struct A {\n B a; };',
      '5: the type of a field was expected, not B',
    ],
    ['a bit field', 'struct A {\n int a : 3; };', '5: ; was expected, not :'],
    ['a field without end', 'struct A {\n int a[0]; };', '5: a number above 0 was expected, not 0'],
    ['two fields of one name', 'struct A {\n int a;\n int a; };', '6: a stands twice in A'],
    ['a name that stands twice', 'constexpr int A = 1;\nconstexpr int A = 2;', '5: A stands twice'],
    ['a macro', '#define A 1', '4: constexpr, enum, struct or } was expected, not #'],
    ['a function', 'int a();', '4: constexpr, enum, struct or } was expected, not int'],
    ['a comment without end', '/* constexpr', '4: unexpected /* constexpr'],
    ['something after the namespace', '}\nint a;\nnamespace b {', '5: the end of the file was'],
  ])('is refused with its line for %s', (_, inside, message) => {
    expect(() => read(inside)).toThrow(HeaderError);
    expect(() => read(inside)).toThrow(`x.h:${message}`);
  });

  it('that ends early is refused, wherever', () => {
    const words = header(EXAMPLE).split(/(?<=\s)(?=\S)/);
    const last = words.lastIndexOf('}  ');
    expect(last).toBeGreaterThan(50);
    for (let count = 0; count <= last; count++)
      expect(() => readHeader('x.h', words.slice(0, count).join(''))).toThrow(/^x\.h:\d+: /);
    expect(readHeader('x.h', words.slice(0, last + 1).join(''))).toHaveLength(4);
  });

  it('shares no table with another', () => {
    const twice = [...read('constexpr int A = 1;'), ...read('constexpr int A = 1;')];
    expect(() => moduleOf(twice)).toThrow('two tables would be called A');
  });
});

test('the module has every number of the headers, equal to the compiler’s', () => {
  const items = HEADERS.flatMap((file) => readHeader(file, readFileSync(join(ROOT, file), 'utf8')));
  const tables: Readonly<Record<string, object | number>> = protocol;
  const expected = items.flatMap((item) => {
    const table = tableName(item);
    if (item.kind === 'constant') return [`${item.name} ${tables[item.name]}`];
    const entries = Object.entries(tables[table] ?? {});
    if (item.kind === 'enum')
      return entries.map(
        ([key, value]) => `${item.name} ${item.prefix}${key.toUpperCase()} ${value}`,
      );
    return [
      `${item.name} bytes ${tables[`${table}_BYTES`]}`,
      ...entries.map(([field, at]) => `${item.name} ${field} ${at}`),
    ];
  });
  expect(expected.length).toBeGreaterThan(140);
  expect(compiled(program(items)).trim().split('\n')).toEqual(expected);
});
