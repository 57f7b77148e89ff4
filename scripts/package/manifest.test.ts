// The packages' manifests and contents.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import checkout from '../../package.json' with { type: 'json' };
import { platformPackage, tarballOf } from '../../runtime/native/parts.ts';
import { type Checkout, mainManifest, platformManifest, withBuiltNames } from './manifest.ts';

const scoped: Checkout = {
  ...checkout,
  name: '@owner/box',
  exports: { '.': './runtime/index.ts', './harness': './harness/index.ts' },
};

test('every entry point is a line of exports, with its types', () => {
  expect(mainManifest(scoped, ['runtime', 'harness'], {})).toMatchObject({
    name: '@owner/box',
    private: true,
    engines: { node: '>=22.12.0' },
    exports: {
      '.': { types: './runtime/index.d.ts', default: './runtime/index.js' },
      './harness': { types: './harness/index.d.ts', default: './harness/index.js' },
    },
    bin: { terrarium: 'bin/terrarium' },
    files: [
      'bin/terrarium',
      'man/*.1',
      'runtime/**/*.js',
      'runtime/**/*.d.ts',
      'runtime/**/*.css',
      'harness/**/*.js',
      'harness/**/*.d.ts',
      'harness/**/*.css',
    ],
  });
});

test('no registry is asked, and no script runs', () => {
  const main = mainManifest(checkout, ['runtime'], { valibot: '1.5.0' });
  expect(main).toMatchObject({
    dependencies: { valibot: '1.5.0' },
    bundleDependencies: ['valibot'],
  });
  for (const manifest of [main, platformManifest(checkout, 'linux-x64')])
    for (const field of ['optionalDependencies', 'devDependencies', 'scripts', 'gypfile'])
      expect(manifest).not.toHaveProperty(field);
});

test('the native part is for one platform, and of one version', () => {
  expect(platformManifest(scoped, 'linux-arm64')).toMatchObject({
    name: '@owner/box-linux-arm64',
    private: true,
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['glibc'],
    peerDependencies: { '@owner/box': checkout.version },
    peerDependenciesMeta: { '@owner/box': { optional: true } },
  });
});

test('declarations name built files', () => {
  expect(
    withBuiltNames(
      'import { a } from \'./a.ts\'; import \'./side.ts\'; import * as v from "valibot"; let b: import("../b.tsx").B;',
    ),
  ).toBe(
    'import { a } from \'./a.js\'; import \'./side.js\'; import * as v from "valibot"; let b: import("../b.js").B;',
  );
});

test.each(['README.md', 'docs/package.md'])('%s says how to install these files', (document) => {
  const text = readFileSync(join(import.meta.dirname, '../..', document), 'utf8');
  const native = platformPackage(checkout, 'linux-x64');
  expect(text).toContain(`npm install ./${tarballOf(checkout)} ./${tarballOf(native)}`);
  // The registry's package of this name is another project.
  expect(text).not.toMatch(/npm (install|i|add) (?!\.\/|vitest)|npx (?!--no-install)/);
});
