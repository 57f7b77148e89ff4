// node:module: the executable contains its native part, and loads no modules.
import { nodeError } from './errors.ts';

interface Require {
  (specifier: string): unknown;
  resolve(specifier: string): string;
}

export function createRequire(_url: string): Require {
  throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE', 'this executable loads no modules');
}
