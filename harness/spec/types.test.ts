// The compiler rejects a control without assertions, an unknown ID, and an option that the
// subject's type does not know.
import { expectTypeOf } from 'expect-type';
import { expect, test } from 'vitest';
import type { ShellOptions, Subject } from '../base/subject.ts';
import type { Recorded } from '../matchers/recorded.ts';
import type { Box } from '../shell/box.ts';
import type { ControlFixture } from './context.ts';
import { defineSpec, type TestRequirement } from './define.ts';

interface Options extends ShellOptions {
  readonly colour?: 'green';
}

declare const control: ControlFixture;
declare const open: () => Promise<Box>;

function define() {
  const subject: Subject<Options> = {
    name: 'none',
    supports: 'all',
    start: ({ options }) => ({ commandLine: ['true', options.colour ?? ''] }),
  };
  return defineSpec({
    title: 'Types',
    requirements: { 'A-01': { title: 'it holds', sentences: ['s'] } },
    sentences: [{ key: 's', heading: 'H', text: 'It holds.' }],
    subject,
    rootfs: '/',
  });
}

test('a control must return the result of a recording matcher', () => {
  const asserts = () => control(open, (free) => expect(free).toPrint('true', ''));
  const demandsTheOpposite = () => control(open, (free) => expect(free).not.toPrint('true', ''));
  // @ts-expect-error: it looks, and asserts nothing
  const looks = () => control(open, (free) => free.type('true'));
  // @ts-expect-error: what it asserts is not recorded
  const unrecorded = () => control(open, async (free) => expect(await free.type('true')).toBe(''));
  expectTypeOf(asserts).returns.resolves.toEqualTypeOf<Box>();
  expectTypeOf(demandsTheOpposite).returns.resolves.toEqualTypeOf<Box>();
  expect([looks, unrecorded]).toHaveLength(2);
});

test('matchers return what a control accepts', () => {
  const matcher = (box: Box) => expect(box).toBeInItsOwn('net');
  expectTypeOf(matcher).returns.resolves.toEqualTypeOf<Recorded>();
});

test('IDs and options are typed by the suite and its subject', () => {
  expectTypeOf(define).returns.toHaveProperty('testRequirement');
  expectTypeOf<ReturnType<typeof define>['testRequirement']>().toEqualTypeOf<
    TestRequirement<'A-01', Options>
  >();
  const registers = () => {
    const { testRequirement } = define();
    testRequirement('A-01', async ({ shell }) => {
      await shell({ colour: 'green', memory: '64m' });
      // @ts-expect-error: an option that the subject does not have
      await shell({ color: 'green' });
    });
    // @ts-expect-error: no such requirement
    testRequirement('A-02', () => {});
  };
  expect(registers).toBeTypeOf('function');
});

test('a requirement that stands for an unknown sentence is refused', () => {
  const subject: Subject = { name: 'none', supports: [], start: () => ({ commandLine: [] }) };
  const requirements = { 'A-01': { title: 'it holds', sentences: ['t'] } };
  expect(() =>
    defineSpec({ title: '', requirements, sentences: [], subject, rootfs: '/' }),
  ).toThrow('requirement A-01 names an unknown sentence: t');
});
