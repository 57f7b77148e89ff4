// A run's records as one HTML file: figures, ratios to bare metal, and what may be said of them.
// Pure, and asks for nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ComponentChild, h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { htmlDocument } from '../../reports/render/document.ts';
import { milliseconds, moment, plural } from '../../reports/render/words.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { explainMany, explainMemory, explainTeardown } from './explain-density.ts';
import { explainGlance } from './explain-glance.ts';
import { explainLimits, explainProcessor, explainThroughput } from './explain-load.ts';
import { explainOwnSpeed } from './explain-own.ts';
import { explainStages, explainStartup } from './explain-startup.ts';
import { crowdFigures, loadFigures, memoryFigures, startupFigures } from './figures.ts';
import { ownFigures } from './own-figures.ts';
import { hostFacts, howItWasMeasured } from './setting.ts';
import { stageFigures } from './stage-figures.ts';
import { goalTable, ratioTable, targetTable } from './tables.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function benchPage(analysis: Analysis): string {
  const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
  const shared = '../../reports/render';
  const body = renderToString(
    h('div', { class: 'page bench' }, head(analysis), h('main', null, sections(analysis))),
  );
  return htmlDocument({
    title: 'Terrarium: containers, virtual machines and bare metal',
    policy: POLICY,
    styles: [read(`${shared}/style/base.css`), read('page.css')],
    early: read(`${shared}/early.js`),
    body,
  });
}

function head({ run, end, targets, goals }: Analysis): ComponentChild {
  const count = (status: string) => targets.filter((target) => target.status === status).length;
  const met = goals.filter((goal) => goal.met).length;
  const tally = [
    ['proven', count('measured'), 'measured'],
    ['refuted', count('failed'), 'failed'],
    ['not-proven-here', count('missing'), 'missing'],
    ...(goals.length === 0
      ? []
      : [['proven', met, `of ${plural(goals.length, 'goal')} met`] as const]),
  ] as const;
  const { kernel, processors, processor, memoryMiB, hypervisor, cgroups, distribution } = run.host;
  const where = [
    `Linux ${kernel}, ${distribution}`,
    `${processors} × ${processor}, ${Math.round(memoryMiB / 1024)} GiB, ${hypervisor}`,
    `cgroups ${cgroups}`,
    `${moment(run.startedAt)}${end === undefined ? '' : `, took ${milliseconds(end.seconds * 1000)}`}`,
    run.command,
  ];
  return h(
    'header',
    { class: 'masthead' },
    h(
      'div',
      { class: 'headline' },
      h(
        'h1',
        null,
        'Terrarium ',
        h('span', { class: 'quiet' }, 'beside other containers, machines and bare metal'),
      ),
    ),
    h(
      'ul',
      { class: 'tally', 'aria-label': 'Targets' },
      tally.map(([kind, number, word]) =>
        h('li', { class: number === 0 ? 'none' : kind }, h('b', null, number), ` ${word}`),
      ),
    ),
    h(
      'p',
      { class: 'where' },
      where.map((part) => h('span', null, part)),
    ),
    warnings(analysisWarnings(run.quick, end)),
  );
}

function analysisWarnings(quick: boolean, end: Analysis['end']): string[] {
  return [
    ...(quick ? ['A quick look: with so few rounds most differences are not claimed.'] : []),
    ...(end === undefined ? ['The run has no end: it was killed.'] : []),
    ...(end?.interrupted === undefined ? [] : [`The run is not whole: ${end.interrupted}.`]),
    ...(end !== undefined && end.left.length > 0 ? [`Left behind: ${end.left.join('; ')}`] : []),
  ];
}

function warnings(lines: readonly string[]): ComponentChild {
  return lines.map((line) => h('p', { class: 'where lacks' }, line));
}

function sections(analysis: Analysis): ComponentChild {
  return [
    section('glance', 'At a glance', [], explainGlance(analysis)),
    section('startup', 'Start-up', startupFigures(analysis), explainStartup(analysis)),
    section('stages', 'Where a start goes', stageFigures(analysis), explainStages(analysis)),
    section('many', 'Many at once', crowdFigures(analysis), explainMany(analysis)),
    section('memory', 'Memory', memoryFigures(analysis), explainMemory(analysis)),
    section('throughput', 'Throughput', loadFigures(analysis), explainThroughput(analysis)),
    section('processor', 'Processor and system calls', [], explainProcessor(analysis)),
    section('limits', 'Limits', [], explainLimits(analysis)),
    section('teardown', 'Gone again', [], explainTeardown(analysis)),
    analysis.targets.length === 0
      ? null
      : section('ratios', 'Everything, as a ratio to bare metal', [], [], ratioTable(analysis)),
    section('own', 'Terrarium’s own speed', ownFigures(analysis), explainOwnSpeed(analysis)),
    analysis.goals.length === 0
      ? null
      : section('goals', 'What was promised', [], [], goalTable(analysis.goals)),
    section('targets', 'What took part', [], [], targetTable(analysis)),
    section('setting', 'How it was measured', [], howItWasMeasured(analysis), hostFacts(analysis)),
  ];
}

/** Nothing where there is nothing to show. */
function section(
  id: string,
  title: string,
  figures: readonly ComponentChild[],
  sentences: readonly string[],
  more?: ComponentChild,
): ComponentChild {
  const drawn = figures.filter((figure) => figure !== null);
  if (drawn.length === 0 && sentences.length === 0 && more === undefined) return null;
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    drawn.length === 0 ? null : h('div', { class: 'charts' }, drawn),
    sentences.length === 0
      ? null
      : h(
          'ul',
          { class: 'says' },
          sentences.map((sentence) => h('li', null, sentence)),
        ),
    more ?? null,
  );
}
