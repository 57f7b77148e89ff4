// A sharded run, saved as blobs and merged on another machine: facts about the host, its leftovers
// and the sources travel with the blob, in the meta data of a module.
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import type { AuditRow, Evidence, HostSummary, Probe } from '../evidence/model.ts';
import type { ProbeSource } from '../observe/probes.ts';
import { Audit, type AuditScope } from './audit.ts';
import { checkedProbes } from './probes.ts';
import { commitOf, hostSummary } from './provenance.ts';

/** Facts of one shard about its host. */
export interface RunFacts {
  readonly host: Omit<HostSummary, 'lacks'>;
  readonly commit: Evidence['commit'];
  readonly probes: readonly Probe[];
  readonly audit: readonly AuditRow[];
}

declare module 'vitest' {
  interface TaskMeta {
    run?: RunFacts;
  }
}

export interface ShardOptions {
  readonly scope?: AuditScope;
  readonly probes?: ProbeSource;
}

/**
 * A plugin for `vitest.config.ts`. With `--reporter=blob` it adds a shard's facts to the blob; the
 * evidence reporter reads them with `--mergeReports`. Does nothing in other runs.
 */
export function shards(options: ShardOptions = {}) {
  return {
    name: 'terrarium:shards',
    configureVitest({ vitest }: { readonly vitest: Vitest }) {
      const { reporters } = vitest.config;
      // Before the blob reporter, which writes the modules' meta data at that moment.
      if (reporters.some((reporter) => isBlob(reporter)))
        reporters.unshift(new FactsOfShard(options));
    },
  };
}

/** vitest's configuration has `[name, options]` for a name, and objects unchanged. */
function isBlob(reporter: Vitest['config']['reporters'][number]): boolean {
  return Array.isArray(reporter) && reporter[0] === 'blob';
}

class FactsOfShard implements Reporter {
  readonly #options: ShardOptions;
  readonly #audit: Audit;
  #project = process.cwd();
  #probes: readonly Probe[] = [];

  constructor(options: ShardOptions) {
    this.#options = options;
    this.#audit = new Audit(options.scope);
  }

  onInit(vitest: Vitest): void {
    this.#project = vitest.config.root;
  }

  onTestRunStart(): void {
    if (this.#options.probes) this.#probes = checkedProbes(this.#options.probes);
    this.#audit.begin();
  }

  onTestRunEnd([module]: readonly TestModule[]): void {
    if (module === undefined) return;
    module.meta().run = {
      host: hostSummary(),
      commit: commitOf(this.#project),
      probes: this.#probes,
      audit: this.#audit.endAtOnce(),
    };
  }
}

/** One row a host for all its shards: counted before the first and after the last. */
export function mergedAudit(runs: readonly RunFacts[]): AuditRow[] {
  const hosts = [...Map.groupBy(runs, ({ host }) => host.hostname).values()];
  const kinds = runs[0]?.audit.map(({ what }) => what) ?? [];
  return kinds.map((what) => {
    const rows = (some: readonly RunFacts[]) =>
      some.flatMap(({ audit }) => audit.filter((row) => row.what === what));
    const sum = (pick: (rows: readonly AuditRow[]) => number | undefined) =>
      hosts.reduce((total, host) => total + (pick(rows(host)) ?? 0), 0);
    return {
      what,
      before: sum((all) => all[0]?.before),
      after: sum((all) => all.at(-1)?.after),
      left: [...new Set(rows(runs).flatMap(({ left }) => left))],
      others: [...new Set(rows(runs).flatMap(({ others = [] }) => others))],
    };
  });
}
