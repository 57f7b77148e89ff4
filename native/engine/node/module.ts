// node:module: the executable carries its native part, and loads nothing.
import { nodeError } from './errors.ts';

interface Require {
  (specifier: string): unknown;
  resolve(specifier: string): string;
}

export function createRequire(_url: string): Require {
  throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE', 'this executable loads no modules');
}
