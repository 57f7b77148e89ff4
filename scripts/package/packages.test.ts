// From import to node_modules.
import { expect, test } from 'vitest';
import { closureOf, importedBy, relativeImports } from './packages.ts';

test('imports are found in every form, by the name of their package', () => {
  const text = `// from here on
import { a } from 'one';
export * from "@scope/two/deep/file.js";
import 'three/style.css';
const four = await import('four'), css = require.resolve('five/dist/x.css');
import x from './near.js'; import fs from 'node:fs';
new Promise((resolve) => resolve('none'));`;
  expect(importedBy(text)).toEqual(['one', '@scope/two', 'three', 'four', 'five']);
  expect(relativeImports(text)).toEqual(['./near.js']);
});

test('dependencies of a package are found like Node does', () => {
  const packages = {
    'node_modules/a': { dependencies: { b: '1', c: '1' } },
    'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
    'node_modules/b': {},
    'node_modules/e': {},
    'node_modules/c': {
      optionalDependencies: { d: '1', a: '1' },
      peerDependencies: { e: '1', b: '1' },
      peerDependenciesMeta: { b: { optional: true } },
    },
  };
  expect(closureOf(['a'], { packages })).toEqual([
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/c',
    'node_modules/e',
  ]);
  expect(() =>
    closureOf(['g'], { packages: { 'node_modules/g': { dependencies: { f: '1' } } } }),
  ).toThrow('node_modules/g depends on f');
});
