import { styleText } from 'node:util';
import { expect, test } from 'vitest';
import { paint } from './paint.ts';

test('the colours are Node’s', () => {
  for (const style of ['bold', 'red', 'green', 'yellow', 'cyan'] as const)
    expect(paint([style], 'x')).toBe(styleText(style, 'x', { validateStream: false }));
  expect(paint(['red', 'bold'], 'x')).toBe(
    styleText(['red', 'bold'], 'x', { validateStream: false }),
  );
});
