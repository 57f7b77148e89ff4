// Terminal output of a run: a verdict per requirement as it is known, a status line on a tty, the
// summary at the end.
import { wantsColour } from '../base/colour.ts';
import { type Output, StatusLine } from '../base/status-line.ts';
import type { Comparison } from '../evidence/compare.ts';
import type { AuditRow, Evidence, RequirementEvidence, Verdict } from '../evidence/model.ts';
import { hasFailed } from '../evidence/verdict.ts';
import { shortCommit } from './content.ts';

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';
const SGR: Record<Colour, readonly [number, number]> = {
  green: [32, 39],
  red: [31, 39],
  yellow: [33, 39],
  dim: [2, 22],
  bold: [1, 22],
};

const MARK: Record<Verdict, { readonly sign: string; readonly colour: Colour }> = {
  proven: { sign: '✓', colour: 'green' },
  refuted: { sign: '✗', colour: 'red' },
  'not-proven-here': { sign: '–', colour: 'yellow' },
  unsupported: { sign: '○', colour: 'yellow' },
  'set-up-failed': { sign: '!', colour: 'red' },
};

const REASON = {
  'not-proven-here': 'not proven here',
  unsupported: 'unsupported',
  'set-up-failed': 'not proven',
} as const;

export class Terminal {
  private readonly status: StatusLine;
  private readonly coloured: boolean;

  constructor(output: Output, environment: Readonly<Record<string, string | undefined>>) {
    this.status = new StatusLine(output);
    this.coloured = wantsColour(output, environment);
  }

  line(text: string): void {
    this.status.line(text);
  }

  /** A status line that is overwritten, on a tty only. Empty: none. */
  showStatus(text: string): void {
    this.status.show(text, (fits) => this.paint('dim', fits));
  }

  verdict({
    id,
    title,
    verdict,
    missing,
    durationMs,
  }: Pick<RequirementEvidence, 'id' | 'title' | 'verdict' | 'missing' | 'durationMs'>): void {
    const { sign, colour } = MARK[verdict];
    const why =
      verdict === 'proven' || verdict === 'refuted'
        ? ''
        : this.paint(colour, ` — ${REASON[verdict]}: ${missing ?? 'no reason given'}`);
    this.line(
      `${this.paint(colour, `${sign} ${id.padEnd(9)}`)} ${title}${why} ${this.paint('dim', duration(durationMs))}`,
    );
  }

  failed(title: string, failure: string, rerun?: string): void {
    this.line('');
    this.line(this.paint('red', `✗ ${title}`));
    const lines = failure.split('\n');
    for (const text of lines.slice(0, 30)) this.line(`    ${text}`);
    if (lines.length > 30)
      this.line(this.paint('dim', `    … ${lines.length - 30} more lines in the report`));
    if (rerun !== undefined) this.line(`    rerun: ${this.paint('bold', rerun)}`);
  }

  /** Failures first; then missing features, leftovers, the counts and the path of the report. */
  summary(evidence: Evidence, comparison: Comparison | undefined, report: string): void {
    this.showStatus('');
    for (const { id, title, failure, rerun } of evidence.requirements.filter(hasFailed))
      this.failed(`${id} — ${title}`, failure ?? '', rerun);
    for (const { name, failure } of evidence.checks.failed) this.failed(name, failure);
    for (const row of evidence.audit) this.leftBehind(row);
    if (comparison !== undefined) this.changes(comparison);
    this.line('');
    this.line(this.counts(evidence));
    this.line(`  report  ${this.paint('bold', report)}`);
  }

  private leftBehind({ what, left }: AuditRow): void {
    if (left.length === 0) return;
    this.line('');
    this.line(this.paint('red', `! left by this run: ${left.length} ${what}`));
    for (const entry of left.slice(0, 10)) this.line(`    ${entry}`);
    if (left.length > 10)
      this.line(this.paint('dim', `    … ${left.length - 10} more in the report`));
  }

  private changes({
    baselineCommit,
    newlyRefuted,
    noLongerProvable,
    newlyProven,
    notLookedAt,
  }: Comparison): void {
    this.line('');
    this.line(this.paint('bold', `Since the baseline (${shortCommit({ id: baselineCommit })}):`));
    for (const { id, was } of newlyRefuted)
      this.line(this.paint('red', `  ✗ ${id} newly refuted (was ${was})`));
    for (const { id } of noLongerProvable)
      this.line(this.paint('yellow', `  – ${id} no longer provable`));
    for (const { id, was } of newlyProven)
      this.line(this.paint('green', `  ✓ ${id} newly proven (was ${was})`));
    if (notLookedAt.length > 0)
      this.line(this.paint('dim', `  not selected in this run: ${notLookedAt.join(' ')}`));
    if (newlyRefuted.length + noLongerProvable.length + newlyProven.length === 0)
      this.line('  nothing changed');
  }

  private counts({ requirements, checks, durationMs }: Evidence): string {
    const count = (verdict: Verdict) =>
      requirements.filter((requirement) => requirement.verdict === verdict).length;
    const part = (colour: Colour, number: number, what: string) =>
      this.paint(number > 0 ? colour : 'dim', `${number} ${what}`);
    const some = (colour: Colour, number: number, what: string) =>
      number === 0 ? [] : [part(colour, number, what)];
    const failedChecks =
      checks.failed.length === 0 ? '' : `, ${this.paint('red', `${checks.failed.length} failed`)}`;
    const unitTests =
      checks.passed + checks.failed.length === 0
        ? []
        : [`${checks.passed} unit tests passed${failedChecks}`];
    return [
      `  ${part('green', count('proven'), 'proven')}`,
      part('red', count('refuted'), 'refuted'),
      part('yellow', count('not-proven-here'), 'not proven here'),
      ...some('yellow', count('unsupported'), 'unsupported'),
      ...some('red', count('set-up-failed'), 'set-up failed'),
      ...unitTests,
      this.paint('dim', duration(durationMs)),
    ].join(' · ');
  }

  private paint(colour: Colour, text: string): string {
    const [on, off] = SGR[colour];
    return this.coloured ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  }
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
