// The npm packages that compiled files import, with their dependencies.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Versions = Readonly<Record<string, string>>;

interface Installed {
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The used part of node_modules/.package-lock.json: every installed package by its path. */
export interface Lock {
  readonly packages: Readonly<Record<string, Installed>>;
}

export function installedIn(project: string): Lock {
  return JSON.parse(readFileSync(join(project, 'node_modules/.package-lock.json'), 'utf8'));
}

/** Names of the packages that a module imports, or resolves for their files. */
export function importedBy(javascript: string): string[] {
  return specifiersIn(javascript)
    .filter((specifier) => !/^(\.|\/|node:|file:)/.test(specifier))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
}

/** The files that a module imports, relative to its own. */
export function relativeImports(javascript: string): string[] {
  return specifiersIn(javascript).filter((specifier) => specifier.startsWith('.'));
}

function specifiersIn(javascript: string): string[] {
  const found = javascript.matchAll(
    /(?:^|[\s};])(?:from|import)\s+["']([^"']+)["']|(?:\bimport|\.resolve)\(["']([^"']+)["']/g,
  );
  return [...found].map(([, from, called]) => from ?? called ?? '');
}

/**
 * The paths of `names` and of their dependencies in npm's layout: `node_modules/a/node_modules/b`.
 *
 * @throws Error for a dependency that is not installed
 */
export function closureOf(names: readonly string[], { packages }: Lock): string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    const { dependencies, optionalDependencies, ...its } = packages[path] ?? {};
    const meta = its.peerDependenciesMeta ?? {};
    const peers = Object.keys(its.peerDependencies ?? {}).filter((name) => !meta[name]?.optional);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const at = resolve(path, name, packages);
      if (at !== undefined) visit(at);
      else if (optionalDependencies?.[name] === undefined)
        throw new Error(`${path} depends on ${name}, which is not installed`);
    }
  };
  for (const name of names) visit(`node_modules/${name}`);
  return [...found];
}

/** Resolves like Node: in node_modules of the package, then of each enclosing one. */
function resolve(from: string, name: string, packages: Lock['packages']): string | undefined {
  for (let path = from; ; path = path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')))) {
    const candidate = `${path === '' ? '' : `${path}/`}node_modules/${name}`;
    if (Object.hasOwn(packages, candidate)) return candidate;
    if (path === '') return undefined;
  }
}
