// A run's records as one HTML file: figures, ratios to bare metal, and what may be said of them.
// Pure, and asks for nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { htmlDocument, sheets } from '../../reports/render/document.ts';
import { milliseconds, moment, plural } from '../../reports/render/words.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { explainMany, explainMemory, explainTeardown } from './explain-density.ts';
import { explainLimits, explainProcessor, explainThroughput } from './explain-load.ts';
import { explainGlance, explainStages, explainStartup } from './explain-startup.ts';
import * as draw from './figures.ts';
import { type Html, html } from './html.ts';
import { figure, say } from './phrases.ts';
import { hostFacts, howItWasMeasured } from './setting.ts';
import { goalTable, ratioTable, targetTable } from './tables.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function benchPage(analysis: Analysis): string {
  const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
  return htmlDocument({
    title: 'Terrarium: containers, virtual machines and bare metal',
    policy: POLICY,
    styles: [...sheets('base', 'table'), read('page.css')],
    early: read('../../reports/render/early.js'),
    body: html`<div class="page bench">${head(analysis)}<main>${sections(analysis)}</main></div>`
      .text,
  });
}

function head({ run, end, targets, goals }: Analysis): Html {
  const count = (status: string) => targets.filter((target) => target.status === status).length;
  const [met, judged] = countGoals(goals);
  const tally: readonly (readonly [kind: string, number: number, word: string])[] = [
    ['proven', count('measured'), 'measured'],
    ['refuted', count('failed'), 'failed'],
    ['not-proven-here', count('missing'), 'missing'],
    ['proven', met, `of ${plural(judged, 'goal')} met`],
    ['not-proven-here', goals.length - judged, 'not measured'],
  ];
  const items = tally
    .slice(0, goals.length === 0 ? 3 : 5)
    .map(
      ([kind, n, word]) => html`<li class="${n === 0 ? 'none' : kind}"><b>${n}</b> ${word}</li>`,
    );
  const { kernel, processors, processor, memoryMiB, hypervisor, cgroups, distribution } = run.host;
  const took = end === undefined ? '' : `, took ${milliseconds(end.seconds * 1000)}`;
  const where = [
    `Linux ${kernel}, ${distribution}`,
    `${processors} × ${processor}, ${Math.round(memoryMiB / 1024)} GiB, ${hypervisor}`,
    ...[`cgroups ${cgroups}`, `${moment(run.startedAt)}${took}`, run.command],
  ];
  const left = end?.left ?? [];
  const warnings = [
    run.quick && 'A quick look: with so few rounds most differences are not claimed.',
    end === undefined && 'The run has no end: it was killed.',
    end?.interrupted !== undefined && `The run is not whole: ${end.interrupted}.`,
    left.length > 0 && `Left behind: ${left.join('; ')}`,
  ].filter((line) => line !== false);
  return html`<header class="masthead"><div class="headline"><h1>Terrarium <span
    class="quiet">beside other containers, machines and bare metal</span></h1></div>
    <ul class="tally" aria-label="Targets">${items}</ul>
    <p class="where">${where.map((part) => html`<span>${part}</span>`)}</p>
    ${warnings.map((line) => html`<p class="where lacks">${line}</p>`)}</header>`;
}

/** Goals that are met, and that have a value. */
function countGoals(goals: Analysis['goals']): [met: number, judged: number] {
  const judged = goals.filter(({ value }) => value !== undefined);
  return [goals.filter(({ met }) => met).length, judged.length];
}

function sections(analysis: Analysis): (Html | undefined)[] {
  return [
    section('glance', 'At a glance', [], explainGlance(analysis)),
    section('startup', 'Start-up', draw.startupFigures(analysis), explainStartup(analysis)),
    section('stages', 'Where a start goes', draw.stageFigures(analysis), explainStages(analysis)),
    section('many', 'Many at once', draw.densityFigures(analysis), explainMany(analysis)),
    section('memory', 'Memory', draw.memoryFigures(analysis), explainMemory(analysis)),
    section('throughput', 'Throughput', draw.loadFigures(analysis), explainThroughput(analysis)),
    section('processor', 'Processor and system calls', [], explainProcessor(analysis)),
    section('limits', 'Limits', [], explainLimits(analysis)),
    section('teardown', 'Gone again', [], explainTeardown(analysis)),
    section('ratios', 'Everything, as a ratio to bare metal', [], [], ratioTable(analysis)),
    section('own', 'Terrarium’s own speed', draw.cycleFigures(analysis), explainGoals(analysis)),
    section('goals', 'What was promised', [], [], goalTable(analysis)),
    section('targets', 'What took part', [], [], targetTable(analysis)),
    section('setting', 'How it was measured', [], howItWasMeasured(analysis), hostFacts(analysis)),
  ];
}

/** Which promises are kept, and by how much the others are missed. */
function explainGoals({ goals }: Analysis): string[] {
  if (goals.length === 0) return [];
  const [met, judged] = countGoals(goals);
  const of = (...verdicts: readonly string[]) =>
    goals.filter(({ verdict }) => verdicts.includes(verdict));
  const missed = of('missed', 'within limit').map(
    ({ name, value = 0, goal, least }) =>
      `${name} (${figure(value)}, wanted ${least ? 'at least' : 'at most'} ${figure(goal)})`,
  );
  const names = (verdict: string) => of(verdict).map(({ name }) => name);
  return [
    `${met} of ${plural(judged, 'goal')} that were measured are met.`,
    ...say`Missed: ${missed}.`,
    ...say`Refused, since the figure cannot be: ${names('refused')}.`,
    ...say`Not measured in this run: ${names('not measured')}.`,
  ];
}

/** Nothing where there is nothing to show. */
function section(
  id: string,
  title: string,
  figures: readonly (Html | undefined)[],
  sentences: readonly string[],
  more?: Html,
): Html | undefined {
  const drawn = figures.filter((figure) => figure !== undefined);
  if (drawn.length === 0 && sentences.length === 0 && more === undefined) return undefined;
  const items = sentences.map((sentence) => html`<li>${sentence}</li>`);
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
    ${drawn.length === 0 ? undefined : html`<div class="charts">${drawn}</div>`}
    ${items.length === 0 ? undefined : html`<ul class="says">${items}</ul>`}${more}</section>`;
}
