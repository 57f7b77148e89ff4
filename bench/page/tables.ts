// The page's tables: what took part, what each costs beside bare metal, what was promised.
import type { Analysis, Claim, Measured, TargetSummary } from '../analysis/analysis.ts';
import { QUANTITIES } from '../analysis/quantities.ts';
import { type Html, html, type Part } from './html.ts';
import { figure, find, goalWords, interval, isShown, labelsOf, withUnit } from './phrases.ts';

function table(label: string, head: readonly string[], rows: readonly Part[], kind = ''): Html {
  const cells = head.map((word) => html`<th scope="col">${word}</th>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table class="${kind}"><thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const small = (text: Part) => (text === undefined ? undefined : html`<small>${text}</small>`);

/** How each target took part, what it says of itself from inside, the command of one start. */
export function targetTable({ targets }: Analysis): Html {
  const rows = targets.map((target) => {
    const { label, note, remark, facts, command, status } = target;
    const filter = facts?.seccomp === 2 ? 'seccomp filter' : 'no filter';
    const inside =
      facts && `Linux ${facts.kernel} · CPUs ${facts.cpus} · PID ${facts.pid} · ${filter}`;
    const start =
      command && html`<details><summary>command</summary><code>${command}</code></details>`;
    return html`<tr><th scope="row">${label}</th>
      <td class="${status === 'measured' ? 'proven' : 'refuted'}">${stateOf(target)}</td>
      <td>${note}${small(remark)}</td><td>${small(inside ?? '')}</td><td class="command">${start}</td></tr>`;
  });
  const head = ['target', 'here', 'what it is', 'seen from inside', 'one start'];
  return table('Targets', head, rows);
}

function stateOf({ status, why = '', failures }: TargetSummary): Part {
  const failed = failures.map(
    ({ measure, reason }) => html`<small class="refuted">${measure} failed: ${reason}</small>`,
  );
  if (status === 'measured') return html`<b>✓ measured</b>${failed}`;
  return html`<b>${status === 'missing' ? '– missing' : '✗ failed'}</b>${small(why)}`;
}

/** Before a ratio to bare metal: ≈ where no difference is shown, ? where too few rounds tell. */
export const SIGN: Readonly<Record<Claim, string>> = {
  ...{ more: '', less: '', 'no difference shown': '≈', 'too few rounds': '?' },
};

/** Quantities by targets: the ratio to bare metal, its interval, the value itself. */
export function ratioTable(analysis: Analysis): Html | undefined {
  const isCompared = ({ toBare }: Measured) => toBare !== undefined;
  const shown = analysis.targets.filter(({ measures }) => measures.some(isCompared));
  const compared = shown.flatMap(({ measures }) => measures.filter(isCompared));
  const used = new Set(compared.map(({ quantity }) => quantity.key));
  const rows = QUANTITIES.filter(({ key }) => used.has(key)).map(({ key, title, unit }) => {
    const base = find(analysis, 'bare', key);
    return html`<tr><th scope="row">${title}${small(unit)}</th>
      <td>${base === undefined ? '–' : withUnit(base)}</td>
      ${shown.map(({ name }) => ratioCell(find(analysis, name, key)))}</tr>`;
  });
  const head = ['quantity', 'bare metal', ...labelsOf(shown)];
  return shown.length === 0 ? undefined : table('Ratios to bare metal', head, rows, 'ratios');
}

function ratioCell(measured: Measured | undefined): Html {
  if (measured?.toBare === undefined || measured.claim === undefined)
    return html`<td class="absent">–</td>`;
  const { toBare, claim, quantity } = measured;
  const tone = claim === (quantity.better === 'less' ? 'more' : 'less') ? 'worse' : 'better';
  const title = isShown(claim) ? `${tone} than bare metal` : claim;
  return html`<td class="${isShown(claim) ? tone : 'open'}" title="${title}">
    <b>${SIGN[claim]}${figure(toBare.median)} ×</b>
    ${small(interval(toBare))}${small(withUnit(measured))}</td>`;
}

const VERDICTS = {
  met: ['proven', '✓ met'],
  'within limit': ['refuted', '✗ missed, within its limit'],
  missed: ['refuted', '✗ missed'],
  'not measured': ['not-proven-here', '– not measured'],
  refused: ['not-proven-here', '– refused: it cannot be'],
} as const;

export function goalTable({ goals }: Analysis): Html | undefined {
  const rows = goals.map((record) => {
    const { value, range, wanted } = goalWords(record);
    const [kind, words] = VERDICTS[record.verdict];
    return html`<tr><th scope="row">${record.name}${small(record.why)}</th>
      <td>${value}</td><td>${range}</td><td>${wanted}</td><td class="${kind}">${words}</td></tr>`;
  });
  const head = ['what', 'value', '95 %', 'goal', 'verdict'];
  return goals.length === 0 ? undefined : table('Goals', head, rows);
}
