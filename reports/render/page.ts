// evidence.json → one HTML file. Pure: the same evidence gives the same bytes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type ComponentChild, Fragment, h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { compare } from '../../harness/evidence/compare.ts';
import type { Evidence, RequirementEvidence } from '../../harness/evidence/model.ts';
import { hasFailed } from '../../harness/evidence/verdict.ts';
import type { Faults } from '../runs/faults.ts';
import type { Mutants } from '../runs/mutants.ts';
import { changes, failedChecks, leftoverAudit, probeTable, timeline } from './appendix.ts';
import { assignment } from './assignment.ts';
import { htmlDocument, sheets } from './document.ts';
import { faultTables } from './faults.ts';
import { masthead } from './masthead.ts';
import { proofScore } from './mutants.ts';
import { requirementDetails, type Screens } from './requirement.ts';
import { terminalLines } from './terminal-text.ts';
import { areaOf, MARK, plural, scriptJson, VERDICTS } from './words.ts';

const require = createRequire(import.meta.url);

const STYLES = ['base', 'assignment', 'list', 'evidence', 'plan', 'appendix', 'media'];
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; img-src data:; connect-src data:; font-src data:";

/** Optional sections of the page. */
export interface Beside {
  /** Shows what changed since. */
  readonly baseline?: Evidence | undefined;
  /** Shows the results of fault injection. */
  readonly faults?: Faults | undefined;
  /** Shows the proof score. */
  readonly mutants?: Mutants | undefined;
}

/** A self-contained page: opens from disk, loads nothing. */
export async function render(evidence: Evidence, beside: Beside = {}): Promise<string> {
  const screens = new Map(
    await Promise.all(
      evidence.requirements.map(
        async ({ id, transcripts }) =>
          [id, await Promise.all(transcripts.map(({ cast }) => terminalLines(cast)))] as const,
      ),
    ),
  );
  const body = renderToString(h(Fragment, null, page(evidence, screens, beside)));
  const casts = Object.fromEntries(
    evidence.requirements.flatMap(({ id, transcripts }) =>
      transcripts.map(({ cast }, index) => [`${id}/${index}`, cast]),
    ),
  );
  return htmlDocument({
    title: headTitle(evidence),
    policy: POLICY,
    styles: [...sheets(...STYLES), playerAsset('asciinema-player.css')],
    early: asset('early.js'),
    body: [
      body,
      `<script type="application/json" id="casts">${scriptJson(casts)}</script>`,
      `<script>${inert(playerAsset('asciinema-player.min.js'))}</script>`,
      `<script type="module">${asset('client.js')}</script>`,
      '',
    ].join('\n'),
  }).toWellFormed();
}

function page(
  evidence: Evidence,
  screens: ReadonlyMap<string, Screens>,
  { baseline, faults, mutants }: Beside,
): ComponentChild {
  const refuted = evidence.requirements.filter(hasFailed);
  const others = evidence.requirements.filter((requirement) => !hasFailed(requirement));
  const details = (requirement: RequirementEvidence) =>
    requirementDetails(requirement, screens.get(requirement.id) ?? [], evidence.sentences);
  return h(
    'div',
    { class: 'page' },
    h('a', { class: 'skip', href: '#requirements' }, 'Skip to the requirements'),
    masthead(evidence),
    h(
      'main',
      null,
      assignment(evidence),
      baseline === undefined ? null : changes(compare(baseline, evidence)),
      failedChecks(evidence),
      h(
        'section',
        { id: 'requirements', 'aria-labelledby': 'requirements-title' },
        h(
          'h2',
          { id: 'requirements-title' },
          'The evidence',
          h(
            'span',
            { class: 'quiet', id: 'shown' },
            ` ${plural(evidence.requirements.length, 'requirement')}, failures first`,
          ),
        ),
        toolbar(evidence),
        group('refuted', 'Refuted', refuted.map(details)),
        [...Map.groupBy(others, ({ id }) => areaOf(id))].map(([area, members]) =>
          group(area, evidence.areas[area] ?? area, members.map(details)),
        ),
        h('p', { id: 'nothing', hidden: true }, 'No requirement matches.'),
      ),
      proofScore(mutants),
      faultTables(faults),
      leftoverAudit(evidence.audit),
      probeTable(evidence.probes),
      timeline(evidence),
    ),
  );
}

function group(key: string, heading: string, members: readonly ComponentChild[]): ComponentChild {
  if (members.length === 0) return null;
  return h('div', { class: 'area', 'data-group': key }, h('h3', null, heading), members);
}

function toolbar({ requirements, areas: names }: Evidence): ComponentChild {
  const areas = [...new Set(requirements.map(({ id }) => areaOf(id)))];
  return h(
    'form',
    {
      class: 'toolbar needs-script',
      id: 'filter',
      role: 'search',
      'aria-label': 'Filter the requirements',
    },
    h('input', {
      type: 'search',
      id: 'search',
      placeholder: 'Search  ( / )',
      'aria-label': 'Search titles, transcripts and values',
    }),
    h(
      'select',
      { id: 'verdict', 'aria-label': 'Verdict' },
      h('option', { value: '' }, 'every verdict'),
      VERDICTS.map((verdict) =>
        h('option', { value: verdict }, `${MARK[verdict].sign} ${MARK[verdict].word}`),
      ),
    ),
    h(
      'select',
      { id: 'area', 'aria-label': 'Area' },
      h('option', { value: '' }, 'every area'),
      areas.map((area) => h('option', { value: area }, names[area] ?? area)),
    ),
    h('button', { type: 'button', id: 'open-all' }, 'open all'),
    h('button', { type: 'button', id: 'close-all' }, 'close all'),
    h(
      'span',
      { class: 'quiet keys' },
      h('kbd', null, '/'),
      ' search ',
      h('kbd', null, 'j'),
      ' ',
      h('kbd', null, 'k'),
      ' next, previous ',
      h('kbd', null, 'Enter'),
      ' open',
    ),
  );
}

function headTitle({ title, requirements }: Evidence): string {
  const proven = requirements.filter(({ verdict }) => verdict === 'proven').length;
  return `${title}: ${proven} of ${requirements.length} proven`;
}

function asset(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8');
}

function playerAsset(name: string): string {
  const bundle = dirname(require.resolve('asciinema-player/dist/bundle/asciinema-player.css'));
  return readFileSync(join(bundle, name), 'utf8');
}

/** A script's text cannot end its own element. */
function inert(script: string): string {
  return script.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
}
