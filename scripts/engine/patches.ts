// Patches of ours to the engine's source, in unified format. They apply exactly or not at all.

interface Hunk {
  /** First line in the old file, from 1. */
  readonly line: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** One file of a patch. */
export interface FilePatch {
  /** Without the first component: `a/quickjs.c` is `quickjs.c`. */
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

/** @throws Error for a line that no unified diff of existing files has */
export function parsePatch(text: string): FilePatch[] {
  const files: { path: string; hunks: Hunk[] }[] = [];
  let hunk: { line: number; before: string[]; after: string[] } | undefined;
  let left = 0;
  for (const line of text.split('\n')) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (left > 0 && hunk !== undefined) {
      const mark = line[0] ?? ' ';
      if (!' +-'.includes(mark)) throw new Error(`not a line of a patch: ${line}`);
      if (mark !== '+') hunk.before.push(line.slice(1));
      if (mark !== '-') hunk.after.push(line.slice(1));
      left -= mark === ' ' ? 2 : 1;
    } else if (header) {
      const [, first = '1', olds = '1', news = '1'] = header;
      hunk = { line: Number(first), before: [], after: [] };
      left = Number(olds) + Number(news);
      const file = files.at(-1);
      if (file === undefined) throw new Error(`a hunk without a file: ${line}`);
      file.hunks.push(hunk);
    } else if (line.startsWith('+++ ')) {
      files.push({
        path: line
          .slice(4)
          .replace(/\t.*$/, '')
          .replace(/^[^/]*\//, ''),
        hunks: [],
      });
    }
  }
  if (left !== 0) throw new Error('the patch ends within a hunk');
  return files;
}

/** @throws Error if a hunk's lines are not at its place: Debian's source changed there */
export function applyPatch(source: string, { path, hunks }: FilePatch): string {
  const lines = source.split('\n');
  let shift = 0;
  for (const { line, before, after } of hunks) {
    const at = line - 1 + shift;
    const found = lines.slice(at, at + before.length);
    if (found.join('\n') !== before.join('\n'))
      throw new Error(`a patch of ${path} does not apply at line ${line}`);
    lines.splice(at, before.length, ...after);
    shift += after.length - before.length;
  }
  return lines.join('\n');
}
