// Part A's reporter: the harness's, with this suite's requirements, Terrarium's traces on a host,
// and the report's pages.
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { AuditScope } from '../harness/reporter/audit.ts';
import { EvidenceReporter, type ReporterOptions } from '../harness/reporter/reporter.ts';
import { shards } from '../harness/reporter/shards.ts';
import { areas, sentences } from './assignment.ts';
import { requirements } from './requirements.ts';
import { Ownership } from './support/ownership.ts';
import { PROBE_SUMS, ROOT, STATE_DIRECTORY, workload } from './support/places.ts';

/** In the environment of every process of this run. */
const RUN_VARIABLE = 'TERRARIUM_RUN';

const probes = { sums: PROBE_SUMS, directory: dirname(workload('x')) };

/** For sharded runs of Part A: each blob carries facts about its host. */
export function partAShards() {
  return shards({ scope: scopeOf(`${RUN_VARIABLE}=${newRun()}`), probes });
}

/** Marks every process of this run: workers are forked from this environment. */
function newRun(): string {
  const run = randomBytes(8).toString('hex');
  process.env[RUN_VARIABLE] = run;
  return run;
}

export class PartAReporter extends EvidenceReporter {
  constructor(directory: string, write: Write = writeReport) {
    const { TERRARIUM_BASELINE: baseline, TERRARIUM_SUBJECT: subject, SUDO_UID } = process.env;
    const { TERRARIUM_START: start, TERRARIUM_ALSO: also } = process.env;
    const rerun = `${SUDO_UID === undefined ? '' : 'sudo '}npm run spec --`;
    super({
      directory,
      project: ROOT,
      suite: { title: 'Terrarium', requirements, sentences, areas },
      probes,
      ...(subject === undefined ? { program: programOf(start, also) } : {}),
      ...(baseline ? { baseline } : {}),
      readBaseline: async (path) => (await import('../reports/write.ts')).readEvidence(path),
      rerun: (id) => `${rerun}${subject === undefined ? '' : ` --subject ${subject}`} ${id}`,
      scope: scopeOf(`${RUN_VARIABLE}=${newRun()}`),
      write,
    });
  }
}

/** What the launcher starts with these variables. */
function programOf(start: string | undefined, also: string | undefined): string {
  if (start === 'sources') return 'the command from its sources';
  if (start !== 'executable') return 'the command';
  const sample = also === 'sources' ? ', one of each topic from the sources' : '';
  return `the released executable${sample}`;
}

/** Loaded only at the end: the page's libraries would delay the first test. */
async function writeReport(...run: Parameters<Write>): Promise<string> {
  return (await import('../reports/write.ts')).writeReport(...run);
}

type Write = NonNullable<ReporterOptions['write']>;

/** Cgroups and links by their names; processes by their cgroup, or because they run the init. */
export function scopeOf(marker: string): AuditScope {
  return {
    stateDirectories: [STATE_DIRECTORY],
    isCgroup: (name) => name.startsWith('terrarium'),
    isLink: (name) => name.startsWith('tr'),
    isProcess: (cgroup, executable) =>
      /\/terrarium[-/]/.test(cgroup) || executable.includes('memfd:terrarium'),
    owners: new Ownership(marker, ROOT),
  };
}
