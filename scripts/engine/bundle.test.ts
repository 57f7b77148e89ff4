// The bundle: one module without imports, evaluated as a whole, the same bytes from any directory.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shimOf, withStaticImports, writeBundle } from './bundle.ts';

function treeOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-bundle-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

test('dynamic imports become static ones, each once', () => {
  const source = `
const { a } = await import('./a.ts');
const [x, { default: about }] = await Promise.all([
  import('./a.ts'),
  import('../package.json', { with: { type: 'json' } }),
]);
not.import('./b.ts');
`;
  expect(withStaticImports(source)).toBe(`
const { a } = await Promise.resolve(__module0);
const [x, { default: about }] = await Promise.all([
  Promise.resolve(__module0),
  Promise.resolve(__module1),
]);
not.import('./b.ts');

import * as __module0 from './a.ts';
import * as __module1 from '../package.json';
`);
  expect(withStaticImports('type A = typeof x;\n')).toBe('type A = typeof x;\n');
});

test("a module of Node is the engine's own file", () => {
  expect(shimOf('node:fs/promises')).toMatch(/\/native\/engine\/node\/fs-promises\.ts$/);
  expect(shimOf('events')).toMatch(/\/native\/engine\/node\/events\.ts$/);
});

test('two equal trees give the same module, which evaluates what it loads later', async () => {
  const files = {
    'said.ts': 'export const said: string[] = [];\n',
    'entry.ts': `export { said } from './said.ts';
export const run = async (): Promise<number> => (await import('./late.ts')).twice(21);
`,
    'late.ts': `import about from './about.json' with { type: 'json' };
import { said } from './said.ts';
said.push('evaluated');
export const twice = (value: number): number => value * about.factor;
`,
    'about.json': '{ "factor": 2 }\n',
  };
  const [one, two] = [treeOf(files), treeOf({})];
  cpSync(one, join(two, 'deeper'), { recursive: true });
  const inputs = await writeBundle(join(one, 'entry.ts'), join(one, 'out/bundle.mjs'));
  await writeBundle(join(two, 'deeper/entry.ts'), join(two, 'bundle.mjs'));
  const bundle = readFileSync(join(two, 'bundle.mjs'), 'utf8');
  expect(readFileSync(join(one, 'out/bundle.mjs'), 'utf8')).toBe(bundle);
  expect(bundle).not.toMatch(/\bimport\b|terrarium-bundle-/);
  expect(inputs.map((path) => basename(path)).sort()).toEqual(Object.keys(files).sort());
  const { run, said } = await import(join(two, 'bundle.mjs'));
  expect(said).toEqual(['evaluated']);
  expect(await run()).toBe(42);
});

test('a missing module is an error that names it', async () => {
  const tree = treeOf({ 'entry.ts': "import { x } from './nowhere.ts';\nconsole.log(x);\n" });
  await expect(writeBundle(join(tree, 'entry.ts'), join(tree, 'bundle.mjs'))).rejects.toThrow(
    'nowhere.ts',
  );
});
