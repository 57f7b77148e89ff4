// Text for terminals: rows under headings, amounts and durations, JSON. Nothing a container names
// can move the cursor.
import { visible } from '../../base/bytes.ts';
import { formatSize } from '../../config/units.ts';
import type { Io, Output } from '../process/io.ts';

/** How one column of a table is made from a row. */
export interface Column<Row> {
  readonly heading: string;
  readonly right?: boolean;
  cell(row: Row): string | number | undefined;
}

/**
 * Left-aligned columns two blanks apart, as wide as their widest cell; what is absent is a hyphen.
 */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [
    columns.map((column) => column.heading),
    ...rows.map((row) => columns.map((column) => visible(String(column.cell(row) ?? '-')))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((line) => (line[index] ?? '').length)),
  );
  const pad = (text: string, index: number) =>
    columns[index]?.right ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0);
  return cells.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('');
}

/** `name  value` lines, for a single thing. */
export function fields(
  entries: readonly (readonly [name: string, value: string | number | undefined])[],
): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .map(([name, value]) => `${name.padEnd(width)}  ${visible(String(value ?? '-'))}\n`)
    .join('');
}

export function size(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : formatSize(bytes);
}

/** Nanoseconds in the unit that leaves one to three digits before the point. */
export function duration(ns: number): string {
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(2)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}

/** Two blanks of indentation, and nanoseconds (bigint) as numbers. */
export function writeJson(output: Output, value: unknown): void {
  output.write(
    `${JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item), 2)}\n`,
  );
}

/** One line on standard error about something that the command goes on without. */
export function warn(io: Io, text: string): void {
  io.stderr.write(`terrarium: ${visible(text)}\n`);
}
