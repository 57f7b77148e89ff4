import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../base/errors.ts';
import { CAPABILITIES } from '../config/capabilities.ts';
import type { Config } from '../config/config.ts';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import { configFrom } from './config-from.ts';
import type { Given, RunOptions } from './index.ts';
import type { Volume } from './mounts.ts';

describe('fuzz', () => {
  const anything = fc.anything({
    withNullPrototype: true,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const keys = [
    'rootfs',
    'hostname',
    'command',
    'memory',
    'cpus',
    'volumes',
    'mounts',
    'tmpfs',
    'env',
    'user',
    'capAdd',
    'securityOpt',
    'network',
    'pid',
    'ip',
    'init',
    '__proto__',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '64m',
      '-1',
      'ns:/x',
      'host',
      '/a:/b',
      '/t:size=1k',
      'ALL',
      'A=b',
      '198.18.0.1',
    ),
  );
  const field = fc.oneof(anything, text, fc.array(text), fc.double(), fc.boolean());

  test('nothing but a Config or a ConfigError comes out, whatever goes in', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.dictionary(fc.constantFrom(...keys), field)), (options) => {
        const given: RunOptions = JSON.parse('{}');
        Object.assign(given, options);
        try {
          expect(configFrom(given, EXAMPLE_HOST, { id: 'x' }).root.path).toMatch(/^\//);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          if (error instanceof ConfigError) expect(error.problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('the same options give the same Config, which survives JSON', () => {
    const valid = fc.record(
      {
        memory: fc.integer({ min: 2 ** 21, max: 2 ** 33 }),
        cpus: fc.double({ min: 0.01, max: 2, noNaN: true }),
        pidsLimit: fc.integer({ min: -1, max: 2 ** 22 }),
        network: fc.constantFrom(
          'veth' as const,
          'none' as const,
          'host' as const,
          'ns:/run/netns/x' as const,
        ),
        env: fc.dictionary(fc.stringMatching(/^[A-Z]{1,8}$/), fc.stringMatching(/^[ -~]{0,20}$/)),
        user: fc.nat().map(String),
        capAdd: fc.subarray([...CAPABILITIES]),
        readOnly: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(valid, (options) => {
        const made = configFrom(
          { rootfs: '/srv/rootfs', hostname: 'box', ...options },
          EXAMPLE_HOST,
          { id: 'x' },
        );
        expect(
          configFrom({ rootfs: '/srv/rootfs', hostname: 'box', ...options }, EXAMPLE_HOST, {
            id: 'x',
          }),
        ).toEqual(made);
        expect(JSON.parse(JSON.stringify(made))).toEqual(made);
        if (options.memory !== undefined)
          expect(made.resources.memoryLimitBytes).toBe(options.memory);
      }),
    );
  });
});

test('types', () => {
  expectTypeOf<RunOptions>().toExtend<{
    readonly rootfs: string | Uint8Array;
    readonly hostname: string;
  }>();
  expectTypeOf<{ rootfs: string }>().not.toExtend<RunOptions>();
  expectTypeOf<RunOptions['volumes']>().toEqualTypeOf<
    readonly (string | Uint8Array | Volume)[] | undefined
  >();
  expectTypeOf<'ns:/run/netns/x'>().toExtend<RunOptions['network']>();
  expectTypeOf<'bridge'>().not.toExtend<RunOptions['network']>();
  expectTypeOf<'host'>().not.toExtend<RunOptions['mountNs']>();
  // The shape that is checked at run time has exactly the fields that are promised.
  expectTypeOf<keyof Given>().toEqualTypeOf<keyof RunOptions>();
  expectTypeOf(configFrom).returns.toEqualTypeOf<Config>();
});
