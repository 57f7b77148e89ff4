// One run of requirements in a sandbox, with a mutant or, as the baseline, without.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { patience } from '../harness/base/patience.ts';
import type { Evidence, RequirementEvidence } from '../harness/evidence/model.ts';
import { hasFailed } from '../harness/evidence/verdict.ts';
import { cgroupMounts } from '../harness/observe/mounts.ts';

export interface Run {
  /** Evidence of the finished requirements. */
  readonly requirements: readonly RequirementEvidence[];
  /** Null after a signal. */
  readonly exitCode: number | null;
  /** The end of standard error. */
  readonly log: string;
  readonly durationMs: number;
}

export interface Asked {
  readonly checkout: string;
  readonly ids: readonly string[];
  /** File paths with their new contents. */
  readonly change?: { readonly file: string; readonly text: string } | undefined;
  /** Ends the run at the first failure. */
  readonly bail: boolean;
}

const MOST_SECONDS = 150;
const END_OF_LOG = 3000;
const running = new Set<Promise<Run>>();
const children = new Set<ChildProcess>();

/** Kills all sandboxes; resolves when nothing of them is left. */
export async function endSandboxes(): Promise<void> {
  for (const child of children) child.kill('SIGKILL');
  await Promise.allSettled(running);
}

/** Runs the requirements in a new sandbox, and removes it. */
export async function runInSandbox(asked: Asked): Promise<Run> {
  const run = inSandbox(asked);
  running.add(run);
  try {
    return await run;
  } finally {
    running.delete(run);
  }
}

async function inSandbox({ checkout, ids, change, bail }: Asked): Promise<Run> {
  const group = `mutants-${randomBytes(5).toString('hex')}`;
  const scratch = mkdtempSync(join(tmpdir(), 'terrarium-mutant-'));
  const startedAt = Date.now();
  const here = import.meta.dirname;
  const longest = Math.ceil(patience(MOST_SECONDS));
  const inside = ['sh', join(here, 'inside.sh'), change?.file ?? '-', ...ids];
  const sandbox = ['sh', join(here, 'sandbox.sh'), checkout, group, scratch];
  // The sandbox and everything in it end with this process, in any case.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...sandbox, ...inside], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ BAIL: bail ? '1' : '0', LONGEST_S: String(longest), FORCE_COLOR: '0' },
    },
  });
  children.add(child);
  const late = setTimeout(() => child.kill('SIGKILL'), (longest + 60) * 1000);
  let [out, log] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  // EPIPE: the sandbox failed before reading; its log has the reason.
  child.stdin.on('error', () => {});
  child.stdin.end(change?.text ?? '');
  const [exitCode]: (number | null)[] = await once(child, 'close');
  clearTimeout(late);
  children.delete(child);
  const kept = process.env.TERRARIUM_MUTANTS_LOG;
  if (kept !== undefined) appendFileSync(kept, `== ${group} ${ids.join(' ')}\n${log}\n`);
  await removeGroups(group);
  rmdirSync(scratch);
  return {
    requirements: requirementsIn(out),
    exitCode: exitCode ?? null,
    log: log.slice(-END_OF_LOG),
    durationMs: Date.now() - startedAt,
  };
}

function requirementsIn(text: string): readonly RequirementEvidence[] {
  try {
    const { requirements }: Evidence = JSON.parse(text);
    return requirements;
  } catch {
    return [];
  }
}

/** The sandbox's processes are killed with its PID 1; the last may exit a little later. */
async function removeGroups(group: string): Promise<void> {
  for (const { point } of cgroupMounts())
    for (let attempt = 0; !removed(join(point, group)); attempt++) {
      if (attempt === 100) throw new Error(`${join(point, group)} is still in use`);
      await delay(50);
    }
}

function removed(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removed(join(path, entry.name));
    rmdirSync(path);
  } catch {
    return false;
  }
  return true;
}

/** The failure that ended the run. Requirements that did not run are refuted as *no evidence*. */
export function failureOf({ requirements }: Run): RequirementEvidence | undefined {
  const failed = requirements.filter(hasFailed);
  return failed.find(({ failure = '' }) => !failure.startsWith('no evidence')) ?? failed[0];
}
