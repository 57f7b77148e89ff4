// Gives the released executable, built with AddressSanitizer and UBSan, random input (npm run
// native-checks): arguments and variables of any bytes, damaged journals, strange passwd and group
// files, strange files of the kernel. usage: asan-engine.ts COUNT
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { journalsOfContainer, ROOTFS } from './engine/journals.ts';
import { PROJECT } from './engine/paths.ts';

const program = join(PROJECT, 'build/checks/terrarium-asan');
/** What AddressSanitizer ends with; UBSan aborts. */
const FAULT = 99;
/** Replaced by others in a mount namespace of the start's own. */
const KERNEL = [
  '/proc/meminfo',
  '/sys/devices/system/cpu/online',
  '/proc/sys/kernel/cap_last_cap',
  '/proc/sys/kernel/random/boot_id',
];

const scratch = mkdtempSync(join(tmpdir(), 'terrarium-asan-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Any bytes but NUL, as printf(1) of a shell writes them: Node passes only text. */
const bytes = fc
  .uint8Array({ maxLength: 24 })
  .map((list) => [...list].map((byte) => `\\${(byte || 1).toString(8).padStart(3, '0')}`).join(''));
const word = fc.oneof(
  bytes,
  fc.constantFrom('shell', 'explain', 'list', 'exec', 'logs', '--', '-e', '-v', '--help', '-u'),
  fc.constantFrom('--memory', '--format', 'json', '64m', '\\055\\055cpus=1e', ROOTFS, 'box'),
);
const words = fc.array(word, { maxLength: 8 });

/** A text with some bytes changed, left out or repeated. */
const damaged = (text: Buffer) =>
  fc
    .array(fc.tuple(fc.nat(text.length), fc.nat(30), fc.uint8Array({ maxLength: 6 })), {
      maxLength: 4,
    })
    .map((changes) => {
      let result = text;
      for (const [at, skipped, put] of changes)
        result = Buffer.concat([result.subarray(0, at), put, result.subarray(at + skipped)]);
      return result;
    });

const lines = fc
  .array(
    fc.oneof(
      fc.constantFrom('root:x:0:0::/:', 'a:b', ':::::', 'me:x:7:99999999999::/:'),
      fc.string(),
    ),
  )
  .map((list) => Buffer.from(list.join('\n')));

/** One start, by a line of sh(1) that ends with the program and its arguments. */
function start(script: string, env: NodeJS.ProcessEnv = {}): void {
  const { status, signal, stderr } = spawnSync(
    'unshare',
    ['--mount', '--net', 'sh', '-c', script],
    {
      env: { PATH: process.env.PATH, ...env, ASAN_OPTIONS: `detect_leaks=0:exitcode=${FAULT}` },
      input: '',
      timeout: 60_000,
    },
  );
  if (signal === null && status !== FAULT && status !== null && status < 128) return;
  console.error(`${script}\n${stderr}\nended with ${signal ?? status}`);
  process.exit(1);
}

function sample<T>(arbitrary: fc.Arbitrary<T>): T {
  const [one] = fc.sample(arbitrary, 1);
  if (one === undefined) throw new Error('nothing was drawn');
  return one;
}

const printed = (list: readonly string[]) => list.map((one) => `"$(printf '${one}')"`).join(' ');

/** The command line and the environment; `shell` could not leave anything: it has no root. */
function argumentsAndVariables(): void {
  const variables = printed(
    sample(
      fc.array(
        bytes.map((value) => `X=${value}`),
        { maxLength: 3 },
      ),
    ),
  );
  start(`exec setpriv --reuid 65534 env ${variables} ${program} ${printed(sample(words))}`);
}

function journals(journal: Buffer): void {
  const state = join(scratch, 'state');
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(state, 'one.journal'), sample(damaged(journal)));
  writeFileSync(join(state, 'one.exit'), sample(fc.uint8Array({ maxLength: 40 })));
  for (const command of ['list', 'state one', 'logs one', 'stats one', 'ps one'])
    start(`exec ${program} ${command}`, { TERRARIUM_STATE: state });
}

function users(): void {
  const place = join(scratch, 'root');
  mkdirSync(join(place, 'etc'), { recursive: true });
  for (const name of ['passwd', 'group']) writeFileSync(join(place, 'etc', name), sample(lines));
  start(
    `exec ${program} explain ${place} box -u ${sample(fc.constantFrom('me', 'a:a', '7', 'root'))}`,
  );
}

function kernelFiles(): void {
  const file = join(scratch, 'kernel');
  const over = sample(fc.constantFrom(...KERNEL));
  writeFileSync(file, sample(fc.oneof(damaged(readFileSync(over)), lines)));
  start(`mount --bind ${file} ${over} && exec ${program} explain ${ROOTFS} box --network none`);
}

/** That of a container which runs, so that damage reaches every field. */
function journalOfContainer(): Buffer {
  const { kept, said } = journalsOfContainer(scratch);
  const name = readdirSync(kept).find((one) => one.endsWith('.journal'));
  if (name === undefined) throw new Error(`no container: ${said}`);
  return readFileSync(join(kept, name));
}

const journal = journalOfContainer();
const count = Number(process.argv[2] ?? 200);
for (let round = 0; round < count; round++) {
  argumentsAndVariables();
  if (round % 5 === 0) journals(journal);
  users();
  kernelFiles();
}
console.log(`${count} rounds of random input with AddressSanitizer in the executable`);
