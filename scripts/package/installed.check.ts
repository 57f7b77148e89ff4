// npm run package -- --check: the packages of build/npm in a project, on this Node and on the
// oldest supported.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import checkout from '../../package.json' with { type: 'json' };
import { platformPackage, tarballOf } from '../../runtime/native/parts.ts';
import { probesPackage } from './manifest.ts';
import { type Ended, Project, programsIn } from './project.ts';

const root = join(import.meta.dirname, '../..');
const platform = `${process.platform}-${process.arch}`;
const native = platformPackage(checkout, platform);
const probes = probesPackage(checkout, platform);
const both = [tarballOf(checkout), tarballOf(native)];
const OLDEST = process.env.TERRARIUM_OLDEST_NODE ?? '';
const nodes = [
  ['this Node', process.execPath],
  ['the oldest Node', OLDEST],
] as const;
const documents = ['README.md', 'docs/package.md', 'docs/api.md'];
const programs = documents.flatMap((document) =>
  programsIn(document).map((text, at) => ({ file: `${document.replace(/\W/g, '-')}-${at}`, text })),
);
const CALLS = `import { RunError, run } from '${checkout.name}';
const box = { rootfs: '/srv/rootfs', hostname: 'box', network: 'none', stdio: 'pipe' };
const { stdout } = await run({ ...box, command: ['cat'], input: 'hello' });
const long = { ...box, command: ['sh', '-c', 'echo began; sleep 60'], timeout: 1000 };
const late = await run(long).catch((error) => error);
const { timedOut, signal } = late;
console.log(JSON.stringify([stdout, late instanceof RunError, timedOut, late.stdout, signal]));
`;
const clean = { status: 0, stderr: '' };

/** An empty registry that records requests. */
const asked: (string | undefined)[] = [];
const registry = createServer(({ url }, answer) => {
  asked.push(url);
  answer.writeHead(404).end('{}');
});
let url = '';
let project: Project;

beforeAll(async () => {
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const address = registry.address();
  url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
  project = new Project();
  const installed = await project.install(process.execPath, url, ...both, tarballOf(probes));
  expect(installed).toMatchObject(clean);
});

afterAll(() => {
  project[Symbol.dispose]();
  registry.close();
});

/** Every file of an installed package, with its path, before anything has run. */
function contents({ name }: { readonly name: string }): [name: string, path: string][] {
  const installed = join(project.directory, 'node_modules', name);
  return globSync('**', { cwd: installed, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(installed, path), path]);
}

describe('the files', () => {
  test('of the package are JavaScript and types: no source, no test, no Node', () => {
    const names = contents(checkout).map(([name]) => name);
    const own = names.filter((name) => !name.startsWith('node_modules/'));
    expect(own).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'bin/terrarium']));
    expect(
      own.filter((name) => /(?<!\.d)\.tsx?$|\.(test|spec|check)\.|\.node$/.test(name)),
    ).toEqual([]);
    const rooms = new Set(own.map((name) => name.split('/')[0]));
    expect([...rooms].sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'harness',
      'man',
      'package.json',
      'reports',
      'runtime',
    ]);
  });

  test('of the native part are the executable, the addon and the init', () => {
    expect(
      contents(native)
        .map(([name]) => name)
        .sort(),
    ).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
      'terrarium',
      'terrarium-init',
      'terrarium.node',
    ]);
  });

  test('of the probes are programs with the sums that the build wrote', () => {
    const bin = join(project.directory, 'node_modules', probes.name, 'bin');
    const sums = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: bin, encoding: 'utf8' });
    expect(sums).toContain('memory-hog: OK\n');
    expect(contents(probes).length).toBe(sums.trim().split('\n').length + 4);
  });

  test.each([checkout, native, probes])(
    '$name names nothing of the machine that built it',
    (each) => {
      const machine = [root, hostname()].filter((word) => word.length > 3);
      const named = contents(each).flatMap(([name, path]) => {
        const bytes = readFileSync(path);
        return machine.filter((word) => bytes.includes(word)).map((word) => `${name}: ${word}`);
      });
      expect(named).toEqual([]);
    },
  );
});

describe('npm', () => {
  test('asks the registry for nothing, and installs nothing else', () => {
    expect(asked).toEqual([]);
    const present = readdirSync(join(project.directory, 'node_modules'));
    expect(present.filter((name) => !name.startsWith('.')).sort()).toEqual(
      [checkout.name, native.name, probes.name].sort(),
    );
    const lock = JSON.parse(readFileSync(join(project.directory, 'package-lock.json'), 'utf8'));
    expect(JSON.stringify(lock)).not.toContain('hasInstallScript');
  });

  test('asks it for a package with another name (control)', async () => {
    using other = new Project();
    other.write('package.json', '{ "dependencies": { "no-such-package-of-ours": "1.0.0" } }');
    expect((await other.install(process.execPath, url)).status).not.toBe(0);
    expect(asked.splice(0)).toContain('/no-such-package-of-ours');
  });
});

/** The required output of a failure. */
function ending({ status, stderr }: Ended) {
  return { status, stderr };
}

/** With Node's types. */
async function typed(files: readonly string[]) {
  project.add('@types/node');
  const options = { target: 'es2023', lib: ['es2023', 'esnext.disposable'], types: ['node'] };
  return project.compile(files, options);
}

