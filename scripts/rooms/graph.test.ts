import { expect, test } from 'vitest';
import { arrowsOf, circular, upward } from './graph.ts';

const sources = new Map([
  ['roof/a.ts', "import { b } from '../hall/b.ts';\nconst c = await import('../cellar/c.ts');\n"],
  ['hall/b.ts', "import type { A } from '../roof/a.ts';\nimport { d } from './room/d.ts';\n"],
  ['hall/room/d.ts', "import {\n  e,\n} from '../../cellar/c.ts';\n"],
  ['cellar/c.ts', "import fs from 'node:fs';\n"],
]);
const FLOORS = [['roof'], ['hall'], ['cellar']];
const names = (arrows: ReturnType<typeof arrowsOf>) => arrows.map((a) => `${a.from} ${a.to}`);

test('imports between folders are arrows, types are not', () => {
  expect(names(arrowsOf(sources)).sort()).toEqual([
    'hall hall/room',
    'hall/room cellar',
    'roof cellar',
    'roof hall',
  ]);
  expect(circular(arrowsOf(sources))).toEqual([]);
  expect(upward(arrowsOf(sources), FLOORS)).toEqual([]);
});

test('a circle is found with all its arrows, and nothing beside it', () => {
  const circle = new Map([...sources, ['cellar/back.ts', "import '../hall/b.ts';\n"]]);
  expect(names(circular(arrowsOf(circle))).sort()).toEqual([
    'cellar hall',
    'hall hall/room',
    'hall/room cellar',
  ]);
});

test('an arrow upwards is found, also from a room inside a room', () => {
  const up = new Map([...sources, ['hall/room/e.ts', "export { a } from '../../roof/a.ts';\n"]]);
  expect(upward(arrowsOf(up), FLOORS)).toEqual([
    { from: 'hall/room', to: 'roof', by: 'hall/room/e.ts imports roof/a.ts' },
  ]);
});
