// What the kernel would make of a file that is executed: an ELF file with or without a loader, a
// script, or nothing it knows.
import { decodeBytes } from '../../base/bytes.ts';

export type Program =
  /**
   * `machine` is the field's name of the architecture (`x64`, `arm64`, `riscv64` …); `loader` is
   * PT_INTERP of a dynamic program.
   */
  | {
      readonly kind: 'elf';
      readonly machine: string;
      readonly type: number;
      readonly loader?: string;
    }
  /** `interpreter` as the kernel reads it: with a `\r` in it if the line ends so. */
  | { readonly kind: 'script'; readonly interpreter: string }
  | { readonly kind: 'unknown'; readonly what: string };

/**
 * Enough for the program headers, which follow the file's, and the loader's name that linkers put
 * behind them.
 */
export const PROGRAM_BYTES = 65_536;
/** BINPRM_BUF_SIZE: of a script's first line the kernel reads no more. */
const FIRST_LINE = 256;

/** Executables, ET_EXEC and ET_DYN of elf(5). */
export const EXECUTABLE_TYPES: readonly number[] = [2, 3];
const PT_INTERP = 3;

/** e_machine of elf(5), in the words of Node and Go. */
const MACHINES: Readonly<Record<number, string>> = {
  2: 'sparc',
  3: 'i386',
  4: 'm68k',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
};

/** Files of other systems, by their first bytes. */
const FOREIGN: readonly (readonly [start: string, what: string])[] = [
  ['MZ', 'a program for Windows'],
  ['\xcf\xfa\xed\xfe', 'a program for macOS'],
  ['\xca\xfe\xba\xbe', 'a program for macOS, or a Java class'],
  ['\0asm', 'a WebAssembly module'],
  ['\xef\xbb\xbf#!', 'a script with a byte-order mark before its #!; save it as UTF-8 without one'],
  ['\x1f\x8b', 'compressed with gzip'],
];

/** `start`: the first PROGRAM_BYTES of the file. */
export function readProgram(start: Buffer): Program {
  if (start.length === 0) return { kind: 'unknown', what: 'empty' };
  if (start.toString('latin1', 0, 4) === '\x7fELF') return readElf(start);
  const text = start.toString('latin1');
  if (text.startsWith('#!')) {
    const [line = ''] = text.slice(2, FIRST_LINE).split('\n');
    const [interpreter = ''] = line.replace(/^[ \t]+/, '').split(/[ \t]/);
    return { kind: 'script', interpreter: decodeBytes(Buffer.from(interpreter, 'latin1')) };
  }
  const foreign = FOREIGN.find(([magic]) => text.startsWith(magic));
  if (foreign) return { kind: 'unknown', what: foreign[1] };
  if (/^\s+#!/.test(text))
    return { kind: 'unknown', what: 'a script whose #! is not at its very beginning' };
  const readable = !/[^\t\n\r\x20-\x7e\x80-\xff]/.test(text);
  return {
    kind: 'unknown',
    what: readable
      ? 'a text without #! and an interpreter in its first line'
      : 'neither an ELF file nor a script',
  };
}

function readElf(bytes: Buffer): Program {
  const wide = bytes[4] === 2;
  const big = bytes[5] === 2;
  const number = (at: number, size: 2 | 4 | 8): number => {
    if (at + size > bytes.length) return 0;
    const little = bytes.subarray(at, at + size);
    return Number(
      (big ? [...little] : [...little].reverse()).reduce(
        (sum, byte) => sum * 256n + BigInt(byte),
        0n,
      ),
    );
  };
  const address = (at32: number, at64: number) => (wide ? number(at64, 8) : number(at32, 4));
  const code = number(18, 2);
  const table = address(28, 32);
  const [entryBytes, count] = wide
    ? [number(54, 2), number(56, 2)]
    : [number(42, 2), number(44, 2)];
  const header = {
    kind: 'elf',
    machine: machineName(code, wide, big),
    type: number(16, 2),
  } as const;
  for (let index = 0; index < count; index++) {
    const at = table + index * entryBytes;
    if (number(at, 4) !== PT_INTERP) continue;
    const offset = address(at + 4, at + 8);
    const length = address(at + 16, at + 32);
    return {
      ...header,
      loader: decodeBytes(bytes.subarray(offset, offset + length)).replace(/\0.*$/s, ''),
    };
  }
  return header;
}

function machineName(code: number, wide: boolean, big: boolean): string {
  const name = MACHINES[code];
  if (name === undefined) return `machine number ${code} of elf(5)`;
  if (name === 'riscv64' && !wide) return 'riscv32';
  // x32 and arm64's own 32-bit form: the same processor, other pointers.
  if ((name === 'x64' || name === 'arm64') && !wide) return `${name} with 32-bit pointers`;
  return name === 'ppc64' && !big ? 'ppc64le' : name;
}
