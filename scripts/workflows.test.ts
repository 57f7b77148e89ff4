// The workflows and the action, checked by GitHub's own parser, which its editor uses: it knows
// every field, expression and context. And the action's script, run unchanged.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

// The package imports its schemas without the attribute that Node asks for.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { parseWorkflow, NoOperationTraceWriter, isMapping } = await import(
  '@actions/workflow-parser'
);
const { parseAction, convertActionTemplate } = await import(
  '@actions/workflow-parser/actions/index'
);

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const action = read('action.yml');
const folder = '.github/workflows';
const workflows = Object.fromEntries(
  readdirSync(join(root, folder)).map((name) => [name, read(join(folder, name))]),
);

function errorsOf(content: string, parse = parseWorkflow): readonly string[] {
  const { context } = parse({ name: 'file', content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}

function actionTemplate() {
  const { context, value } = parseAction(
    { name: 'action.yml', content: action },
    new NoOperationTraceWriter(),
  );
  if (value === undefined) throw new Error('action.yml cannot be parsed');
  return convertActionTemplate(context, value);
}

test.each(Object.entries(workflows))('%s is a workflow as GitHub reads it', (_, content) => {
  expect(errorsOf(content)).toEqual([]);
});

test('action.yml is an action as GitHub reads it', () => {
  expect(errorsOf(action, parseAction)).toEqual([]);
});

test('the parser finds misspelt fields', () => {
  const ci = workflows['ci.yml'] ?? '';
  expect(errorsOf(ci.replace('runs-on', 'run-on'))).not.toEqual([]);
  expect(errorsOf(ci.replace('github.ref', 'githb.ref'))).not.toEqual([]);
  expect(errorsOf(action.replace('shell: bash', 'shel: bash'), parseAction)).not.toEqual([]);
});

test('the workflow that the documentation offers to copy is one', () => {
  const copied = [...read('docs/kernels.md').matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, text = '']) => text,
  );
  expect(copied.length).toBeGreaterThan(0);
  for (const text of copied) expect(errorsOf(text)).toEqual([]);
});

test('every argument of the action is an input, and it uses all of them', () => {
  const declared = actionTemplate().inputs?.map(({ id }) => id) ?? [];
  const used = [...action.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(declared));
  const texts = [...Object.values(workflows), read('docs/kernels.md')].join('\n');
  const uses = [...texts.matchAll(/uses: (?:\.\/|OWNER\/\S+)\n +with:\n((?: +[\w-]+: .*\n)+)/g)];
  expect(uses).toHaveLength(2);
  const given = uses.flatMap(([, lines = '']) => [...lines.matchAll(/^ +([\w-]+):/gm)]);
  for (const [, name] of given) expect(declared).toContain(name);
});

/** Runs the action's step in an empty workspace, with these inputs. */
function runStep(inputs: Readonly<Record<string, string>>) {
  const { runs } = actionTemplate();
  const step =
    runs.using === 'composite' ? runs.steps.find(({ id }) => id === 'matrix') : undefined;
  if (step === undefined || !('run' in step)) throw new Error('the action has no script');
  const workspace = mkdtempSync(join(tmpdir(), 'terrarium-action-'));
  onTestFinished(() => rmSync(workspace, { recursive: true }));
  const output = join(workspace, 'output');
  writeFileSync(output, '');
  const given = Object.fromEntries(
    (step.env && isMapping(step.env) ? [...step.env].map(({ key }) => key.toString()) : []).map(
      (name) => [name, inputs[name] ?? ''],
    ),
  );
  const ran = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', step.run.toString()], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, ...given, ACTION_PATH: root, GITHUB_OUTPUT: output },
  });
  return { ...ran, outputs: readFileSync(output, 'utf8') };
}

test('the action runs the matrix, from its own workspace', () => {
  const { status, stdout, stderr, outputs } = runStep({ OPTIONS: '--list' });
  expect(stderr).toBe('');
  expect(stdout).toContain('debian-6.12');
  expect(status).toBe(0);
  expect(outputs).toBe(`report=${root}/reports/out\n`);
});

test('each input reaches the matrix unchanged, and none the shell', () => {
  const hostile = 'no such$(touch hostile)';
  const { status, stdout, stderr } = runStep({ OPTIONS: '--list', KERNEL: hostile });
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain(hostile);
});

test('a test program is looked for in the workspace, its arguments with it', () => {
  const { status, stderr } = runStep({ EXEC: './my-tests -v', OPTIONS: '--list --shell none' });
  expect(status).not.toBe(0);
  expect(stderr).toContain('--exec and --shell cannot be used together');
});
