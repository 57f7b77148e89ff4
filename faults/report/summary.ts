// A table as text: a row for each scenario, a column for each outcome; then wrong and apart cases.
import type { FaultTable } from '../table/table.ts';

export function summary(table: FaultTable): string[] {
  const used = table.outcomes.filter(({ id }) => table.cases.some(({ outcome }) => outcome === id));
  const cell = (scenario: string, outcome: string) =>
    table.cases.filter((one) => one.scenario === scenario && one.outcome === outcome).length;
  const head = ['', ...used.map(({ title }) => title)];
  const rows = table.scenarios.map((name) => [name, ...used.map(({ id }) => `${cell(name, id)}`)]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    `${table.title}: ${table.cases.length} of ${table.population}`,
    ...[head, ...rows].map(line),
    ...listed(table, 'wrong'),
    ...listed(table, 'apart'),
    '',
  ];
}

function listed(table: FaultTable, verdict: 'wrong' | 'apart'): string[] {
  const outcomes = table.outcomes.filter((one) => one.verdict === verdict);
  return table.cases.flatMap((one) => {
    const outcome = outcomes.find(({ id }) => id === one.outcome);
    if (!outcome) return [];
    const [first = ''] = one.message.split('\n').filter((text) => text.trim() !== '');
    const said = one.problems.join('; ') || first;
    return [`  ${outcome.verdict} ${one.id} (${outcome.title}): ${said.slice(0, 160)}`];
  });
}
