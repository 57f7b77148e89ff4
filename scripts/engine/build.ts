// Makes build/release/terrarium, one static executable: scripts/build.sh runs it. Steps whose
// inputs are unchanged take no time. With --arch arm64 on another machine it makes
// build/release/arm64/terrarium, and the addon and the init in build/arm64.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../runtime/base/errors.ts';
import { writeBundle } from './bundle.ts';
import { crossVariables } from './cross.ts';
import { PATHS, PROJECT } from './paths.ts';
import { provideSource, SourceError } from './source.ts';

/** Everything that the executable is made of, beside what the bundler names. */
const NATIVE =
  '{native/{core,engine,engine/*,init,wire}/*.{cc,h,c,mk},native/engine/{patches/*,source.json},' +
  'native/Makefile,scripts/build.sh,scripts/engine/*.ts,scripts/wire/*.ts,package-lock.json}';
/**
 * Everything of node_modules is package-lock.json's. This is made by set-up from native/wire and
 * scripts/wire, so newer than a shipped executable.
 */
const GENERATED = 'runtime/native/protocol.ts';

const say = (line: string) => console.error(`terrarium: ${line}`);

/** Compiles and links; what the compilers say goes to build/logs. */
function make(engine: string, words: readonly string[]): void {
  if (!existsSync(join(engine, 'quickjs/quickjs.o')))
    say('compiling the engine: a minute or two, the first time only …');
  const log = join(PROJECT, 'build/logs/build.log');
  const { status, stdout, stderr } = spawnSync(
    'make',
    ['-C', join(PROJECT, 'native'), `-j${availableParallelism()}`, ...words],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, stdout + stderr);
  if (status === 0) return;
  process.stderr.write(stderr.replace(/^(?!$)/gm, '  | '));
  throw new Error(`make failed; the whole log is ${log}`);
}

/**
 * Puts the executable where the launcher looks, with the time at which the build began: a file that
 * was edited during it is newer.
 */
function place(engine: string, release: string, inputs: readonly string[], begun: Date): void {
  mkdirSync(release, { recursive: true });
  const native = globSync(NATIVE, { cwd: PROJECT }).filter((path) => !path.includes('.test.'));
  const sources = [...new Set([...inputs, ...native])]
    .filter((path) => path !== GENERATED && !path.startsWith('node_modules/'))
    .sort();
  const executable = join(release, 'terrarium');
  const part = `${executable}.${process.pid}.part`;
  writeFileSync(join(release, 'inputs.sh'), `inputs='${sources.join(' ')}'\n`);
  copyFileSync(join(engine, 'terrarium'), part);
  utimesSync(part, begun, begun);
  renameSync(part, executable);
  const { size } = statSync(executable);
  say(`built ${executable} (${(size / 1e6).toFixed(1)} MB)`);
}

async function build(given: string | undefined, arch: string): Promise<void> {
  const begun = new Date();
  await provideSource(given, say);
  const inputs = await writeBundle(join(PROJECT, 'native/engine/entry.ts'), PATHS.bundle);
  const elsewhere = arch === process.arch ? '' : arch;
  const engine = join(PATHS.engine, elsewhere);
  if (elsewhere === '') {
    // For the tests of what replaces Node's modules: trial.mk.
    await writeBundle(
      join(PROJECT, 'native/engine/node/trial/in-engine.ts'),
      join(engine, 'trial/bundle.js'),
    );
    make(engine, ['engine', 'trial']);
  } else make(engine, [...(await crossVariables(say)), 'all', 'engine']);
  place(engine, join(PATHS.release, elsewhere), inputs, begun);
}

const { values } = parseArgs({
  options: { 'engine-source': { type: 'string' }, arch: { type: 'string', default: process.arch } },
});
try {
  if (values.arch !== process.arch && values.arch !== 'arm64')
    throw new SourceError(`--arch cannot be ${values.arch}`, 'arm64 can be built elsewhere');
  await build(values['engine-source'], values.arch);
} catch (error) {
  say(messageOf(error));
  if (error instanceof SourceError) console.error(`  hint: ${error.hint}`);
  process.exitCode = 1;
}
