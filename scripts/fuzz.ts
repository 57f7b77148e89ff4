// npm run fuzz: libFuzzer with AddressSanitizer and UBSan on the native code that parses foreign
// input: the init's message, the whole init, the kernel's answers on a netlink socket; and the
// executable's host on damaged arguments, environment and files.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXAMPLE_HOST } from '../runtime/config/example-host.ts';
import { encodePlan } from '../runtime/native/wire.ts';
import { configFrom } from '../runtime/options/config-from.ts';
import type { RunOptions } from '../runtime/options/index.ts';
import type { ExecOp, InsideOp } from '../runtime/plan/operations.ts';
import { plan } from '../runtime/plan/plan.ts';
import { fuzzHost } from './engine/fuzz-host.ts';

const TARGETS = ['message', 'init', 'netlink', 'host'];
const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'build/checks');
const MAKE = ['-s', '-C', join(ROOT, 'native'), '-f', 'checks.mk'];
const LONGEST_INPUT = '16384';
/**
 * Answers after a number of successes: ENOENT and ENOSYS; a created path, and one over a dangling
 * link.
 */
const TURNS: readonly (readonly number[])[] = [
  [192, 196],
  [192, 0, 0, 192, 0, 0, 0, 0],
  [192, 0, 0, 192, 0, 192, 0, 3, 47, 97, 98, 0],
];
/** Answers of the kernel to the init's calls, in order. */
const ANSWERS: readonly (readonly number[])[] = [
  [],
  ...[37, 41, 59, 61].map((step) => Array.from({ length: 240 }, (_, at) => (at * step) % 190)),
  ...TURNS.flatMap((turn) =>
    Array.from({ length: 120 }, (_, at) => [...Array.from({ length: at * 2 }, () => 0), ...turn]),
  ),
];

/** Into a running container. */
const EXEC: readonly (InsideOp | ExecOp)[] = [
  { kind: 'setns_process', types: ['newns', 'newnet'] },
  { kind: 'execve', candidates: ['/bin/sh'], args: ['sh'], env: [], stayAsInit: false },
];

/** Plans of several kinds: stored inputs would have the format of an older protocol. */
const OPTIONS: readonly Partial<RunOptions>[] = [
  {},
  { network: 'none', command: ['sh', '-c', 'exit 3'], env: ['A=1', 'B='], user: '1000:1000' },
  { readOnly: true, volumes: ['/srv:/data:ro'], tmpfs: ['/tmp:size=64m'], init: true },
  { detach: true, logMaxSize: '64k' },
  { terminal: true },
];

function messages(): Uint8Array[] {
  return [...OPTIONS.map(messageOf), new Uint8Array(encodePlan(EXEC))];
}

function messageOf(options: Partial<RunOptions>): Uint8Array {
  const given = { rootfs: '/srv/rootfs', hostname: 'box', ...options };
  const config = configFrom(given, EXAMPLE_HOST, { id: 'seed' });
  const { plan: made } = plan(config, EXAMPLE_HOST, {
    stateRoot: '/run/terrarium',
    slot: () => 1,
    terminal: config.process.terminal ? { columns: 80, rows: 24 } : undefined,
    awaitStart: false,
    hostsOfHost: () => '127.0.0.1 localhost\n',
  });
  const log = { path: '/run/terrarium/seed.log', maxBytes: config.logMaxBytes };
  const bytes = encodePlan([...made.inside, made.exec], {
    filter: new Uint8Array(64),
    detached: config.detach ? { flags: 0x20000n, log } : undefined,
  });
  return new Uint8Array(bytes);
}

/** Each await is answered in advance by a byte. */
const AWAITED = Uint8Array.of(1, 2, 3);

function seeds(target: string): Uint8Array[] {
  if (target === 'message') return messages();
  if (target === 'netlink') return [];
  return messages().flatMap((message) =>
    ANSWERS.map((answers) =>
      Buffer.concat([Uint8Array.of(answers.length, ...answers), message, AWAITED]),
    ),
  );
}

/** Returns whether it ran without a fault. */
function fuzz(target: string, seconds: number): boolean {
  const corpus = join(OUT, 'corpus', target);
  mkdirSync(corpus, { recursive: true });
  for (const [index, seed] of seeds(target).entries())
    writeFileSync(join(corpus, `plan-${index}`), seed);
  const program = join(OUT, `fuzz-${target}`);
  const { status, stderr } = spawnSync(
    program,
    [
      `-max_total_time=${seconds}`,
      `-max_len=${LONGEST_INPUT}`,
      '-timeout=5',
      '-print_final_stats=1',
      `-artifact_prefix=${OUT}/${target}-`,
      corpus,
      ...[join(ROOT, 'native/checks/seeds', target)].filter(existsSync),
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  const runs = /stat::number_of_executed_units:\s*(\d+)/.exec(stderr)?.[1] ?? '0';
  const covered = [...stderr.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? '0';
  if (status === 0) {
    console.log(`${target}: ${runs} runs in ${seconds} s, ${covered} edges, no fault`);
    return true;
  }
  const artifact = /Test unit written to (\S+)/.exec(stderr)?.[1] ?? '';
  console.error(`${stderr.split('\n').slice(-60).join('\n')}\n${target}: ${program} ${artifact}`);
  return false;
}

/** The host needs the executable's own build; without one there is nothing to start. */
function run(target: string, seconds: number): boolean {
  if (target !== 'host') return fuzz(target, seconds);
  if (!existsSync(join(ROOT, 'build/release/terrarium'))) {
    console.log('host: not built (npm run build)');
    return true;
  }
  const built = spawnSync('make', [...MAKE, '-j2', '../build/checks/terrarium-asan'], {
    stdio: 'inherit',
  });
  return built.status === 0 && fuzzHost(seconds, OUT);
}

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '20' } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const unknown = positionals.find((target) => !TARGETS.includes(target));
if (unknown !== undefined || !Number.isInteger(seconds) || seconds < 1) {
  console.error(
    unknown === undefined ? '--seconds has to be a whole number' : `there is no target ${unknown}`,
  );
  process.exitCode = 2;
} else if (spawnSync('clang', ['--version']).status !== 0) {
  console.error('clang is missing\n  hint: apt-get install clang libclang-rt-dev');
  process.exitCode = 1;
} else {
  const chosen = positionals.length > 0 ? positionals : TARGETS;
  const built = spawnSync('make', [...MAKE, '-j2', 'fuzzers'], { stdio: 'inherit' });
  const results = built.status === 0 ? chosen.map((target) => run(target, seconds)) : [false];
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
