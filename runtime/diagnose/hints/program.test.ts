// Heads of files as the kernel would see them.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROGRAM_BYTES, readProgram } from './program.ts';

function elf(machine: number, { wide = true, big = false, type = 2 } = {}): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.set([wide ? 2 : 1, big ? 2 : 1, 1], 4);
  for (const [at, value] of [
    [16, type],
    [18, machine],
  ] as const) {
    if (big) header.writeUInt16BE(value, at);
    else header.writeUInt16LE(value, at);
  }
  return header;
}

describe('an ELF file', () => {
  it.each([
    ['x64', elf(62)],
    ['x64 with 32-bit pointers', elf(62, { wide: false })],
    ['arm64', elf(183)],
    ['i386', elf(3, { wide: false })],
    ['arm', elf(40, { wide: false })],
    ['riscv64', elf(243)],
    ['riscv32', elf(243, { wide: false })],
    ['ppc64le', elf(21)],
    ['ppc64', elf(21, { big: true })],
    ['s390x', elf(22, { big: true })],
    ['machine number 999 of elf(5)', elf(999)],
  ])('for %s says so', (machine, image) => {
    expect(readProgram(image)).toEqual({ kind: 'elf', machine, type: 2 });
  });

  it('that is dynamic names its loader', () => {
    const loader = {
      x64: /^\/lib64\/ld-linux-x86-64\.so\.2$|^\/lib\/ld-musl/,
      arm64: /^\/lib\/ld-/,
    }[process.arch === 'arm64' ? 'arm64' : 'x64'];
    const program = readProgram(readFileSync('/bin/ls').subarray(0, PROGRAM_BYTES));
    expect(program).toMatchObject({ kind: 'elf', loader: expect.stringMatching(loader) });
  });
});

describe('a script', () => {
  it.each([
    ['#!/bin/sh\n', '/bin/sh'],
    ['#! \t/usr/bin/env  python3 -u\n', '/usr/bin/env'],
    ['#!/bin/sh\r\necho\r\n', '/bin/sh\r'],
    ['#!/bin/sh', '/bin/sh'],
    ['#!\n/bin/sh', ''],
  ])('%j is for its interpreter', (text, interpreter) => {
    expect(readProgram(Buffer.from(text))).toEqual({ kind: 'script', interpreter });
  });
});

describe('anything else', () => {
  it.each([
    ['', /^empty$/],
    ['echo hi\n', /text without #!/],
    ['\n#!/bin/sh\n', /not at its very beginning/],
    ['\ufeff#!/bin/sh\n', /byte-order mark/],
    ['MZ\x90\0', /Windows/],
    ['\0\x01\x02', /neither/],
  ])('%j is recognised by its first bytes', (text, what) => {
    expect(readProgram(Buffer.from(text))).toMatchObject({
      kind: 'unknown',
      what: expect.stringMatching(what),
    });
  });

  it('of any bytes is something, and nothing is thrown', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .uint8Array({ minLength: 60, maxLength: 300 })
        .map((bytes) => Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...bytes])),
    );
    fc.assert(
      fc.property(hostile, (bytes) =>
        ['elf', 'script', 'unknown'].includes(readProgram(Buffer.from(bytes)).kind),
      ),
    );
  });
});
