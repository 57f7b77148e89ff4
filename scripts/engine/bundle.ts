// Bundles the released executable's TypeScript into one ES module, build/engine/bundle.js. Modules
// of Node are those of native/engine/node. Everything is evaluated when the bundle is, so nothing
// is left to load in a start.
import { mkdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { PROJECT, replaceFile } from './paths.ts';

const SHIMS = join(PROJECT, 'native/engine/node');

/**
 * `import('./x.ts')` becomes the namespace of a static import: a snapshot then holds the evaluated
 * module. The bundler would evaluate it when the call is reached.
 */
export function withStaticImports(source: string): string {
  const names = new Map<string, string>();
  const body = source.replace(
    /(?<![\w.$])import\(\s*('[^'\n]+')\s*(?:,\s*\{\s*with:\s*\{[^{}]*\}\s*\}\s*)?,?\s*\)/g,
    (_, specifier: string) => {
      const name = names.get(specifier) ?? `__module${names.size}`;
      names.set(specifier, name);
      return `Promise.resolve(${name})`;
    },
  );
  const imports = [...names].map(([specifier, name]) => `import * as ${name} from ${specifier};`);
  return imports.length === 0 ? source : `${body}\n${imports.join('\n')}\n`;
}

/** `node:fs/promises` is native/engine/node/fs-promises.ts. */
export function shimOf(specifier: string): string {
  return join(SHIMS, `${specifier.replace(/^node:/, '').replaceAll('/', '-')}.ts`);
}

function nodeModules(inputs: Set<string>): Plugin {
  return {
    name: 'modules of Node',
    resolveId: (specifier) => (isBuiltin(specifier) ? shimOf(specifier) : null),
    load: (path) => {
      inputs.add(relative(PROJECT, path));
      return null;
    },
    transform: {
      filter: { id: /\.ts$/ },
      handler: (source) => ({ code: withStaticImports(source), map: null }),
    },
  };
}

/**
 * Writes the bundle, and returns the paths of its sources, relative to the checkout. The same
 * sources give the same bytes, in any directory.
 *
 * @throws the bundler's error, with the file and the line
 */
export async function writeBundle(entry: string, out: string): Promise<string[]> {
  const inputs = new Set<string>();
  const warnings: string[] = [];
  const bundler = await rolldown({
    input: entry,
    cwd: PROJECT,
    platform: 'neutral',
    // Otherwise the paths of modules are in the output as comments.
    experimental: { attachDebugInfo: 'none' },
    resolve: { mainFields: ['module', 'main'], conditionNames: ['import', 'node', 'default'] },
    plugins: [nodeModules(inputs)],
    transform: {
      define: {
        'import.meta.dirname': '"/terrarium/runtime/native"',
        'import.meta.filename': '"/terrarium/bundle.js"',
        'import.meta.url': '"file:///terrarium/bundle.js"',
      },
    },
    onLog: (level, log) => {
      if (level !== 'debug') warnings.push(log.message);
    },
  });
  const { output } = await bundler.generate({
    format: 'esm',
    codeSplitting: false,
    comments: false,
    // No checks for uninitialised variables in every function.
    topLevelVar: true,
    // With its lines, which errors name.
    minify: { compress: true, mangle: true, codegen: { removeWhitespace: false } },
  });
  await bundler.close();
  const [bundle, ...more] = output;
  if (more.length > 0 || bundle.imports.length + bundle.dynamicImports.length > 0)
    throw new Error(`not one module without imports: ${bundle.imports.join(', ')}`);
  if (warnings.length > 0) throw new Error(warnings.join('\n'));
  mkdirSync(dirname(out), { recursive: true });
  replaceFile(out, bundle.code);
  return [...inputs].sort();
}
