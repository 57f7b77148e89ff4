// The results of a matrix as data: matrix.json is exactly a `Matrix`. Pure.
import type { Evidence, RequirementEvidence } from '../../harness/evidence/model.ts';
import type { Layout } from '../fetch/catalogue.ts';
import type { Accelerator } from '../guest/command.ts';
import type { Outcome, OutcomeKind } from '../guest/outcome.ts';

export const MATRIX_VERSION = 1;

/** A failed set-up counts as refuted, what the subject does not support as not proven here. */
export type CellVerdict = (typeof CELL_VERDICTS)[number];
export const CELL_VERDICTS = ['proven', 'refuted', 'not-proven-here'] as const;

const CELL_VERDICT: Readonly<Record<RequirementEvidence['verdict'], CellVerdict>> = {
  proven: 'proven',
  refuted: 'refuted',
  'set-up-failed': 'refuted',
  'not-proven-here': 'not-proven-here',
  unsupported: 'not-proven-here',
};

/**
 * One requirement or test on one kernel. If the guest died, all its cells are refuted with that
 * reason; no cell is missing.
 */
export interface Cell {
  readonly id: string;
  readonly verdict: CellVerdict;
  /** Why it is not proven; else empty. */
  readonly reason: string;
  readonly durationMs: number;
}

export interface ColumnResult {
  /** Name in the catalogue, or `host`. */
  readonly kernel: string;
  readonly layout: Layout | 'none';
  /** As uname(1) prints it; the package's release if the guest did not boot. */
  readonly release: string;
  readonly accelerator: Accelerator | 'none';
  readonly outcome: OutcomeKind;
  readonly reason: string;
  readonly cells: readonly Cell[];
  /** Additional words on the kernel's command line. */
  readonly append: readonly string[];
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
  }[];
  readonly timing: {
    /**
     * Seconds on the guest's clock: when init started, when root and cgroups were ready.
     */
    readonly initS?: number;
    readonly readyS?: number;
    readonly wallMs: number;
    /** The specs, or the program, alone. */
    readonly specsMs?: number;
    readonly speedFactor?: number;
  };
  /** Paths beside matrix.html. */
  readonly page?: string;
  readonly console?: string;
}

export interface Matrix {
  readonly version: typeof MATRIX_VERSION;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly commit: Evidence['commit'];
  readonly command: string;
  /** The user's program and arguments, if it ran in place of the specs. */
  readonly exec?: string;
  readonly columns: readonly ColumnResult[];
}

/**
 * A cell for each requested requirement, from the guest's evidence, if any, and its outcome.
 */
export function cellsOf(
  asked: readonly string[],
  evidence: Evidence | undefined,
  outcome: Outcome,
): Cell[] {
  const found = new Map(evidence?.requirements.map((requirement) => [requirement.id, requirement]));
  return asked.map((id) => {
    const requirement = found.get(id);
    if (
      requirement === undefined ||
      (outcome.kind !== 'completed' && CELL_VERDICT[requirement.verdict] === 'refuted')
    )
      return {
        id,
        verdict: 'refuted',
        reason: outcome.reason || 'no evidence of it came from the guest',
        durationMs: requirement?.durationMs ?? 0,
      };
    const reason =
      requirement.verdict === 'proven' ? '' : (requirement.missing ?? requirement.failure ?? '');
    return {
      id,
      verdict: CELL_VERDICT[requirement.verdict],
      reason: headline(reason),
      durationMs: requirement.durationMs,
    };
  });
}

/** The first line, after terrarium's own error if the failure shows a terminal with one. */
function headline(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  const said = rest.find((line) => line.startsWith('terrarium: '));
  return said === undefined ? first : `${said} (${first})`;
}

/** Whether a cell is refuted only because its run ended early: it has the run's own reason. */
export function isCutShort(
  { reason }: Pick<Cell, 'reason'>,
  run: Pick<ColumnResult, 'outcome' | 'reason'>,
): boolean {
  return run.outcome !== 'completed' && reason === run.reason;
}

/** `debian-6.1/v2` */
export function columnKey({ kernel, layout }: Pick<ColumnResult, 'kernel' | 'layout'>): string {
  return `${kernel}/${layout}`;
}

export interface Difference {
  readonly column: string;
  readonly id: string;
  readonly was: CellVerdict;
  readonly is: CellVerdict;
  readonly reason: string;
}

/** The part of a matrix that is used as a baseline. */
export interface MatrixBaseline {
  readonly columns: readonly (Pick<ColumnResult, 'kernel' | 'layout'> & {
    readonly cells: readonly Pick<Cell, 'id' | 'verdict'>[];
  })[];
}

export interface MatrixComparison {
  readonly newlyRefuted: readonly Difference[];
  readonly noLongerProvable: readonly Difference[];
  readonly newlyProven: readonly Difference[];
  /** Columns of the baseline that this run did not have. */
  readonly notRun: readonly string[];
}

/**
 * Changes since the baseline, column by column. A cell that only one of the two runs has is no
 * change.
 */
export function compareMatrices(baseline: MatrixBaseline, current: Matrix): MatrixComparison {
  const before = new Map(
    baseline.columns.map((column) => [
      columnKey(column),
      new Map(column.cells.map((cell) => [cell.id, cell])),
    ]),
  );
  const differences = current.columns.flatMap((column) =>
    column.cells.flatMap(({ id, verdict, reason }): Difference[] => {
      const was = before.get(columnKey(column))?.get(id)?.verdict;
      return was === undefined || was === verdict
        ? []
        : [{ column: columnKey(column), id, was, is: verdict, reason }];
    }),
  );
  const now = new Set(current.columns.map(columnKey));
  return {
    newlyRefuted: differences.filter(({ is }) => is === 'refuted'),
    noLongerProvable: differences.filter(
      ({ is, was }) => is === 'not-proven-here' && was === 'proven',
    ),
    newlyProven: differences.filter(({ is }) => is === 'proven'),
    notRun: [...before.keys()].filter((column) => !now.has(column)),
  };
}

export function hasRegressed({ newlyRefuted, noLongerProvable }: MatrixComparison): boolean {
  return newlyRefuted.length > 0 || noLongerProvable.length > 0;
}

/** Rows on which the columns differ. */
export function disagreements({ columns }: Matrix): string[] {
  const ids = [...new Set(columns.flatMap(({ cells }) => cells.map(({ id }) => id)))];
  return ids.filter(
    (id) =>
      new Set(
        columns.flatMap(({ cells }) =>
          cells.filter((cell) => cell.id === id).map(({ verdict }) => verdict),
        ),
      ).size > 1,
  );
}
