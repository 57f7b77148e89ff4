// Parses a test program's output: TAP (testanything.org, versions 12 to 14) or KTAP (the kernel's
// Documentation/dev-tools/ktap.rst). Gives results, nested ones too, and errors of the whole. Pure.

export type Directive = 'skip' | 'todo' | 'xfail' | 'timeout' | 'error';

export interface TapTest {
  /** `suite / test` when nested; `test N` when the program gave no description. */
  readonly name: string;
  readonly ok: boolean;
  readonly directive: Directive | undefined;
  /** What follows the directive; else the first line of diagnostics. May be empty. */
  readonly reason: string;
  readonly durationMs: number;
}

export interface TapReport {
  /** Without results that only sum up their subtests. */
  readonly tests: readonly TapTest[];
  /** Why the output is incomplete: a plan that was not kept, no plan, `Bail out!`. */
  readonly problems: readonly string[];
  /** Of `1..0 # SKIP reason`: nothing was run. */
  readonly skipped: string | undefined;
}

interface Result extends TapTest {
  readonly subtests: readonly Result[];
}

/** Results at one indentation, until the result that sums them up comes. */
interface Level {
  planned: number | undefined;
  skipped: string | undefined;
  readonly results: Result[];
}

const VERSION = /^\s*(K?TAP) version \d+/;
const PLAN = /^(\s*)1\.\.(\d+)(?:\s*#\s*(.*))?$/;
const RESULT = /^(\s*)(not ok|ok)\b(?:\s+(\d+)\b)?(.*)$/;
const DIRECTIVE = /(?:^|\s)#\s*(skip|todo|xfail|timeout|error)\w*:?\s*(.*)$/i;

/** Undefined without a version or a plan: the output is neither TAP nor KTAP. */
export function parseTap(output: string): TapReport | undefined {
  const lines = output.replaceAll('\r', '').split('\n');
  if (!lines.some((line) => VERSION.test(line) || PLAN.test(line))) return undefined;
  const reader = new Reader(lines);
  return reader.report();
}

class Reader {
  readonly #lines: readonly string[];
  readonly #levels = new Map<number, Level>();
  readonly #problems: string[] = [];
  /** KTAP's diagnostics come before the result that they explain, TAP's after it. */
  readonly #before: boolean;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#before = lines.some((line) => /^\s*KTAP version/.test(line));
  }

  report(): TapReport {
    for (const [index, line] of this.#lines.entries()) {
      const bailed = /^\s*Bail out!\s*(.*)$/i.exec(line);
      if (bailed !== null) {
        this.#problems.push(`it bailed out${bailed[1] ? `: ${bailed[1]}` : ''}`);
        break;
      }
      const [, indent, count, note = ''] = PLAN.exec(line) ?? [];
      if (indent !== undefined) this.#plan(indent.length, Number(count), note);
      else this.#result(index, line);
    }
    const levels = [...this.#levels].sort(([a], [b]) => a - b);
    const top = this.#levels.get(0);
    if (top?.planned === undefined && this.#problems.length === 0)
      this.#problems.push('it printed no plan (1..N): it may have ended too early');
    for (const [, level] of levels) this.#requireKept(level, undefined);
    return {
      tests: numbered(levels.flatMap(([, { results }]) => results.flatMap((one) => flat(one)))),
      problems: this.#problems,
      skipped: top?.planned === 0 ? (top.skipped ?? 'no tests to run') : undefined,
    };
  }

  #level(indent: number): Level {
    const there = this.#levels.get(indent);
    if (there !== undefined) return there;
    const made: Level = { planned: undefined, skipped: undefined, results: [] };
    this.#levels.set(indent, made);
    return made;
  }

  #plan(indent: number, planned: number, note: string): void {
    const level = this.#level(indent);
    level.planned = planned;
    if (planned === 0) level.skipped = note.replace(/^skip\w*:?\s*/i, '') || undefined;
  }

  #result(index: number, line: string): void {
    const [, indent, word, number, rest = ''] = RESULT.exec(line) ?? [];
    if (indent === undefined) return;
    const depth = indent.length;
    const { results } = this.#level(depth);
    const name = described(rest) || `test ${number ?? results.length + 1}`;
    const inner = [...this.#levels].filter(([key]) => key > depth).sort(([a], [b]) => a - b);
    for (const [key, level] of inner) {
      this.#requireKept(level, name);
      this.#levels.delete(key);
    }
    const [, directive, why] = DIRECTIVE.exec(rest) ?? [];
    const block = this.#block(index);
    results.push({
      name,
      ok: word === 'ok',
      directive: directive === undefined ? undefined : directiveOf(directive),
      reason: why || trailing(rest) || block.message || this.#diagnostic(index, indent),
      durationMs: block.durationMs,
      subtests: inner.flatMap(([, level]) => level.results),
    });
  }

  /** Message and duration in the YAML block below a TAP result. */
  #block(index: number): { readonly message: string; readonly durationMs: number } {
    const lines = this.#lines.slice(index + 1, index + 100);
    const end = lines.findIndex((line) => line.trim() === '...');
    const text = lines[0]?.trim() === '---' && end > 0 ? lines.slice(1, end).join('\n') : '';
    const message = /^\s*(?:message|error):\s*['"|]?-?\s*(.*?)['"]?$/m.exec(text)?.[1] ?? '';
    return { message, durationMs: Number(/^\s*duration_ms:\s*([\d.]+)/m.exec(text)?.[1] ?? 0) };
  }

  #diagnostic(index: number, indent: string): string {
    const step = this.#before ? -1 : 1;
    let found = '';
    for (let at = index + step; ; at += step) {
      const text = this.#lines[at]?.match(/^(\s*)#\s?(.*)$/);
      if (text?.[1] !== indent) return found;
      if (!/^(Subtest|Totals|Tests):?/.test(text[2] ?? '')) found = this.#first(found, text[2]);
    }
  }

  /** The line that was printed first. */
  #first(found: string, text = ''): string {
    return this.#before || found === '' ? text.trim() || found : found;
  }

  #requireKept({ planned, results }: Level, name: string | undefined): void {
    if (planned === undefined || planned === results.length) return;
    const where = name === undefined ? '' : `${name}: `;
    this.#problems.push(`${where}${planned} tests were planned, ${results.length} came`);
  }
}

