// Amounts as people write them (64m, 0.5 CPUs, 0-3,6) to the kernel's numbers. Pure, and strict:
// nothing is guessed.
import type { Parsed } from './problems.ts';

const SUFFIXES = ['', 'k', 'm', 'g', 't'];

/**
 * A size in bytes: a number, or digits with b, k, m, g or t (powers of 1024), `kb` and `KiB` alike;
 * `1.5g` is allowed, blanks and signs are not. Follows docker's `--memory` (docs.docker.com, docker
 * container run).
 */
export function parseSize(input: string | number): Parsed<number> {
  const match = /^(\d{1,16}(?:\.\d{1,16})?)(?:b|([kmgt])(?:i?b)?)?$/i.exec(String(input));
  if (match?.[1] === undefined)
    return {
      problem: 'is not a size',
      hint: 'a size is a number with b, k, m, g or t: 64m, 1.5g, 67108864',
    };
  const bytes = Math.floor(
    Number(match[1]) * 1024 ** SUFFIXES.indexOf((match[2] ?? '').toLowerCase()),
  );
  return Number.isSafeInteger(bytes)
    ? { value: bytes }
    : { problem: 'is more bytes than can be counted' };
}

/**
 * A whole number within [from, to]; in text only digits, with a leading minus if `from` is
 * negative.
 */
export function parseWhole(input: string | number, from: number, to: number): Parsed<number> {
  const whole =
    typeof input === 'number' ? input : /^-?\d{1,15}$/.test(input) ? Number(input) : Number.NaN;
  if (Number.isInteger(whole) && whole >= from && whole <= to) return { value: whole };
  return {
    problem: 'is not a whole number in range',
    hint: `a whole number from ${from} to ${to}`,
  };
}

/**
 * Bytes as a person reads them, exact: the largest unit that divides them, else with one decimal.
 */
export function formatSize(bytes: number): string {
  const names = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(
    names.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)),
  );
  const amount = bytes / 1024 ** step;
  return `${Number.isInteger(amount) ? amount : amount.toFixed(1)} ${names[step]}`;
}
