// Set-up and a requirement under each supported Node, with the npm of its time: installed from npm,
// in front of PATH.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bareCopy, KEPT, temporary } from './checkout.ts';
import { once } from './passed.ts';
import { run } from './run.ts';

const PACKAGE = `node-linux-${process.arch}`;

/** A directory with `node` and `npm`; kept. */
async function fetched(node: number, npm: number): Promise<string> {
  const cwd = join(KEPT, 'nodes', String(node));
  const bin = join(cwd, 'bin');
  mkdirSync(bin, { recursive: true });
  const packages = [`${PACKAGE}@${node}`, `npm@${npm}`];
  const install = ['npm', 'install', '--prefix', '.', '--no-save', '--no-audit', '--force'];
  const { status, output } = await run([...install, ...packages], { cwd });
  expect(status, output).toBe(0);
  for (const [name, path] of [
    ['node', `${PACKAGE}/bin/node`],
    ['npm', 'npm/bin/npm-cli.js'],
  ] as const) {
    await run(['rm', '-f', name], { cwd: bin });
    symlinkSync(join(cwd, 'node_modules', path), join(bin, name));
  }
  return bin;
}

for (const [node, npm] of [
  [18, 9],
  [20, 10],
  [22, 10],
  [24, 11],
] as const) {
  once(`Node ${node} with npm ${npm}: sets up, and proves CLI-02`, async ({ annotate }) => {
    const PATH = `${await fetched(node, npm)}:${process.env.PATH ?? ''}`;
    const copy = bareCopy(join(temporary(), 'copy'));
    const options = { cwd: copy, env: { PATH } };
    const versions = await run(['sh', '-c', 'node --version; npm --version'], options);
    expect(versions.output).toMatch(new RegExp(`^v${node}\\.[\\d.]+\\n${npm}\\.[\\d.]+\\n$`));
    await annotate(versions.output.trim().replace('\n', ', npm '));
    const { output, status } = await run(['npm', 'run', 'spec', '--', 'CLI-02'], options);
    expect(output).toContain('✓ CLI-02');
    expect(status, output).toBe(0);
    // Again, and nothing is rebuilt.
    const again = await run(['npm', 'run', 'shell', '--', '--', 'true'], options);
    expect(again.output).not.toContain('terrarium: ');
    expect(again.status).toBe(0);
  });
}