describe('the programs of the documents', () => {
  test('are there', () => {
    for (const document of documents) expect(programsIn(document).length).toBeGreaterThan(0);
  });

  test.each(programs)('$file runs unchanged', async ({ file, text }) => {
    project.write(`${file}.ts`, text);
    expect(ending(await project.node(process.execPath, `${file}.ts`))).toEqual(clean);
  });

  test('have right types, without skipLibCheck, and run compiled on the oldest Node', async () => {
    const files = programs.map(({ file, text }) => project.write(`${file}.ts`, text));
    expect(await typed(files)).toEqual({ ...clean, stdout: '' });
    for (const { file } of programs)
      expect(ending(await project.node(OLDEST, `compiled/${file}.js`))).toEqual(clean);
  });

  test('and wrong ones are refused (control)', async () => {
    const wrong = project.write(
      'wrong.ts',
      "import { run } from 'terrarium';\nconst { exitCode } = await run({ rootfs: '/srv/rootfs' });\nexport const text: string = exitCode;\n",
    );
    const { status, stdout } = await typed([wrong]);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/wrong\.ts\(2,\d+\): error .*'hostname' is missing/);
    expect(stdout).toMatch(/wrong\.ts\(3,\d+\): error .*not assignable to type 'string'/);
  });
});

test('the man pages are there', () => {
  const installed = join(project.directory, 'node_modules', checkout.name);
  const { man } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(man).toContain('man/terrarium-shell.1');
  for (const page of man)
    expect(readFileSync(join(installed, page), 'utf8')).toContain('.Sh SYNOPSIS');
});

test('the command needs no Node: it is the executable', async () => {
  const shell = ['shell', '/srv/rootfs', 'box', '--network', 'none', '--', 'hostname'];
  expect(await project.command(...shell)).toEqual({ ...clean, stdout: 'box\n' });
});

describe.each(nodes)('on %s', (_, node) => {
  test('the command starts', async () => {
    expect(await project.npx(node, '--version')).toEqual({
      ...clean,
      stdout: `${checkout.version}\n`,
    });
    const shell = ['shell', '/srv/rootfs', 'box', '--network', 'none', '--'];
    expect(await project.npx(node, ...shell, 'hostname')).toEqual({ ...clean, stdout: 'box\n' });
    expect(await project.npx(node, ...shell, 'sh', '-c', 'exit 7')).toMatchObject({ status: 7 });
    expect(await project.npx(node, 'list')).toMatchObject({
      ...clean,
      stdout: expect.stringMatching(/^ID +STATUS/),
    });
  });

  test('a program passes input, reads output, and ends slow commands', async () => {
    project.write('calls.mjs', CALLS);
    const { status, stdout, stderr } = await project.node(node, 'calls.mjs');
    expect({ status, stderr }).toEqual(clean);
    expect(JSON.parse(stdout)).toEqual(['hello', true, true, 'began', 'SIGKILL']);
  });

  test('a CommonJS program may require it', async () => {
    project.write('required.cjs', `console.log(typeof require('${checkout.name}').run);`);
    const quiet = '--disable-warning=ExperimentalWarning';
    expect(await project.node(node, quiet, 'required.cjs')).toEqual({
      ...clean,
      stdout: 'function\n',
    });
  });

  test('without the native part, the command and a program name the files to install', async () => {
    const there = join(project.directory, 'node_modules', native.name);
    const away = join(project.directory, 'away');
    renameSync(there, away);
    onTestFinished(() => renameSync(away, there));
    const fact = `the package ${native.name} is not installed`;
    const hint = expect.stringContaining(`npm install ./${both[0]} ./${both[1]}`);
    const said = await project.npx(node, 'shell', '/srv/rootfs', 'box', '--network', 'none');
    expect(said.status).toBe(125);
    expect(said.stderr.split('\n')).toEqual([`terrarium: ${fact}`, hint, '']);
    project.write(
      'fails.mjs',
      `import { HostError, run } from '${checkout.name}';
      const failure = await run({ rootfs: '/srv/rootfs', hostname: 'box', network: 'none' }).catch((e) => e);
      console.log(JSON.stringify([failure instanceof HostError, failure.message, failure.hint]));`,
    );
    const { stdout } = await project.node(node, 'fails.mjs');
    expect(JSON.parse(stdout)).toEqual([true, fact, hint]);
  });
});

describe('a separate suite', () => {
  test('has right types, without skipLibCheck', async () => {
    project.copy('examples/lab');
    project.add('vitest');
    expect(await typed(['lab.spec.ts', 'vitest.config.ts'])).toEqual({ ...clean, stdout: '' });
  });

  test.each(nodes)('runs on %s, and leaves its page', async (_, node) => {
    const { status, stdout, stderr } = await project.node(
      node,
      'node_modules/vitest/vitest.mjs',
      'run',
    );
    expect({ status, stderr }).toEqual(clean);
    expect(stdout).toContain('2 proven · 0 refuted');
    const page = readFileSync(join(project.directory, 'out/report.html'), 'utf8');
    expect(page.includes('Files outside of the root cannot be reached.')).toBe(true);
    expect(page.includes('<title>Lab 3: a jail: 2 of 2 proven</title>')).toBe(true);
  });
});
