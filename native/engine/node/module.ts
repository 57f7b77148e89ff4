// node:module: the executable carries its native part, and loads nothing.
import { nodeError } from './errors.ts';

export function createRequire(): never {
  throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE', 'this executable loads no modules');
}