/** The description, without the dash before it and the comment after it. */
function described(rest: string): string {
  return rest
    .replace(DIRECTIVE, '')
    .replace(/\s# .*$/, '')
    .replace(/^\s*-?\s*/, '')
    .replaceAll(/\\([#\\])/g, '$1')
    .trim();
}

/** KTAP's diagnostic data on the line of the result, without a directive. */
function trailing(rest: string): string {
  return DIRECTIVE.test(rest) ? '' : (/\s# (.*)$/.exec(rest)?.[1]?.trim() ?? '');
}

function directiveOf(word: string): Directive | undefined {
  const all: readonly Directive[] = ['skip', 'todo', 'xfail', 'timeout', 'error'];
  return all.find((one) => one === word.toLowerCase());
}

/** The leaves below a result, by path; the result itself if no leaf explains its failure. */
function flat(result: Result, path = ''): TapTest[] {
  const name = path === '' ? result.name : `${path} / ${result.name}`;
  const below = result.subtests.flatMap((subtest) => flat(subtest, name));
  const explained = result.ok || below.some(isFailure);
  return below.length > 0 && explained ? below : [...below, { ...ownOf(result), name }];
}

function ownOf({ name, ok, directive, reason, durationMs }: Result): TapTest {
  return { name, ok, directive, reason, durationMs };
}

/** `not ok` without a directive; with the directive `timeout` or `error` also `ok`. */
export function isFailure({ ok, directive }: Pick<TapTest, 'ok' | 'directive'>): boolean {
  if (directive === 'timeout' || directive === 'error') return true;
  return !ok && directive === undefined;
}

/** Numbers repeated names, so that each test has its own cell. */
function numbered(tests: readonly TapTest[]): TapTest[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const times = (seen.get(test.name) ?? 0) + 1;
    seen.set(test.name, times);
    return times === 1 ? test : { ...test, name: `${test.name} (${times})` };
  });
}
