// The package.json of each package that `npm run package` makes. Their names derive from the `name`
// of the checkout's own package.json.
import { type PackageIdentity, platformPackage } from '../../runtime/native/parts.ts';

/** The used part of the checkout's package.json. */
export interface Checkout extends PackageIdentity {
  readonly description: string;
  readonly license: string;
  /** Every entry point with its source: `{ '.': './runtime/index.ts' }`. */
  readonly exports: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** The first Node with require(esm), for the compiled sources. */
const OLDEST_NODE = '22.12.0';

const FILES = ['/**/*.js', '/**/*.d.ts', '/**/*.css'];

/** Never published: npm refuses `npm publish` of a private package. */
function common({ name, version }: PackageIdentity, { license }: Checkout) {
  return { name, version, license, private: true };
}

/**
 * The package with the JavaScript, in `rooms`. Its dependencies are bundled, and it does not depend
 * on the platform packages: npm would ask the registry, where the names may belong to other
 * projects.
 */
export function mainManifest(
  checkout: Checkout,
  rooms: readonly string[],
  dependencies: Readonly<Record<string, string>>,
): object {
  const { description, bin } = checkout;
  const exports = Object.entries(checkout.exports).map(([entry, source]) => [
    entry,
    { types: built(source, '.d.ts'), default: built(source, '.js') },
  ]);
  return {
    ...common(checkout, checkout),
    description,
    type: 'module',
    engines: { node: `>=${OLDEST_NODE}` },
    exports: { ...Object.fromEntries(exports), './package.json': './package.json' },
    bin,
    files: [
      ...Object.values(bin),
      'man/*.1',
      ...rooms.flatMap((room) => FILES.map((end) => room + end)),
    ],
    dependencies,
    bundleDependencies: Object.keys(dependencies),
  };
}

/** The package with the addon and the init of one platform (`linux-x64`). */
export function platformManifest(checkout: Checkout, platform: string): object {
  return {
    ...common(platformPackage(checkout, platform), checkout),
    description: `The native part of ${checkout.name} for ${platform}, with glibc`,
    ...machine(platform),
    libc: ['glibc'],
    files: ['terrarium', 'terrarium.node', 'terrarium-init'],
    // npm refuses another version, and fetches nothing for an optional peer.
    peerDependencies: { [checkout.name]: checkout.version },
    peerDependenciesMeta: { [checkout.name]: { optional: true } },
  };
}

/** The package with the programs that suites run inside. */
export function probesPackage({ name, version }: Checkout, platform: string): PackageIdentity {
  return { name: `${name}-probes-${platform}`, version };
}

export function probesManifest(checkout: Checkout, platform: string): object {
  return {
    ...common(probesPackage(checkout, platform), checkout),
    description: `Programs that suites of ${checkout.name}/harness run in a container`,
    ...machine(platform),
    files: ['bin'],
  };
}

function machine(platform: string) {
  const [os, cpu] = platform.split('-');
  return { os: [os], cpu: [cpu] };
}

export function probesReadme(checkout: Checkout, platform: string): string {
  const { name } = probesPackage(checkout, platform);
  return `# ${name}

Programs that matchers and suites of \`${checkout.name}/harness\` type in a container:
\`memory-hog\`, \`cpu-burner\`, \`echo-server\` and others, linked statically with glibc
(LGPL-2.1). Copy \`node_modules/${name}/bin\` into the /usr/bin of the suite's root file system,
and give its reporter
\`probes: { sums: 'node_modules/${name}/bin/SHA256SUMS', directory: 'ROOTFS/usr/bin' }\`.
\`npm run package\` in Terrarium's sources builds them again.
`;
}

/** Includes the license of the library linked into the addon. */
export function nativeReadme(checkout: Checkout, platform: string): string {
  const { name } = platformPackage(checkout, platform);
  return `# ${name}

The native part of \`${checkout.name}\` for ${platform} with glibc. Install both packages at once,
of one version.

\`terrarium\` is the command as one static executable, which \`npx terrarium\` starts; it needs
neither Node nor glibc. It contains QuickJS-ng (MIT) and the GNU C library (LGPL-2.1). It and
\`terrarium.node\` contain libseccomp (LGPL-2.1) and GCC's runtime libraries (GPL-3.0 with the
runtime library exception), linked statically. \`npm run package\` in Terrarium's sources links them
again.
`;
}

/** The compiler's output path of a source. */
function built(source: string, ending: '.js' | '.d.ts'): string {
  return source.replace(/\.tsx?$/, ending);
}

/** A declaration whose imports name built files, not sources. */
export function withBuiltNames(declaration: string): string {
  return declaration.replace(/((?:from |import |import\()["']\.[^"']*)\.tsx?(?=["'])/g, '$1.js');
}
