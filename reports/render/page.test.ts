import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { sampleBaseline, sampleEvidence, sampleFaults, sampleMutants } from '../sample.ts';
import { render } from './page.ts';
import { terminalLines } from './terminal-text.ts';

function cast(...outputs: string[]): string {
  return [
    { version: 2, width: 20, height: 5 },
    ...outputs.map((text, index) => [index / 10, 'o', text]),
  ]
    .map((line) => JSON.stringify(line))
    .join('\n');
}

async function plain(...outputs: string[]): Promise<string[]> {
  return (await terminalLines(cast(...outputs))).map((line) =>
    line.map(({ text }) => text).join(''),
  );
}

const before = process.threadCpuUsage();
const plainPage = await render(sampleEvidence());
const taken = process.threadCpuUsage(before);
const comparedPage = await render(sampleEvidence(), { baseline: sampleBaseline() });

test('the same evidence gives the same bytes', async () => {
  const again = await render(sampleEvidence(), { baseline: sampleBaseline() });
  expect(again === comparedPage).toBe(true);
  expect(plainPage === comparedPage).toBe(false);
});

test('every address in the page is a place in the page', async () => {
  const { document } = parseHTML(comparedPage);
  const addresses = [...document.querySelectorAll('[href],[src],[action],[data]')].map(
    (element) => element.getAttribute('href') ?? element.outerHTML,
  );
  expect(addresses.length).toBeGreaterThan(100);
  expect(
    addresses.filter(
      (address) => !address.startsWith('#') || document.getElementById(address.slice(1)) === null,
    ),
  ).toEqual([]);
});

test('a failed set-up fails the page like a refutation', async () => {
  const { requirements, ...rest } = sampleEvidence();
  const proven = requirements.map((each) => ({ ...each, verdict: 'proven' as const }));
  const head = async (list: typeof requirements) => {
    const { document } = parseHTML(await render({ ...rest, requirements: list }));
    const named = document.querySelector('.refuted-ones')?.textContent ?? '';
    return [document.querySelector('h1 .quiet')?.textContent, named];
  };
  expect(await head(proven)).toEqual(['against its assignment', '']);
  const [first, ...others] = proven;
  if (first === undefined) throw new Error('no requirement');
  const [claim, named] = await head([{ ...first, verdict: 'set-up-failed' }, ...others]);
  expect(claim).toBe('does not meet every requirement');
  expect(named).toContain(first.id);
});

test('an additional requirement leaves the demonstration proven', async () => {
  const { requirements, sentences, ...rest } = sampleEvidence();
  const [first] = requirements;
  if (first === undefined) throw new Error('no requirement');
  const asked = { ...first, id: 'A-01', sentences: ['ns'] };
  const further = { ...first, id: 'B-01', sentences: ['more'], missing: 'a feature' };
  const found = [asked, { ...further, verdict: 'not-proven-here' as const }];
  const open = async (list: typeof requirements) => {
    const { document } = parseHTML(await render({ ...rest, sentences, requirements: list }));
    return document.querySelector('#sentence-whole')?.textContent;
  };
  expect(await open(found)).toContain('✓whole assignment: 1 of 1 proven');
  // The control: the same, asked for.
  const both = found.map((requirement) => ({ ...requirement, sentences: ['ns'] }));
  expect(await open(both)).toContain('whole assignment: 1 of 2 proven');
});

test('faults are shown if there are any: counted by scenario and outcome, with every wrong case', async () => {
  expect(plainPage).not.toContain('id="faults"');
  const { document } = parseHTML(await render(sampleEvidence(), { faults: sampleFaults() }));
  const rows = [...document.querySelectorAll('#faults tbody tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(rows).toEqual([
    ['shell', '2', '1', '1'],
    ['exec', '2', '1', '1'],
  ]);
  expect(document.querySelector('#faults p')?.textContent).toContain('8 of 500 cases');
  expect(document.querySelector('#faults h2')?.textContent).toContain('0123456789+');
  expect(document.querySelectorAll('#faults li')).toHaveLength(2);
});

test('the proof score is shown if there is one, with survivors and their changes', async () => {
  expect(plainPage).not.toContain('id="mutants"');
  const html = await render(sampleEvidence(), { mutants: sampleMutants() });
  const { document } = parseHTML(html);
  const said = document.querySelector('#mutants p')?.textContent;
  expect(said).toContain('66.6 % (2 of 3)');
  expect(said).toContain('100 % (2 of 2)');
  expect(said).toContain('4 of 120 mutants');
  const rows = [...document.querySelectorAll('#mutants tbody tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(rows).toEqual([
    ['exec', '1', '0', '0'],
    ['Network', '1', '1', '1'],
  ]);
  expect(document.querySelector('#mutants details pre')?.textContent).toContain('- <a & b>');
});

test('other users’ containers are listed apart, and are no leftover', async () => {
  const { document } = parseHTML(plainPage);
  expect(document.querySelector('.besides')?.textContent).toContain('1 namespaces');
  const [row] = [...document.querySelectorAll('#audit tr')].filter((each) =>
    each.textContent?.startsWith('namespaces'),
  );
  expect(row?.getAttribute('class')).toBe('proven');
});

test('rendering takes less than two seconds of a processor', () => {
  expect((taken.user + taken.system) / 1000).toBeLessThan(2000);
});

test('nothing that a program printed ends an element of the page', async () => {
  const page = plainPage;
  expect(page.includes('<script>alert(1)')).toBe(false);
  // Three scripts of ours and the recorded terminals.
  expect(page.match(/<\/script/gi)).toHaveLength(4);
  expect(page.match(/<\/style/gi)?.length).toBe(1 + (page.match(/<figure/g)?.length ?? 0));
  expect(page.isWellFormed()).toBe(true);
});

test('a terminal’s text is its final screen: overwritten, erased, scrolled, wrapped', async () => {
  expect(await plain('10%\r', '99%\r\n')).toEqual(['99%']);
  expect(await plain('echo $?x', '\b \b', '\r\n')).toEqual(['echo $?']);
  expect(await plain(...Array.from({ length: 9 }, (_, line) => `line ${line}\r\n`))).toEqual(
    Array.from({ length: 9 }, (_, line) => `line ${line}`),
  );
  expect(await plain('0123456789012345678901234\r\nnext')).toEqual([
    '0123456789012345678901234',
    'next',
  ]);
  expect(await plain('a\r\n\r\nb')).toEqual(['a', '', 'b']);
  expect(await plain('漢字 ok')).toEqual(['漢字 ok']);
});

test('colours and weights of a terminal become classes', async () => {
  const [line] = await terminalLines(
    cast('\u001b[1;31mred\u001b[0m plain \u001b[38;5;200mpink\u001b[0m'),
  );
  expect(line).toEqual([
    { text: 'red', style: 'tb t1' },
    { text: ' plain pink', style: '' },
  ]);
});

test('an invalid recording shows nothing instead of failing', async () => {
  expect(await terminalLines('')).toEqual([]);
  expect(await terminalLines('not json\n[1]\n{"a":1}')).toEqual([]);
});

test('a resize applies from its position', async () => {
  const resized = `${cast('0123456789')}\n[1,"r","10x5"]\n[2,"o","\\r\\nabcdefghijkl"]`;
  const lines = await terminalLines(resized);
  expect(lines.map((line) => line.map(({ text }) => text).join(''))).toEqual([
    '0123456789',
    'abcdefghijkl',
  ]);
});
